import SQLite

/// The databases of a state directory as they were at one moment, for as long as the value lives. It only reads, so it
/// may be taken beside the writer and disturbs nobody; while it lives, the write-ahead logs are not cut.
package final class StateSnapshot {
    private var databases: [StoreFile: Database] = [:]
    /// Whether no database was changed between the first look at one and the last look at another. When one was,
    /// whatever belongs to an account was looked at before the accounts were.
    package private(set) var isOfOneMoment = false

    /// More than a few are needed only when others commit all the time.
    private static let tries = 1000

    /// - Parameter directory: the state directory, without a trailing slash.
    package init(directory: String) throws {
        for file in Self.order { databases[file] = try Database(directory + "/" + file.relativePath, .reader) }
        for _ in 0..<Self.tries {
            isOfOneMoment = try take()
            if isOfOneMoment { return }
        }
    }

    /// The accounts last: a policy without an account is what the daily clean-up removes.
    private static let order = StoreFile.allCases.filter { $0 != .vmail } + [.vmail]

    /// Looks at every file, then looks at every file again and holds it.
    /// - Returns: whether none had changed in between.
    private func take() throws -> Bool {
        var versions: [StoreFile: Int] = [:]
        for file in Self.order {
            guard let database = databases[file] else { continue }
            database.leaveTransaction()
            versions[file] = try Self.dataVersion(database)
        }
        var isUnchanged = true
        for file in Self.order {
            guard let database = databases[file] else { continue }
            try database.script("BEGIN")
            // The snapshot is taken by the first read.
            _ = try Migrator.version(of: database)
            if try Self.dataVersion(database) != versions[file] { isUnchanged = false }
        }
        return isUnchanged
    }

    /// Changes when another connection has committed.
    private static func dataVersion(_ database: Database) throws -> Int {
        try database.number("PRAGMA data_version")
    }

    /// Writes one database of the snapshot to a file that must exist and be empty (made beforehand with its final
    /// mode), on the disk when this returns. Sessions are left out: whoever is logged in is not part of what is kept.
    ///
    /// - Parameter progress: called now and then with the pages copied and the pages there are.
    package func copy(_ file: StoreFile, to path: String, progress: (_ copied: Int, _ count: Int) -> Void) throws {
        guard let database = databases[file] else { return }
        let copy = try Database(path, .archive)
        try database.copy(into: copy, progress: progress)
        // The copy says of itself that it has a write-ahead log; kept, it is to be one file.
        try copy.script("PRAGMA journal_mode=DELETE")
        if file == .api { try copy.script("DELETE FROM sessions") }
    }
}
