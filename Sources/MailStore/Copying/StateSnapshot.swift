import Storage

/// A snapshot of all databases of a state directory, for backup. It exists as long as the value; meanwhile the
/// write-ahead logs are not cut. It only reads, so it may be taken while a server runs.
package final class StateSnapshot {
    private(set) var databases: [StoreFile: Database] = [:]
    /// Whether all databases are as they were at one moment. Otherwise `vmail.db` is the newest: a policy may have no
    /// account, and housekeeping will remove it.
    package private(set) var isOfOneMoment = false

    /// How often it is tried to find a moment without a commit.
    private static let tries = 1000

    /// - Parameter directory: the state directory, without a trailing slash.
    package init(directory: String) throws {
        for file in Self.order { databases[file] = try Database(directory + "/" + file.relativePath, .reader) }
        for _ in 0..<Self.tries {
            isOfOneMoment = try take()
            if isOfOneMoment { return }
        }
    }

    /// `vmail.db` last; see `isOfOneMoment`.
    private static let order = StoreFile.allCases.filter { $0 != .vmail } + [.vmail]

    /// Reads the change counter of every file, then begins a snapshot of each.
    /// - Returns: whether no counter has changed meanwhile.
    private func take() throws -> Bool {
        var versions: [StoreFile: Int] = [:]
        for file in Self.order {
            guard let database = databases[file] else { continue }
            database.rollbackIfOpen()
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

    /// A number that changes when another connection has committed.
    private static func dataVersion(_ database: Database) throws -> Int {
        try database.number("PRAGMA data_version")
    }

    /// Writes one database of the snapshot to a file, without sessions. When this returns, it is on the disk.
    ///
    /// - Parameters:
    ///   - path: an empty file, made beforehand with its final mode.
    ///   - progress: called now and then, with the number of pages copied and of all pages.
    package func copy(_ file: StoreFile, to path: String, progress: (_ copied: Int, _ count: Int) -> Void) throws {
        guard let database = databases[file] else { return }
        let copy = try Database(path, .archive)
        try database.copy(into: copy, progress: progress)
        // The copied header asks for a write-ahead log. A backup is to be one file.
        try copy.script("PRAGMA journal_mode=DELETE")
        if file == .api { try copy.script("DELETE FROM sessions") }
    }
}
