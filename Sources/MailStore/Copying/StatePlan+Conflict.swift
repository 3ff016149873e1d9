import Storage

extension StatePlan {
    /// Gives the staged state what Dovecot has written in the domains that are there, so that what is there counts: the
    /// old server goes on counting while a domain is taken over. Rows that are not there yet are still made.
    ///
    /// - Throws: `StoreError`.
    package func keepUsage() throws {
        for case .domain(let domain) in header.parts where isThere(.domain(domain)) {
            let names = try target.aliasDomains(of: domain)
            for table in tables where table.file == .usage {
                let rows = try target.stream(table, of: .domain(domain), names: names)
                while let row = try rows.next() { try replace(row, of: table) }
            }
        }
    }

    private func replace(_ row: [SQL.Value], of table: ExportedTable) throws {
        let condition = table.key.map { "\"\(table.columns[$0].name)\" = ?" }.joined(separator: " AND ")
        let deletion = SQL(trusted: "DELETE FROM \(table.name) WHERE \(condition)", table.key.map { row[$0] })
        try staged.database(table.file).execute(deletion)
        try staged.add(table.name, zip(table.columns, row).map { ($0.name, $1) })
    }

    /// The first row that stands against taking over only what is not there yet: a domain that is there may have no
    /// difference at all but in what Dovecot writes, and of what belongs to no domain a row that is there may not differ,
    /// unless it is as a new state has it.
    ///
    /// - Parameter seeds: an empty staged state.
    /// - Returns: part, table and key, as `example.com mailbox jo@example.com`; nil when there is none.
    package func firstConflict(seeds: StagedState) throws -> String? {
        for file in StagedState.files {
            for statement in Schema.seed(for: file) { try seeds.database(file).script(statement) }
        }
        let seeded = try StateRows(seeds)
        var conflict: String?
        for part in header.parts where conflict == nil && isThere(part) {
            try forEachDifference(of: part) { table, difference in
                guard conflict == nil, table.file != .usage else { return }
                switch difference {
                case .created(let row), .removed(let row):
                    if part != .server { conflict = "\(part) \(table.name) \(table.name(of: row))" }
                case .changed(let old, _):
                    if part == .server, try seeded.has(old, in: table) { return }
                    conflict = "\(part) \(table.name) \(table.name(of: old))"
                }
            }
        }
        return conflict
    }
}

extension StateRows {
    /// Whether a row of the server is exactly so here.
    fileprivate func has(_ row: [SQL.Value], in table: ExportedTable) throws -> Bool {
        let rows = try stream(table, of: .server, names: [])
        while let other = try rows.next() { if zip(other, row).allSatisfy({ $0.isSame(as: $1) }) { return true } }
        return false
    }
}
