import Mail
package import Storage

/// A row that a plan creates, changes or removes.
package enum RowDifference {
    case created([SQL.Value])
    case changed(from: [SQL.Value], to: [SQL.Value])
    case removed([SQL.Value])
}

/// What has to be done so that a state has what a staged one has: of each part, by comparing the rows of both in the order
/// of their keys. Columns that the staged state does not know, such as the passwords of an export without them, are the
/// state's own.
package final class StatePlan {
    package let header: ExportFormat.Header
    let staged: StagedState
    let stagedRows: StateRows
    let target: StateRows
    let tables: [ExportedTable]

    /// - Parameter place: the state. Its rows are read from a snapshot; a server may run meanwhile.
    package init(_ staged: StagedState, _ header: ExportFormat.Header, for place: StatePlace) throws {
        self.staged = staged
        self.header = header
        stagedRows = try StateRows(staged)
        target = try StateRows(at: place)
        tables = try ExportedTable.all(usage: header.hasUsage)
    }

    /// How many rows a part has to have created, changed and removed.
    package struct Counts: Sendable, Equatable {
        package var created = 0
        package var changed = 0
        package var removed = 0
        package init() {}

        package var all: Int { created + changed + removed }
        package var isEmpty: Bool { all == 0 }

        mutating func add(_ difference: RowDifference) {
            switch difference {
            case .created: created += 1
            case .changed: changed += 1
            case .removed: removed += 1
            }
        }
    }

    /// Whether the state has the part already; the server is always there.
    package func isThere(_ part: StatePart) -> Bool {
        guard case .domain(let domain) = part else { return true }
        return target.primary(of: domain) == domain
    }

    /// Calls `body` with each difference, in the order of the tables and the keys.
    ///
    /// - Parameter tables: nil for all.
    package func forEachDifference(
        of part: StatePart, in tables: [ExportedTable]? = nil, _ body: (ExportedTable, RowDifference) throws -> Void
    ) throws {
        let names = try aliasDomains(of: part)
        for table in tables ?? self.tables {
            let wanted = try stagedRows.stream(table, of: part, names: names)
            let present = try target.stream(table, of: part, names: names)
            let compared = table.columns.indices.filter { isCompared(table.columns[$0]) }
            var (one, other) = (try wanted.next(), try present.next())
            while one != nil || other != nil {
                switch (one, other) {
                case (let row?, nil):
                    try body(table, .created(row))
                    one = try wanted.next()
                case (nil, let row?):
                    try body(table, .removed(row))
                    other = try present.next()
                case (let row?, let old?):
                    switch table.precedes(row, old) {
                    case true?:
                        try body(table, .created(row))
                        one = try wanted.next()
                    case false?:
                        try body(table, .removed(old))
                        other = try present.next()
                    case nil:
                        if compared.contains(where: { !row[$0].isSame(as: old[$0]) }) {
                            try body(table, .changed(from: old, to: row))
                        }
                        (one, other) = (try wanted.next(), try present.next())
                    }
                case (nil, nil): break
                }
            }
        }
    }

    /// Whether the staged state says what a column should be.
    package func isCompared(_ column: ExportedTable.Column) -> Bool { header.hasPasswords || !column.isSecret }

    /// On both sides.
    private func aliasDomains(of part: StatePart) throws -> [String] {
        guard case .domain(let domain) = part else { return [] }
        return Set(try stagedRows.aliasDomains(of: domain) + target.aliasDomains(of: domain)).sorted()
    }
}

extension StateRows {
    /// Looks at the state anew: at what was committed since.
    func renew() throws {
        var seen: [Database] = []
        for database in databases.values where !seen.contains(where: { $0 === database }) {
            database.endSnapshot()
            try database.beginSnapshot()
            seen.append(database)
        }
    }
}

extension StatePlan {
    /// A difference in words, one line each: `+` what is created, `-` what is removed, `~` each column that is changed,
    /// without the values of secret ones.
    package func lines(of difference: RowDifference, in table: ExportedTable) -> [String] {
        func name(_ row: [SQL.Value]) -> String {
            let key = table.name(of: row)
            // What another program has stored may have anything in it.
            return "\(table.name) \(key.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } ? key : JSONValue.quoted(key))"
        }
        switch difference {
        case .created(let row): return ["+ \(name(row))"]
        case .removed(let row): return ["- \(name(row))"]
        case .changed(let old, let row):
            return table.columns.indices.filter { isCompared(table.columns[$0]) && !old[$0].isSame(as: row[$0]) }.map {
                index in
                let column = table.columns[index]
                return column.isSecret
                    ? "~ \(name(row)) \(column.name) differs"
                    : "~ \(name(row)) \(column.name): \(Self.text(of: old[index])) → \(Self.text(of: row[index]))"
            }
        }
    }

    /// A text in quotes, so that its ends are seen, and no control character reaches a terminal.
    private static func text(of value: SQL.Value) -> String {
        if case .text(let text) = value { JSONValue.quoted(text) } else { ExportedTable.text(of: value) }
    }
}

extension SQL.Value {
    /// Byte by byte: Swift takes texts for equal that look the same.
    func isSame(as other: SQL.Value) -> Bool {
        if case .text(let one) = self, case .text(let other) = other {
            one.utf8.elementsEqual(other.utf8)
        } else {
            self == other
        }
    }
}
