/// Tables of accounts, or what belongs to them, that can be asked for rows. Those of a database are as they were at one
/// moment.
protocol SourceSession: AnyObject {
    var dialect: SourceDialect { get }

    /// A column of all tables with accounts and addresses, besides those that are told: whether the mail programs find a
    /// row that is active. Nil when its domain decides.
    var foundColumn: String? { get }

    /// The columns of its tables, in order, and whether each holds bytes.
    var tables: [String: [(name: String, isBinary: Bool)]] { get }

    /// Calls `body` for each row of a query.
    /// - Parameters:
    ///   - columns: expressions of the dialect, by the names that the rows have them under.
    ///   - tables: what follows the word FROM.
    func read(
        _ columns: [(name: String, text: String)], from tables: String, _ body: (SourceRow) throws -> Void
    ) throws
}

extension SourceSession {
    /// False when there is no such column.
    func isBinary(_ column: String, of table: String) -> Bool {
        tables[table]?.contains { $0.name == column && $0.isBinary } ?? false
    }

    /// Calls `body` for each row of a table, with the columns that are asked for, those that hold bytes in hexadecimal
    /// digits. No name that only the server knows gets into a statement.
    ///
    /// - Parameters:
    ///   - joining: further tables, to be called by another name than `t`.
    ///   - further: more columns: expressions, by name.
    ///   - order: what the rows are sorted by.
    func forEachRow(
        of shape: TableShape, joining: String, further: KeyValuePairs<String, String>, order: String,
        _ body: (SourceRow) throws -> Void
    ) throws {
        guard tables[shape.table] != nil else { return }
        let own = shape.asked.map { column in
            let name = "t.\(dialect.quoted(column))"
            return (name: column, text: isBinary(column, of: shape.table) ? dialect.digits(name) : name)
        }
        try read(
            own + further.map { (name: $0.key, text: $0.value) },
            from: "\(dialect.table(shape.table)) AS t \(joining) ORDER BY \(order)", body)
    }
}
