import CSQLite

/// Tells of each row that a connection is about to change, until `end`.
final class SQLiteChangeWatch {
    private let body: (RowChange) -> Void
    private let database: OpaquePointer

    /// - Parameter body: called before each row is changed; it must not use the connection.
    init(_ database: OpaquePointer, _ body: @escaping (RowChange) -> Void) {
        self.database = database
        self.body = body
        // Not retained: `Connection` holds the watch and ends it before it closes.
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_preupdate_hook(
            database,
            { context, database, operation, _, table, _, _ in
                guard let context, let change = SQLiteRowChange(database, operation, table) else { return }
                Unmanaged<SQLiteChangeWatch>.fromOpaque(context).takeUnretainedValue().body(RowChange(change))
            }, context)
    }

    func end() { sqlite3_preupdate_hook(database, nil, nil) }
}

/// The values of a row that SQLite is about to change.
struct SQLiteRowChange {
    let kind: RowChange.Kind
    let table: String
    let columnCount: Int
    private let database: OpaquePointer?

    fileprivate init?(_ database: OpaquePointer?, _ operation: Int32, _ table: UnsafePointer<CChar>?) {
        guard let table else { return nil }
        switch operation {
        case SQLITE_INSERT: kind = .insert
        case SQLITE_UPDATE: kind = .update
        case SQLITE_DELETE: kind = .delete
        default: return nil
        }
        self.table = String(cString: table)
        self.database = database
        columnCount = Int(sqlite3_preupdate_count(database))
    }

    /// The value before the change; null for an insert.
    func old(_ column: Int) -> SQL.Value {
        kind == .insert ? .null : value(sqlite3_preupdate_old, column)
    }

    /// The value after the change; null for a delete.
    func new(_ column: Int) -> SQL.Value {
        kind == .delete ? .null : value(sqlite3_preupdate_new, column)
    }

    /// Whether `new` of the column is `expected`. Cheaper than `new`, because no text is copied.
    func becomes(_ expected: SQL.Value, _ column: Int) -> Bool {
        var value: OpaquePointer?
        guard kind != .delete, sqlite3_preupdate_new(database, Int32(column), &value) == SQLITE_OK else {
            return expected == .null
        }
        switch expected {
        case .null: return sqlite3_value_type(value) == SQLITE_NULL
        case .integer(let number):
            return sqlite3_value_type(value) == SQLITE_INTEGER && sqlite3_value_int64(value) == number
        case .real(let number):
            return sqlite3_value_type(value) == SQLITE_FLOAT && sqlite3_value_double(value) == number
        case .text(let text):
            guard sqlite3_value_type(value) == SQLITE_TEXT else { return false }
            let bytes = Self.bytes(value)
            return bytes.count == text.utf8.count && bytes.elementsEqual(text.utf8)
        }
    }

    private func value(
        _ read: (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Int32, _ column: Int
    ) -> SQL.Value {
        var value: OpaquePointer?
        guard read(database, Int32(column), &value) == SQLITE_OK else { return .null }
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(Int(sqlite3_value_int64(value)))
        case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
        case SQLITE_TEXT, SQLITE_BLOB: return .text(String(decoding: Self.bytes(value), as: UTF8.self))
        default: return .null
        }
    }

    /// Read as a blob. As a text SQLite would copy the bytes, to add a NUL.
    private static func bytes(_ value: OpaquePointer?) -> UnsafeRawBufferPointer {
        let start = sqlite3_value_blob(value)
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value)))
    }
}
