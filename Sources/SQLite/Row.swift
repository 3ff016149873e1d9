import CSQLite

/// The current row of a running query. Valid only inside the closure that gets it. Columns are numbered from 0.
package struct Row {
    let statement: Statement

    package var columnCount: Int { statement.columnNames.count }
    package func name(_ column: Int) -> String { statement.columnNames[column] }

    /// A value that depends on the names of the columns only, made once and kept with the prepared statement.
    ///
    /// - Parameter isGood: whether the kept value, perhaps of an earlier run, can be used; otherwise one is made.
    package func remembering<Value: AnyObject>(_ make: () -> Value, isGood: (Value) -> Bool) -> Value {
        if let known = statement.memory as? Value, isGood(known) { return known }
        let value = make()
        statement.memory = value
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
        // One look-up of the column instead of one each for type and value. The value is "unprotected" in SQLite's
        // words, which is safe here because only one thread uses the connection.
        let value = sqlite3_column_value(statement.handle, Int32(column))
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
        let start = sqlite3_column_text(statement.handle, Int32(column))
        let count = Int(sqlite3_column_bytes(statement.handle, Int32(column)))
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    /// NULL reads as 0.
    package func integer(_ column: Int) -> Int {
        Int(sqlite3_column_int64(statement.handle, Int32(column)))
    }

    /// NULL reads as 0.
    package func real(_ column: Int) -> Double {
        sqlite3_column_double(statement.handle, Int32(column))
    }

    /// NULL reads as the empty text.
    package func text(_ column: Int) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }

    /// Calls `body` with the column's UTF-8 bytes, without a copy; none for NULL.
    package func withText<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(bytes(column))
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement.handle, Int32(column)) == SQLITE_NULL }

    /// The number of the column of that name. An error means a mistake in the statement.
    package func column(_ name: String) throws -> Int {
        guard let index = statement.columnNames.firstIndex(of: name) else {
            throw SQLiteError(code: SQLITE_ERROR, message: "no column \(name) in the result", path: statement.path)
        }
        return index
    }

    package func integer(_ name: String) throws -> Int { integer(try column(name)) }
    package func text(_ name: String) throws -> String { text(try column(name)) }

    /// What `make` makes of the column's text; an error (SQLITE_MISMATCH) when that is nil.
    package func get<Value>(_ name: String, _ make: (String) -> Value?) throws -> Value {
        let stored = try text(name)
        guard let value = make(stored) else {
            throw SQLiteError(
                code: SQLITE_MISMATCH, message: "column \(name) holds an unusable value", path: statement.path)
        }
        return value
    }
}
