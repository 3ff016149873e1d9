import Glibc

/// A query whose rows are taken one at a time, beside other queries of the same connection. It ends with the value.
package final class Cursor {
    private let statement: Statement
    /// The row it stands at; nil behind the last.
    package private(set) var row: Row?

    /// Stands at the first row.
    init(_ statement: Statement) throws(SQLiteError) {
        self.statement = statement
        try advance()
    }

    deinit {
        statement.reset()
        statement.isRunning = false
    }

    package func advance() throws(SQLiteError) {
        row = try statement.step() ? Row(statement: statement) : nil
    }

    /// Hands over the rows whose first column is `key`, and passes by those before them. For a query that is sorted by
    /// that column, and keys that come in the same order.
    ///
    /// - Parameter key: UTF-8.
    package func forEach(of key: UnsafeRawBufferPointer, _ body: (Row) -> Void) throws(SQLiteError) {
        while let row {
            let order = row.withText(0) { Self.order($0, key) }
            if order > 0 { return }
            if order == 0 { body(row) }
            try advance()
        }
    }

    /// As SQLite compares texts: byte by byte.
    private static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        guard let first = left.baseAddress, let second = right.baseAddress else { return left.count - right.count }
        let order = memcmp(first, second, min(left.count, right.count))
        return order == 0 ? left.count - right.count : Int(order)
    }
}
