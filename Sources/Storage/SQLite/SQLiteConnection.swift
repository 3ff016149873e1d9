import CSQLite

/// One connection to one database file. Not `Sendable` on purpose: it belongs to the thread that opened it.
///
///     let connection = try SQLiteConnection("vmail.db", .reader)
///     let names = try connection.all("SELECT domain FROM domain WHERE active = \(1)") { row in row.text(0) }
///
/// A statement is an `SQL`, prepared once as a `SQLiteStatement`; the closure reads each `Row`. `RowChange` tells of rows
/// that are changed, and `CommitMark` tells whether anything was committed since. Functions throw `SQLiteError` and
/// what the caller's closures throw, nothing else.
package final class SQLiteConnection {
    let database: OpaquePointer
    /// Prepared once and kept, `keptStatements` at most.
    private var statements: [SQL.Source: SQLiteStatement] = [:]
    private var watch: SQLiteChangeWatch?
    /// The WAL index; nil before it was looked for, and `.some(nil)` when there is none.
    var logIndex: UnsafeRawPointer??
    package let path: String

    private static let keptStatements = 400

    /// Configures the library, once before its first use. The value is SQLite's result code.
    private static let library: Int32 = {
        _ = postern_sqlite3_keep_no_statistics()
        return postern_sqlite3_open_only_plain()
    }()

    package enum Mode {
        /// Reads only. The file must exist.
        case reader
        /// The one connection that writes and makes checkpoints. The file must exist.
        case writer(synchronous: Synchronous)
        /// Writes a new database. A missing file is made.
        case creator
        /// Writes a copy for a backup, which is one file without side files. The file must exist.
        case archive
    }

    /// `PRAGMA synchronous`: a commit with `full` survives a loss of power; with `normal` the last ones may be lost.
    package enum Synchronous: String, Sendable { case normal = "NORMAL", full = "FULL" }

    /// Opens the file by the rules of `Storage.md` 2. The file and its side files must be regular files with one name.
    /// When this returns, the side files of a database in WAL mode are open too.
    ///
    /// - Parameter cache: how many KiB of pages the connection may cache; nil for SQLite's default of 2 MiB.
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
        // In milliseconds. Set before any statement can meet a lock.
        sqlite3_busy_timeout(database, 5000)
        _ = postern_sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = postern_sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        // Otherwise the last clean close would remove the side files and lock the readers out.
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
        // SQLite opens the side files by name at the first read. So read now, with the rights of the caller, and not
        // later, when another file may be in their place (`Security.md` G18).
        try script("PRAGMA schema_version")
    }

    deinit {
        statements.removeAll()
        watch?.end()
        sqlite3_close_v2(database)
    }

    /// Runs a statement that returns no rows.
    /// - Returns: how many rows an INSERT, UPDATE or DELETE changed.
    @discardableResult
    package func execute(_ sql: SQL) throws -> Int {
        try forEach(sql) { _ in }
        return Int(sqlite3_changes(database))
    }

    /// The first row, or nil when there is none.
    package func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        var statement = try begin(sql)
        defer { end(&statement) }
        return try statement.step() ? try make(Row(of: statement)) : nil
    }

    /// All rows, in order.
    package func all<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try forEach(sql) { row in values.append(try make(row)) }
        return values
    }

    /// Calls `body` for each row, in order. What `body` throws ends the query.
    package func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        var statement = try begin(sql)
        defer { end(&statement) }
        while try statement.step() { try body(Row(of: statement)) }
    }

    /// Runs statements separated by semicolons, without bound values. Never with text that a client sent.
    package func script(_ text: String) throws {
        let code = sqlite3_exec(database, text, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure() }
    }

    /// True while no transaction is open; also after SQLite itself has rolled one back (full disk, I/O error).
    package var isOutsideTransaction: Bool { sqlite3_get_autocommit(database) != 0 }

    /// Frees the cached pages and returns their memory to the system.
    package func freeCachedPages() throws {
        try script("PRAGMA shrink_memory")
        // Otherwise the C library keeps the memory for this thread.
        postern_malloc_trim()
    }

    /// How long a statement waits for a lock that another connection holds, before it fails as busy.
    package func waitForLocks(_ limit: Duration) {
        let (seconds, attoseconds) = limit.components
        sqlite3_busy_timeout(database, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Calls `body` before each change of a row. `body` must not use this connection.
    /// https://www.sqlite.org/c3ref/preupdate_count.html
    package func watchChanges(_ body: @escaping (RowChange) -> Void) {
        watch = SQLiteChangeWatch(database, body)
    }

    private func useWriteAheadLog() throws {
        let mode = try first("PRAGMA journal_mode=WAL") { $0.text(0) }
        guard mode == "wal" else {
            throw SQLiteError(code: SQLITE_CANTOPEN, message: "the write-ahead log cannot be used here", path: path)
        }
    }

    private func begin(_ sql: SQL) throws -> SQLiteStatement {
        let statement: SQLiteStatement
        if let kept = statements[sql.source] {
            statement =
                kept.isRunning
                ? try SQLiteStatement(Dialect.sqlite.text(of: sql.source.text), on: database, path: path) : kept
        } else {
            statement = try SQLiteStatement(Dialect.sqlite.text(of: sql.source.text), on: database, path: path)
            // An UPDATE names just the columns that it changes, so there can be very many different statements.
            if statements.count >= Self.keptStatements { statements.removeAll(keepingCapacity: true) }
            statements[sql.source] = statement
        }
        try statement.bind(sql.values)
        statement.isRunning = true
        return statement
    }

    private func end(_ statement: inout SQLiteStatement) {
        statement.reset()
        statement.isRunning = false
    }

    func failure() -> SQLiteError {
        SQLiteError(
            code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)), path: path)
    }
}

/// How the system's SQLite library was built. The mail programs use it too.
package enum SQLiteLibrary {
    /// Whether a file name may be a URI, `file:…?mode=ro`, in every program. It may with Debian's library.
    package static var readsURIs: Bool { sqlite3_compileoption_used("USE_URI") != 0 }
}
