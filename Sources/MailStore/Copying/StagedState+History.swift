import Storage

extension StagedState {
    /// What has been, and belongs to no plan: what admins have done, and the deleted mailboxes whose mail is kept. Each with
    /// a column that has an index, and seldom the same value in many rows.
    private static let history = [
        (table: "deleted_mailboxes", column: "username"), (table: "log", column: "timestamp"),
    ]

    /// Adds the rows of the history that are not there yet, in one transaction. To do it again changes nothing. Of rows that
    /// are equal to the last column as many are there afterwards as were read.
    ///
    /// - Parameter place: this process must be its only writer.
    /// - Returns: how many were added.
    /// - Throws: `StoreError`.
    package func addHistory(to place: StatePlace) throws -> Int {
        let store = try Store(place, .writer)
        var count = 0
        try store.changing {
            for (table, column) in Self.history { count += try add(table, by: column, to: store.vmail) }
        }
        return count
    }

    private func add(_ table: String, by column: String, to target: Database) throws -> Int {
        let source = try database(with: table)
        let there = Set(try target.columns(of: table).map(\.name))
        let columns = try source.columns(of: table).map(\.name).filter { $0 != "id" && there.contains($0) }
        guard let position = columns.firstIndex(of: column) else { return 0 }
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let insertion = """
            INSERT INTO \(table) (\(names)) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
            """
        let selection = "SELECT \(names) FROM \(table)"
        var count = 0
        var value = SQL.Value.null
        /// How many equal rows with this value are there.
        var present: [HistoryRow: Int] = [:]
        try source.forEach(SQL(trusted: "\(selection) ORDER BY \"\(column)\", id")) { row in
            let read = HistoryRow(row, count: columns.count)
            if !read.values[position].isSame(as: value) {
                value = read.values[position]
                present = [:]
                try target.forEach(SQL(trusted: "\(selection) WHERE \"\(column)\" = ?", [value])) { row in
                    present[HistoryRow(row, count: columns.count), default: 0] += 1
                }
            }
            if let twins = present[read], twins > 0 {
                present[read] = twins - 1
            } else {
                _ = try target.changedRows(SQL(trusted: insertion, read.values))
                count += 1
            }
        }
        return count
    }
}

/// A row that is equal to another one byte by byte.
private struct HistoryRow: Hashable {
    let values: [SQL.Value]

    init(_ row: Row, count: Int) {
        values = (0..<count).map { index in
            switch row.cell(index) {
            case .null: .null
            case .integer(let number): .integer(number)
            case .real(let number): .real(number)
            case .text: .text(row.text(index))
            }
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.values.count == right.values.count && zip(left.values, right.values).allSatisfy { $0.isSame(as: $1) }
    }

    // Texts that look the same have the same hash, too.
    func hash(into hasher: inout Hasher) { hasher.combine(values) }
}
