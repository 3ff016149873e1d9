/// A query whose rows are taken when they are wanted, so that two sorted ones can be merged, and a long one needs little
/// memory on either engine. It belongs to the thread of its connection.
///
///     let cursor = try engine.cursor("SELECT domain FROM domain ORDER BY domain")
///     while let name = try cursor.next({ row in row.text(0) }) { … }
///
/// At a server it lives in a transaction, and a connection has one of each text at a time.
package final class RowCursor {
    private enum Source {
        case sqlite(SQLiteStatement)
        case postgresql(PostgreSQLConnection, name: String)
    }

    private let source: Source
    private var isAtEnd = false
    /// Of a server: the rows that were fetched, and which is the next.
    private var fetched: PostgreSQLAnswer?
    private var position: Int32 = 0

    /// How many rows a server gives at once.
    private static let pageSize = 500

    init(_ connection: SQLiteConnection, _ sql: SQL) throws {
        let statement = try SQLiteStatement(
            Dialect.sqlite.text(of: sql.text), on: connection.database, path: connection.path)
        try statement.bind(sql.values)
        source = .sqlite(statement)
    }

    init(_ connection: PostgreSQLConnection, _ sql: SQL) throws {
        let name = connection.cursorName(of: sql.text)
        try connection.execute(SQL(command: "DECLARE \(name) NO SCROLL CURSOR FOR \(sql.text)", sql.values))
        source = .postgresql(connection, name: name)
    }

    deinit {
        // Without a transaction there is no cursor either.
        if case .postgresql(let connection, let name) = source, !connection.isOutsideTransaction {
            _ = try? connection.execute(SQL(command: "CLOSE \(name)"))
        }
    }

    /// What `make` makes of the next row; nil after the last one.
    package func next<Value>(_ make: (Row) throws -> Value) throws -> Value? {
        guard !isAtEnd else { return nil }
        switch source {
        case .sqlite(let statement):
            if try statement.step() { return try make(Row(of: statement)) }
        case .postgresql(let connection, let name):
            if fetched.map({ position >= $0.result.rowCount }) ?? true {
                fetched = try connection.query(SQL(command: "FETCH \(Self.pageSize) FROM \(name)"))
                position = 0
            }
            if let (result, columns) = fetched, position < result.rowCount {
                defer { position += 1 }
                return try withExtendedLifetime(result) {
                    try make(Row(PostgreSQLRow(result.pointer, position), columns))
                }
            }
        }
        isAtEnd = true
        return nil
    }
}

extension Engine {
    /// Begins a query.
    package func cursor(_ sql: SQL) throws -> RowCursor {
        switch self {
        case .sqlite(let connection): try RowCursor(connection, sql)
        case .postgresql(let connection): try RowCursor(connection, sql)
        }
    }
}
