package import Storage

extension StagedState {
    package func columns(of table: String) throws -> [TableColumn] { try database(with: table).columns(of: table) }

    package func count(of table: String) throws -> Int {
        try database(with: table).number(SQL(trusted: "SELECT count(*) FROM \(table)"))
    }

    /// Whether a table has a row with these values.
    package func contains(_ table: String, where values: [(column: String, value: SQL.Value)]) throws -> Bool {
        let condition = values.map { "\"\($0.column)\" = ?" }.joined(separator: " AND ")
        return try database(with: table).exists(
            SQL(trusted: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(condition))", values.map(\.value)))
    }
}
