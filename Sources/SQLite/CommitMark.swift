import CSQLite

/// Where a database stands: another one as soon as anybody has committed anything, in this process or in another.
///
/// It is the head of the index of the write-ahead log, which SQLite itself compares to find out whether its kept pages are
/// still good; reading it costs no call of the system. https://www.sqlite.org/walformat.html#the_wal_index_header
package struct CommitMark: Equatable {
    /// The 48 bytes as they lie there: a count of commits, the length of the log and its checksum among them.
    private let words: SIMD8<UInt64>

    fileprivate init?(index: UnsafeRawPointer) {
        var words = SIMD8<UInt64>()
        guard withUnsafeMutableBytes(of: &words, { postern_sqlite3_read_log_head(index, $0.baseAddress) }) else {
            return nil
        }
        self.words = words
    }
}

extension Connection {
    /// Where the database stands now; nil while somebody is committing or a snapshot is open, and when it has no
    /// write-ahead log.
    ///
    /// What is read after it was asked for is at least as new, and is still good when it is the same later.
    package var commitMark: CommitMark? {
        // What an open snapshot shows may be older.
        guard sqlite3_txn_state(database, "main") == SQLITE_TXN_NONE else { return nil }
        if logIndex == nil { logIndex = .some(findLogIndex()) }
        return logIndex.flatMap(\.self).flatMap { CommitMark(index: $0) }
    }

    private func findLogIndex() -> UnsafeRawPointer? {
        // There is no index before something has been read.
        _ = try? first("SELECT COUNT(*) FROM sqlite_schema") { _ in }
        let mode = try? first("PRAGMA journal_mode") { $0.text(0) }
        return mode == "wal" ? postern_sqlite3_log_index(database) : nil
    }
}
