import CSQLite

/// One connection to one database file. Not `Sendable` on purpose: it belongs to the thread that opened it.
///
/// What SQLite refuses is thrown as `SQLiteError`; nothing else is, but what the caller's own functions throw.
package final class Connection {
    let database: OpaquePointer
    /// Prepared once, for the connection's life.
    private var statements: [SQL.Source: Statement] = [:]
    private var watch: ChangeWatch?
    /// The index of the write-ahead log; nil before it was looked for, and `.some(nil)` when there is none.
    var logIndex: UnsafeRawPointer??
    package let path: String

    private static let keptStatements = 400

    /// What holds for the whole library, before its first use; SQLite's result code.
    private static let library: Int32 = {
        _ = postern_sqlite3_keep_no_statistics()
        return postern_sqlite3_open_only_plain()
    }()

    package enum Mode {
        /// Reads only. The file must exist.
        case reader
        /// The one connection that writes and checkpoints. The file must exist.
        case writer(synchronous: Synchronous)
        /// Writes a new database; a missing file is made.
        case creator
        /// Writes a copy that is one file, without side files: for keeping, not for serving. The file must exist.
        case archive
    }

    /// How far a commit goes before it is acknowledged: `full` survives power loss, `normal` may lose the last commits.
    package enum Synchronous: String, Sendable { case normal = "NORMAL", full = "FULL" }

    /// Opens the file with the project's rules for every connection: busy time-out first, WAL side files that stay,
    /// no trusted schema, defensive mode, no memory mapping. Neither the file nor one of its side files may be a link,
    /// have a second name, or be anything but a file: it is not opened then. The side files of a
    /// database in WAL mode are open as well when this returns; none is looked up by its name later.
    ///
    /// - Parameter cache: how many KiB of pages it may keep; nil for SQLite's own 2 MiB.
    package init(_ path: String, _ mode: Mode, cache: Int? = nil) throws {
        self.path = path
        guard Self.library == SQLITE_OK else {
            throw SQLiteError(code: Self.library, message: "SQLite cannot be told how to open files", path: path)
        }
        let flags =
            switch mode {
            case .reader: SQLITE_OPEN_READONLY
            case .writer, .archive: SQLITE_OPEN_READWRITE
            case .creator: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: message, path: path)
        }
        database = handle
        // A trial of five seconds is what a reader's or a backup's lock is allowed to cost.
        sqlite3_busy_timeout(database, 5000)
        _ = postern_sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = postern_sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        // Without it the side files vanish at the last clean close, and read-only users are locked out.
        var keepSideFiles: Int32 = if case .archive = mode { 0 } else { 1 }
        sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &keepSideFiles)
        if let cache { try script("PRAGMA cache_size=-\(cache)") }
        switch mode {
        case .reader:
            try script("PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0")
        case .writer(let synchronous):
            try useWriteAheadLog()
            try script(
                "PRAGMA synchronous=\(synchronous.rawValue); PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=0")
        case .creator:
            try useWriteAheadLog()
            try script("PRAGMA synchronous=FULL")
        case .archive:
            try script("PRAGMA synchronous=FULL; PRAGMA secure_delete=1")
        }
        // SQLite opens the side files at the first read: now, with the rights of whoever opens, or else by name with
        // those of whoever happens to read first.
        try script("PRAGMA schema_version")
    }

    deinit {
        statements.removeAll()
        watch?.end()
        sqlite3_close_v2(database)
    }

    /// Runs a statement that answers no rows.
    /// - Returns: how many rows it changed.
    @discardableResult
    package func execute(_ sql: SQL) throws -> Int {
        try forEach(sql) { _ in }
        return Int(sqlite3_changes(database))
    }

    /// The first row, or nil when there is none.
    package func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        var statement = try begin(sql)
        defer { end(&statement) }
        return try statement.step() ? try make(Row(statement: statement)) : nil
    }

    /// All rows, in order.
    package func all<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try forEach(sql) { row in values.append(try make(row)) }
        return values
    }

    /// Hands over row by row; what `body` throws ends the query.
    package func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        var statement = try begin(sql)
        defer { end(&statement) }
        while try statement.step() { try body(Row(statement: statement)) }
    }

    /// Runs statements of our own that bind nothing, separated by semicolons.
    package func script(_ text: String) throws {
        let code = sqlite3_exec(database, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure() }
    }

    /// True while no transaction is open: also after SQLite itself rolled one back (full disk, I/O error).
    package var isOutsideTransaction: Bool { sqlite3_get_autocommit(database) != 0 }

    /// Gives the memory of kept pages back to the system.
    package func forgetPages() throws {
        try script("PRAGMA shrink_memory")
        // Else the C library keeps it for this thread.
        postern_malloc_trim()
    }

    /// How long a statement waits for a lock that another connection holds, before it fails as busy.
    package func waitForLocks(_ limit: Duration) {
        let (seconds, attoseconds) = limit.components
        sqlite3_busy_timeout(database, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Has `body` told of every row before it is changed; it must not use this connection.
    package func watchChanges(_ body: @escaping (RowChange) -> Void) {
        watch = ChangeWatch(database, body)
    }

    private func useWriteAheadLog() throws {
        let mode = try first("PRAGMA journal_mode=WAL") { $0.text(0) }
        guard mode == "wal" else {
            throw SQLiteError(code: SQLITE_CANTOPEN, message: "the write-ahead log cannot be used here", path: path)
        }
    }

    private func begin(_ sql: SQL) throws -> Statement {
        let statement: Statement
        if let kept = statements[sql.source] {
            statement = kept.isRunning ? try Statement(sql.source.text, on: database, path: path) : kept
        } else {
            statement = try Statement(sql.source.text, on: database, path: path)
            // A change of any few columns has a statement of its own: there is no end to them.
            if statements.count >= Self.keptStatements { statements.removeAll(keepingCapacity: true) }
            statements[sql.source] = statement
        }
        try statement.bind(sql.values)
        statement.isRunning = true
        return statement
    }

    private func end(_ statement: inout Statement) {
        statement.reset()
        statement.isRunning = false
    }

    func failure() -> SQLiteError {
        SQLiteError(
            code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)), path: path)
    }
}

/// How the library was built that this program and the mail programs of the machine share.
package enum SQLiteLibrary {
    /// Whether every program may give a file's name as `file:…?mode=ro`: Debian's library allows it.
    package static var readsURIs: Bool { sqlite3_compileoption_used("USE_URI") != 0 }
}
