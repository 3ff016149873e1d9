/// A connection of one thread to one database: a file of SQLite's, or a database of a PostgreSQL server. What a store
/// asks of either is here; what only one of them has is asked of that one.
///
///     let engine = Engine.sqlite(try SQLiteConnection("vmail.db", .reader))
///     let names = try engine.all("SELECT domain FROM domain WHERE active = \(1)") { row in row.text(0) }
///
/// Functions throw `SQLiteError` or `PostgreSQLError` and what the caller's closures throw, nothing else.
package enum Engine {
    case sqlite(SQLiteConnection)
    case postgresql(PostgreSQLConnection)

    /// Names the database in messages: the path of the file, or the name at the server.
    package var place: String {
        switch self {
        case .sqlite(let connection): connection.path
        case .postgresql(let connection): connection.database
        }
    }

    /// Runs a statement that returns no rows.
    /// - Returns: how many rows an INSERT, UPDATE or DELETE changed.
    @discardableResult
    package func execute(_ sql: SQL) throws -> Int {
        switch self {
        case .sqlite(let connection): try connection.execute(sql)
        case .postgresql(let connection): try connection.execute(sql)
        }
    }

    /// Runs a statement that returns no rows; with PostgreSQL perhaps later, but before the next statement and at the
    /// latest in `settle`, which then throws its error.
    package func executeLater(_ sql: SQL) throws {
        switch self {
        case .sqlite(let connection): try connection.execute(sql)
        case .postgresql(let connection): try connection.executeLater(sql)
        }
    }

    /// Whether statements of `executeLater` wait.
    package var hasChangesToSend: Bool {
        if case .postgresql(let connection) = self { connection.hasChangesToSend } else { false }
    }

    /// Waits for the statements of `executeLater`.
    package func settle() throws {
        if case .postgresql(let connection) = self { try connection.settle() }
    }

    /// Announces queries, which PostgreSQL then answers together: as `PostgreSQLConnection.announce`.
    package func announce(_ queries: @autoclosure () -> [SQL], isLast: Bool = false) {
        if case .postgresql(let connection) = self { connection.announce(queries(), isLast: isLast) }
    }

    /// As `PostgreSQLConnection.beginSharing`.
    package func beginSharing() {
        if case .postgresql(let connection) = self { connection.beginSharing() }
    }

    /// As `PostgreSQLConnection.forgetAnnounced`.
    package func forgetAnnounced() {
        if case .postgresql(let connection) = self { connection.forgetAnnounced() }
    }

    /// As `PostgreSQLConnection.endSharing`.
    package func endSharing() {
        if case .postgresql(let connection) = self { connection.endSharing() }
    }

    /// The first row, or nil when there is none.
    package func first<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> Value? {
        switch self {
        case .sqlite(let connection): try connection.first(sql, make)
        case .postgresql(let connection): try connection.first(sql, make)
        }
    }

    /// All rows, in order.
    package func all<Value>(_ sql: SQL, _ make: (Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try forEach(sql) { row in values.append(try make(row)) }
        return values
    }

    /// Calls `body` for each row, in order. What `body` throws ends the query.
    package func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        switch self {
        case .sqlite(let connection): try connection.forEach(sql, body)
        case .postgresql(let connection): try connection.forEach(sql, body)
        }
    }

    /// Runs statements separated by semicolons, without bound values. Never with text that a client sent.
    package func script(_ text: String) throws {
        switch self {
        case .sqlite(let connection): try connection.script(text)
        case .postgresql(let connection): try connection.script(text)
        }
    }

    /// The columns of all tables, in their order, by table.
    package func columns() throws -> [String: [TableColumn]] {
        switch self {
        case .sqlite(let connection): try connection.columns()
        case .postgresql(let connection): try connection.columns()
        }
    }

    /// Calls `body` for each row that a statement changes: before the change with SQLite, after it with PostgreSQL.
    /// `body` must not use this connection.
    ///
    /// - Parameter columns: as `columns()` has them.
    package func watchChanges(_ columns: [String: [TableColumn]], _ body: @escaping (RowChange) -> Void) throws {
        switch self {
        case .sqlite(let connection): connection.watchChanges(body)
        case .postgresql(let connection): try connection.watchChanges(columns, body)
        }
    }

    // MARK: Transactions

    /// True while no transaction is open; also after the engine itself has ended one (full disk, lost connection).
    package var isOutsideTransaction: Bool {
        switch self {
        case .sqlite(let connection): connection.isOutsideTransaction
        case .postgresql(let connection): connection.isOutsideTransaction
        }
    }

    /// Begins a transaction as the only one that writes. The error `isBusy` when another one does for too long.
    package func beginWriting() throws {
        switch self {
        case .sqlite(let connection): try connection.execute("BEGIN IMMEDIATE")
        case .postgresql(let connection): try connection.beginWriting()
        }
    }

    package func commit() throws {
        switch self {
        case .sqlite(let connection): try connection.execute("COMMIT")
        case .postgresql(let connection): try connection.commit()
        }
    }

    /// Undoes the open transaction, if any.
    package func rollback() {
        switch self {
        case .sqlite(let connection):
            // It can fail only when none is open any more, which is what is wanted.
            if !connection.isOutsideTransaction { _ = try? connection.execute("ROLLBACK") }
        case .postgresql(let connection): connection.rollback()
        }
    }

    /// All that is read until `rollback` is of one moment: that of the first read.
    ///
    /// - Parameter isAnnounced: as of `PostgreSQLConnection.beginSnapshot`.
    package func beginSnapshot(isAnnounced: Bool = false) throws {
        switch self {
        case .sqlite(let connection): try connection.execute("BEGIN")
        case .postgresql(let connection): connection.beginSnapshot(isAnnounced: isAnnounced)
        }
    }

    /// Sets a savepoint in the open transaction.
    package func setSavepoint() throws {
        switch self {
        case .sqlite(let connection): try connection.execute("SAVEPOINT job")
        case .postgresql(let connection): connection.setSavepoint()
        }
    }

    /// Ends the savepoint, with what was done since.
    package func releaseSavepoint() throws {
        switch self {
        case .sqlite(let connection): try connection.execute("RELEASE job")
        case .postgresql(let connection): connection.releaseSavepoint()
        }
    }

    /// Undoes what was done since the savepoint, and ends it.
    package func undoSavepoint() throws {
        switch self {
        case .sqlite(let connection):
            try connection.execute("ROLLBACK TO job")
            try connection.execute("RELEASE job")
        case .postgresql(let connection): try connection.undoSavepoint()
        }
    }

    // MARK: What only one of them has

    /// As `SQLiteConnection.commitMark`; nil for PostgreSQL, where nothing tells of others' commits for free.
    package var commitMark: CommitMark? {
        switch self {
        case .sqlite(let connection): connection.commitMark
        case .postgresql: nil
        }
    }

    /// As `PostgreSQLConnection.logPosition`; nil for SQLite.
    package func logPosition() throws -> LogPosition? {
        switch self {
        case .sqlite: nil
        case .postgresql(let connection): try connection.logPosition()
        }
    }

    /// As `PostgreSQLConnection.require`.
    package func require(_ position: LogPosition) {
        if case .postgresql(let connection) = self { connection.require(position) }
    }

    /// How long a statement waits for a lock of another connection. PostgreSQL's waits are fair and need no limit here.
    package func waitForLocks(_ limit: Duration) {
        if case .sqlite(let connection) = self { connection.waitForLocks(limit) }
    }

    /// Frees the pages that SQLite has cached.
    package func freeCachedPages() throws {
        if case .sqlite(let connection) = self { try connection.freeCachedPages() }
    }
}
