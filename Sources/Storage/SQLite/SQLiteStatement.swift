import CSQLite

/// A prepared statement, kept for the life of its connection.
final class SQLiteStatement {
    let handle: OpaquePointer
    let path: String
    let columns: ResultColumns
    /// True while a query runs on it. A nested query of the same text then gets a statement of its own.
    var isRunning = false

    init(_ text: String, on database: OpaquePointer, path: String) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_finalize(handle)
            throw SQLiteError(
                code: code == SQLITE_OK ? SQLITE_MISUSE : sqlite3_extended_errcode(database),
                message: String(cString: sqlite3_errmsg(database)), path: path)
        }
        self.handle = handle
        self.path = path
        let names = (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
        columns = ResultColumns(names, of: path)
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ values: [SQL.Value]) throws {
        guard Int(sqlite3_bind_parameter_count(handle)) == values.count else {
            throw SQLiteError(code: SQLITE_RANGE, message: "wrong number of bound values", path: path)
        }
        for (index, value) in values.enumerated() {
            let position = Int32(index + 1)
            let code: Int32 =
                switch value {
                case .null: sqlite3_bind_null(handle, position)
                case .integer(let number): sqlite3_bind_int64(handle, position, Int64(number))
                case .real(let number): sqlite3_bind_double(handle, position, number)
                case .text(let text):
                    text.withCString { postern_sqlite3_bind_text(handle, position, $0, Int32(text.utf8.count)) }
                }
            guard code == SQLITE_OK else {
                throw SQLiteError(code: code, message: String(cString: sqlite3_errstr(code)), path: path)
            }
        }
    }

    /// True when there is a row, false at the end.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let database = sqlite3_db_handle(handle)
            throw SQLiteError(
                code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)), path: path
            )
        }
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }
}
