import Storage

/// The rows of a whole state at one moment, to be copied to another place, whichever engine either is in. It exists as
/// long as the value. Sessions stay behind: whoever is logged in logs in again.
package final class StateTransfer {
    let source: [StoreFile: Database]

    private static let leftBehind: Set<String> = ["sessions"]

    /// - Throws: `StoreError`.
    package init(from place: StatePlace) throws {
        source = try place.openAll(writing: false)
        // Whoever writes through Postern to a server waits while the snapshots begin; files are at rest.
        var lock: Database?
        if case .server(let server) = place {
            lock = Database(.postgresql(try server.connect(to: .vmail, .command)), hasJobs: true)
            try lock?.beginJob()
        }
        defer { lock?.rollback() }
        try beginSnapshots()
    }

    /// - Parameter copies: the paths of a backup's files.
    package init(copies: [StoreFile: String]) throws {
        source = try copies.mapValues { try Database($0, .reader) }
        try beginSnapshots()
    }

    private func beginSnapshots() throws {
        for (file, database) in source where file != .usage || source[.vmail] !== database {
            _ = try database.columns()
            try database.beginSnapshot()
            // The snapshot is of the first read.
            _ = try database.number(SQL(trusted: "SELECT COUNT(*) FROM \(RowCopy.tables(of: file)[0])"))
        }
    }

    deinit { for database in source.values { database.endSnapshot() } }

    /// Whether it has neither domains nor mailboxes nor admins.
    package func holdsNoAccounts() throws -> Bool {
        try ["domain", "mailbox", "admin"].allSatisfy { table in
            try source[.vmail]?.exists(SQL(trusted: "SELECT EXISTS (SELECT 1 FROM \(table))")) != true
        }
    }

    /// How many rows there are, of tables that are copied.
    package func count() throws -> Int {
        try source.reduce(0) { sum, part in
            try RowCopy.tables(of: part.key).reduce(sum) { sum, table in
                guard !Self.leftBehind.contains(table), try !part.value.columns(of: table).isEmpty else { return sum }
                return try sum + part.value.number(SQL(trusted: "SELECT COUNT(*) FROM \(table)"))
            }
        }
    }

    /// Replaces all rows of another state, which has the tables already: of each database in one transaction, the
    /// accounts last.
    ///
    /// - Parameter progress: called now and then with the number of rows copied so far.
    /// - Returns: the number of rows.
    /// - Throws: `StoreError`, or `RowCopy.Failure`; databases that were not finished are as they were.
    @discardableResult
    package func copy(to place: StatePlace, progress: (_ rows: Int) -> Void) throws -> Int {
        let target = try place.openAll(writing: true)
        // Whoever writes through Postern to a server waits until all of it is there.
        if case .server = place { try target[.vmail]?.beginJob() }
        var count = 0
        for file in StoreFile.allCases.filter({ $0 != .vmail }) + [.vmail] {
            guard let into = target[file] else { continue }
            count += try copy(file, to: into, progress: { progress(count + $0) })
            // At a server, usage is a part of the accounts' database.
            if file == .usage, into === target[.vmail] { continue }
            try into.keepJob()
            try into.commit()
        }
        return count
    }

    private func copy(_ file: StoreFile, to target: Database, progress: (_ rows: Int) -> Void) throws -> Int {
        guard let from = source[file] else { return 0 }
        do {
            try target.beginJob()
            // The mail programs wait, too: what they would write in between is in neither state.
            try target.lockTables(RowCopy.tables(of: file))
            return try RowCopy.replaceRows(
                of: file, from: from, in: target, leavingOut: Self.leftBehind, progress: progress)
        } catch {
            target.rollback()
            throw error
        }
    }

    /// Writes the rows of a file's tables to a new file, as a backup has it: one file without side files.
    ///
    /// - Parameter path: an empty file, made beforehand with its final mode.
    package func copy(_ file: StoreFile, to path: String, progress: (_ rows: Int) -> Void) throws {
        try Migrator.fill(file, at: path, greylisting: false)
        let target = try Database(path, .archive, hasJobs: true)
        _ = try copy(file, to: target, progress: progress)
        try target.keepJob()
        try target.commit()
        try target.script("PRAGMA journal_mode=DELETE")
    }
}

extension StatePlace {
    /// By file; at a server two are the same database.
    fileprivate func openAll(writing: Bool) throws -> [StoreFile: Database] {
        var databases: [StoreFile: Database] = [:]
        for file in StoreFile.allCases {
            switch self {
            case .files(let directory):
                databases[file] = try Database(
                    "\(directory)/\(file.relativePath)", writing ? .writer(synchronous: .full) : .reader,
                    hasJobs: writing)
            case .server(let server):
                databases[file] =
                    file == .usage
                    ? databases[.vmail]
                    : Database(
                        .postgresql(try server.connect(to: ServerDatabase(holding: file), .command)), hasJobs: writing)
            }
        }
        return databases
    }
}
