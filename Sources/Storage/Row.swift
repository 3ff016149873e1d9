import CSQLite

/// The current row of a running query. Valid only inside the closure that gets it. Columns are numbered from 0.
package struct Row {
    /// SQLite's statement; nil for a row of PostgreSQL.
    private let handle: OpaquePointer?
    private let postgresql: PostgreSQLRow
    private let columns: ResultColumns

    init(of statement: SQLiteStatement) {
        handle = statement.handle
        postgresql = .none
        columns = statement.columns
    }

    init(_ row: PostgreSQLRow, _ columns: ResultColumns) {
        handle = nil
        postgresql = row
        self.columns = columns
    }

    package var columnCount: Int { columns.names.count }
    package func name(_ column: Int) -> String { columns.names[column] }

    /// A value that depends on the names of the columns only, made once and kept with the prepared statement.
    ///
    /// - Parameter isGood: whether the kept value, perhaps of an earlier run, can be used; otherwise one is made.
    package func remembering<Value: AnyObject>(_ make: () -> Value, isGood: (Value) -> Bool) -> Value {
        if let known = columns.memory as? Value, isGood(known) { return known }
        let value = make()
        columns.memory = value
        return value
    }

    /// A column's value by its stored type. A text or blob is not copied; it is valid until another column is read.
    package enum Cell {
        case null
        case integer(Int)
        case real(Double)
        case text(UnsafeRawBufferPointer)
    }

    package func cell(_ column: Int) -> Cell {
        guard let handle else { return postgresql.cell(column, of: columns) }
        // One look-up of the column instead of one each for type and value. The value is "unprotected" in SQLite's
        // words, which is safe here because only one thread uses the connection.
        let value = sqlite3_column_value(handle, Int32(column))
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(Int(sqlite3_value_int64(value)))
        case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
        case SQLITE_TEXT, SQLITE_BLOB:
            let start = sqlite3_value_text(value)
            return .text(
                UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value))))
        default: return .null
        }
    }

    private func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        guard let handle else { return postgresql.bytes(column, of: columns) }
        let start = sqlite3_column_text(handle, Int32(column))
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    /// NULL reads as 0.
    package func integer(_ column: Int) -> Int {
        guard let handle else { return postgresql.integer(column, of: columns) }
        return Int(sqlite3_column_int64(handle, Int32(column)))
    }

    /// NULL reads as 0.
    package func real(_ column: Int) -> Double {
        guard let handle else { return postgresql.real(column, of: columns) }
        return sqlite3_column_double(handle, Int32(column))
    }

    /// NULL reads as the empty text.
    package func text(_ column: Int) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }

    /// Calls `body` with the column's UTF-8 bytes, without a copy; none for NULL.
    package func withText<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(bytes(column))
    }

    package func isNull(_ column: Int) -> Bool {
        guard let handle else { return postgresql.isNull(column, of: columns) }
        return sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }

    /// The number of the column of that name. An error means a mistake in the statement.
    package func column(_ name: String) throws -> Int {
        guard let index = columns.names.firstIndex(of: name) else {
            throw columns.mismatch("no column \(name) in the result")
        }
        return index
    }

    package func integer(_ name: String) throws -> Int { integer(try column(name)) }
    package func text(_ name: String) throws -> String { text(try column(name)) }

    /// What `make` makes of the column's text; an error when that is nil.
    package func get<Value>(_ name: String, _ make: (String) -> Value?) throws -> Value {
        let stored = try text(name)
        guard let value = make(stored) else { throw columns.mismatch("column \(name) holds an unusable value") }
        return value
    }
}

/// What a prepared statement knows of the columns of its result.
final class ResultColumns {
    let names: [String]
    /// The database, for messages: a file's path, or a name.
    let place: String
    /// Of PostgreSQL's columns; nil for SQLite's.
    let postgresql: PostgreSQLColumns?
    /// The value of `Row.remembering`.
    var memory: AnyObject?

    init(_ names: [String], of place: String, _ postgresql: PostgreSQLColumns? = nil) {
        self.names = names
        self.place = place
        self.postgresql = postgresql
    }

    fileprivate func mismatch(_ message: String) -> any Error {
        postgresql == nil
            ? SQLiteError(code: SQLITE_MISMATCH, message: message, path: place)
            : PostgreSQLError(message, database: place)
    }
}
