/// One row that a statement is about to change, or has changed. Columns have numbers from 0, not names. Valid only inside
/// the closure that gets it.
package struct RowChange {
    package enum Kind: Sendable { case insert, update, delete }

    private enum Source {
        case sqlite(SQLiteRowChange)
        case postgresql(PostgreSQLRowChange)
    }

    package let kind: Kind
    package let table: String
    package let columnCount: Int
    private let source: Source

    init(_ change: SQLiteRowChange) {
        kind = change.kind
        table = change.table
        columnCount = change.columnCount
        source = .sqlite(change)
    }

    init(_ change: PostgreSQLRowChange) {
        kind = change.kind
        table = change.table
        columnCount = change.columnCount
        source = .postgresql(change)
    }

    /// The value before the change; null for an insert.
    package func old(_ column: Int) -> SQL.Value {
        switch source {
        case .sqlite(let change): change.old(column)
        case .postgresql(let change): change.old(column)
        }
    }

    /// The value after the change; null for a delete.
    package func new(_ column: Int) -> SQL.Value {
        switch source {
        case .sqlite(let change): change.new(column)
        case .postgresql(let change): change.new(column)
        }
    }

    /// Whether `new` of the column is `expected`. Cheaper than `new`, because no text is copied.
    package func becomes(_ expected: SQL.Value, _ column: Int) -> Bool {
        switch source {
        case .sqlite(let change): change.becomes(expected, column)
        case .postgresql(let change): change.new(column) == expected
        }
    }
}
