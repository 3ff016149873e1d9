package import Storage

/// Tables of a server that is taken over, for a source that has no tables of its own: rows are put into them, and then
/// read as a server's are. They lie beside the staged ones and go with them. All values are texts or NULL, and compare
/// without the case of ASCII.
package final class SourceTables {
    private let database: Database
    private let insertions: [String: (columns: [String], text: String)]

    /// - Parameters:
    ///   - staged: beside which they lie.
    ///   - columns: of each table.
    ///   - keys: the columns of which two rows of a table cannot have the same value, by table.
    package init(beside staged: StagedState, _ columns: [String: [String]], keys: [String: String]) throws {
        database = try staged.makeFurther(
            columns.sorted { $0.key < $1.key }.map { table, columns in
                "CREATE TABLE \(table) (\(columns.map { "\"\($0)\" TEXT COLLATE NOCASE" }.joined(separator: ", ")))"
            } + keys.sorted { $0.key < $1.key }.map { "CREATE UNIQUE INDEX \($0)_key ON \($0) (\"\($1)\")" })
        insertions = Dictionary(
            uniqueKeysWithValues: columns.map { table, columns in
                let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
                let places = columns.map { _ in "?" }.joined(separator: ", ")
                return (table, (columns, "INSERT OR IGNORE INTO \(table) (\(names)) VALUES (\(places))"))
            })
    }

    /// Adds a row; NULL is in the columns that are not given.
    /// - Returns: false when another row has the key.
    /// - Throws: `StoreError`; also for a table or column that is not there.
    @discardableResult
    package func add(_ table: String, _ values: [String: String?]) throws -> Bool {
        guard let (columns, text) = insertions[table] else { throw StoreError(.other, table, "is not staged") }
        if let stranger = values.keys.first(where: { !columns.contains($0) }) {
            throw StoreError(.other, "\(table).\(stranger)", "is not staged")
        }
        let row = columns.map { column in values[column].flatMap { $0 }.map { SQL.Value.text($0) } ?? .null }
        return try database.execute(SQL(trusted: text, row)) > 0
    }

    /// Makes an index.
    package func index(_ table: String, by column: String) throws {
        try database.script("CREATE INDEX \(table)_\(column) ON \(table) (\"\(column)\")")
    }

    /// Changes rows.
    package func change(_ sql: SQL) throws { try database.execute(sql) }

    /// Gives a column the same value in all rows of a condition, whose text is the program's own.
    package func set(_ table: String, _ column: String, to value: String, where condition: String) throws {
        try database.execute(SQL(trusted: "UPDATE \(table) SET \(column) = ? WHERE \(condition)", [.text(value)]))
    }

    /// Removes the rows of a condition, whose text is the program's own.
    package func remove(_ table: String, where condition: String) throws {
        try database.execute(SQL(trusted: "DELETE FROM \(table) WHERE \(condition)"))
    }

    /// Calls `body` for each row of a query.
    package func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws { try database.forEach(sql, body) }

    /// The same for a query put together from text of the program's own, never from what was read.
    /// - Parameters:
    ///   - columns: expressions.
    ///   - tables: what follows the word FROM.
    package func forEach(_ columns: [String], from tables: String, _ body: (Row) throws -> Void) throws {
        try database.forEach(SQL(trusted: "SELECT \(columns.joined(separator: ", ")) FROM \(tables)"), body)
    }
}
