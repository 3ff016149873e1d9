import CSQLite

/// A mark that changes with each commit to a database file, of this process or another.
///
/// It is the header of the WAL index, which SQLite itself compares to tell whether its cached pages are still valid.
/// Reading it needs no system call. https://www.sqlite.org/walformat.html#the_wal_index_header
package struct CommitMark: Equatable {
    /// The 48 bytes of the header: among them the change counter, the length of the log and its checksum.
    private let words: SIMD8<UInt64>

    fileprivate init?(index: UnsafeRawPointer) {
        var words = SIMD8<UInt64>()
        guard withUnsafeMutableBytes(of: &words, { postern_sqlite3_read_log_head(index, $0.baseAddress) }) else {
            return nil
        }
        self.words = words
    }
}

extension SQLiteConnection {
    /// The mark now; nil while another connection commits, while this one has a transaction open, and without a
    /// write-ahead log.
    ///
    /// To keep what was read: take the mark first, then read. What was read is valid as long as the mark is the same.
    package var commitMark: CommitMark? {
        // An open transaction may see an older state.
        guard sqlite3_txn_state(database, "main") == SQLITE_TXN_NONE else { return nil }
        if logIndex == nil { logIndex = .some(findLogIndex()) }
        return logIndex.flatMap(\.self).flatMap { CommitMark(index: $0) }
    }

    private func findLogIndex() -> UnsafeRawPointer? {
        // SQLite maps the index at the first read.
        _ = try? first("SELECT COUNT(*) FROM sqlite_schema") { _ in }
        let mode = try? first("PRAGMA journal_mode") { $0.text(0) }
        return mode == "wal" ? postern_sqlite3_log_index(database) : nil
    }
}
