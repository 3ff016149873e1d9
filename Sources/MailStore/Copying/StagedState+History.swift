import Storage

extension StagedState {
    /// What has been, and belongs to no plan: what admins have done, and the deleted mailboxes whose mail is kept.
    private static let history = ["deleted_mailboxes", "log"]

    /// Adds the rows of the history that are not there yet, in one transaction. To do it again changes nothing.
    ///
    /// - Parameter place: this process must be its only writer.
    /// - Returns: how many were added.
    /// - Throws: `StoreError`.
    package func addHistory(to place: StatePlace) throws -> Int {
        let store = try Store(place, .writer)
        var count = 0
        try store.changing {
            for table in Self.history { count += try add(table, to: store.vmail) }
        }
        return count
    }

    private func add(_ table: String, to target: Database) throws -> Int {
        let source = try database(with: table)
        let there = Set(try target.columns(of: table).map(\.name))
        let columns = try source.columns(of: table).filter { $0.name != "id" && there.contains($0.name) }
        let names = columns.map { "\"\($0.name)\"" }
        let insertion = """
            INSERT INTO \(table) (\(names.joined(separator: ", ")))
            VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
            """
        var count = 0
        try source.forEach(SQL(trusted: "SELECT \(names.joined(separator: ", ")) FROM \(table) ORDER BY id")) { row in
            let values = columns.indices.map { index -> SQL.Value in
                switch row.cell(index) {
                case .null: .null
                case .integer(let number): .integer(number)
                case .real(let number): .real(number)
                case .text: .text(row.text(index))
                }
            }
            let conditions = zip(names, values).map { $1 == .null ? "\($0) IS NULL" : "\($0) = ?" }
            let isThere = try target.exists(
                SQL(
                    trusted: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(conditions.joined(separator: " AND ")))",
                    values.filter { $0 != .null }))
            guard !isThere else { return }
            _ = try target.changedRows(SQL(trusted: insertion, values))
            count += 1
        }
        return count
    }
}
