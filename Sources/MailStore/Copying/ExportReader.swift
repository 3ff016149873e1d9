import Mail
import Storage

/// Reads an export into a staged state, and checks it: when `read` returns, the file is whole and sound by itself. What
/// it says is then compared with the state that is there (`StatePlan`).
package struct ExportReader {
    private let staged: StagedState
    private var header: ExportFormat.Header?
    private var domains: Set<String> = []
    private var tables: [String: ExportedTable] = [:]
    private var rows = 0
    private var isEnded = false

    private init(_ staged: StagedState) { self.staged = staged }

    /// - Parameters:
    ///   - next: gives the next bytes of the file, none at its end.
    /// - Returns: what the file holds.
    /// - Throws: `ExportFailure`, as a rule with the number of the line; `StoreError`; what `next` throws.
    package static func read(into staged: StagedState, from next: () throws -> [UInt8]) throws -> ExportFormat.Header {
        var reader = ExportReader(staged)
        var line: [UInt8] = []
        var number = 0
        func take() throws {
            number += 1
            do {
                try reader.take(line)
            } catch let flaw as JSONValue.Flaw {
                throw ExportFailure("line \(number): \(flaw.reason)")
            } catch let failure as ExportFailure {
                throw ExportFailure("line \(number): \(failure)")
            } catch let error as StoreError where error.isRefusal {
                throw ExportFailure("line \(number): the table does not take the row: \(error.message)")
            }
            line.removeAll(keepingCapacity: true)
        }
        while case let piece = try next(), !piece.isEmpty {
            var rest = piece[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line += rest[..<end]
                rest = rest[(end + 1)...]
                guard line.count <= ExportFormat.longestLine else { break }
                try take()
            }
            line += rest
            guard line.count <= ExportFormat.longestLine else {
                throw ExportFailure(
                    "line \(number + 1) is longer than a line of an export may be, \(ExportFormat.longestLine) bytes")
            }
        }
        guard let header = reader.header else { throw ExportFailure("the file is empty") }
        guard reader.isEnded, line.isEmpty else {
            throw ExportFailure("the file ends in the middle, after line \(number): its last line is missing")
        }
        try StagedCheck(staged, header).run()
        return header
    }

    private mutating func take(_ line: [UInt8]) throws {
        let value = try JSONValue(line)
        guard header != nil else { return try takeHeader(value) }
        guard !isEnded else { throw ExportFailure("the file goes on behind its end") }
        guard case .object(let members) = value else { throw ExportFailure("this is no row") }
        if members.map(\.name) == ["end"] {
            guard case .integer(let count)? = members[0].value["rows"] else { throw ExportFailure("this is no end") }
            guard count == rows else {
                throw ExportFailure(
                    "the end tells of \(count) rows, and there are \(rows): some are missing, or were added")
            }
            isEnded = true
            return
        }
        guard Set(members.map(\.name)) == ["table", "row"], case .text(let name)? = value["table"],
            case .object(let columns)? = value["row"]
        else { throw ExportFailure("this is no row: it should be {\"table\":…,\"row\":{…}}") }
        guard let table = tables[name] else { throw ExportFailure(reasonAgainst(table: name)) }
        try add(try row(of: table, columns), to: table)
        rows += 1
    }

    private func reasonAgainst(table name: String) -> String {
        let isUsage = Schema.references(for: .usage).contains { $0.table == name && $0.isExported }
        return isUsage
            ? "the table \(name) is what Dovecot writes, and the header says that none of it is here"
            : "there is no table \(name) in an export"
    }

    private mutating func takeHeader(_ value: JSONValue) throws {
        guard value["format"] == .text(ExportFormat.name), case .integer(let version)? = value["version"] else {
            throw ExportFailure("this is no export of Postern's: its first line is no header")
        }
        guard version == ExportFormat.version else {
            throw ExportFailure(
                "the file has version \(version) of the format, and this program reads version \(ExportFormat.version)")
        }
        guard case .object(let members) = value, members.count == 6, case .list(let listed)? = value["domains"],
            case .bool(let hasServer)? = value["server"], case .bool(let hasPasswords)? = value["passwords"],
            case .bool(let hasUsage)? = value["usage"]
        else { throw ExportFailure("the header is not as it should be: see postern export --schema") }
        let names = try listed.map { name in
            guard case .text(let text) = name, DomainName(text)?.text == text else {
                throw ExportFailure("the header names something that is no domain in lower case")
            }
            return text
        }
        domains = Set(names)
        guard domains.count == names.count else { throw ExportFailure("the header names a domain twice") }
        header = ExportFormat.Header(
            domains: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, hasServer: hasServer,
            hasPasswords: hasPasswords, hasUsage: hasUsage)
        tables = Dictionary(uniqueKeysWithValues: try ExportedTable.all(usage: hasUsage).map { ($0.name, $0) })
    }

    private func row(of table: ExportedTable, _ members: [JSONValue.Member]) throws -> [SQL.Value] {
        var row = table.columns.map(\.fallback)
        for member in members {
            guard let position = table.position(of: member.name) else {
                throw ExportFailure("the table \(table.name) has no column \(member.name) in an export")
            }
            let column = table.columns[position]
            if column.isSecret, header?.hasPasswords == false {
                throw ExportFailure("\(member.name) is here, and the header says that there are no passwords")
            }
            switch (member.value, column.kind) {
            case (.null, _) where column.isNullable: row[position] = .null
            case (.integer(let number), .integer): row[position] = .integer(number)
            case (.integer(let number), .real): row[position] = .real(Double(number))
            case (.real(let number), .real): row[position] = .real(number)
            case (.text(let text), .text): row[position] = .text(text)
            default:
                throw ExportFailure("\(member.name) is not \(column.kind.noun)\(column.isNullable ? " or null" : "")")
            }
        }
        if let position = table.key.first(where: { row[$0] == .null }) {
            throw ExportFailure("\(table.columns[position].name) is missing")
        }
        if let flaw = table.flaw(in: row) { throw ExportFailure("\(table.name) \(table.name(of: row)): \(flaw)") }
        try requireNamedPart(row, of: table)
        return row
    }

    private func requireNamedPart(_ row: [SQL.Value], of table: ExportedTable) throws {
        let domain: String? =
            switch table.owner {
            case .domain(let column): table.text(column, of: row)
            case .right: table.text("domain", of: row)
            case .key, .keyByNumber, .server: nil
            }
        if let domain, domain != "ALL" || !table.owner.isRight, !domains.contains(domain) {
            throw ExportFailure("a row of \(domain), which the header does not name")
        }
        if case .server = table.owner, header?.hasServer == false {
            throw ExportFailure("a row of the server, and the header says that none of it is here")
        }
    }

    private func add(_ row: [SQL.Value], to table: ExportedTable) throws {
        guard try staged.add(row, to: table) else {
            throw ExportFailure("\(table.name) \(table.name(of: row)) is there twice")
        }
    }
}

extension TableColumn.Kind {
    fileprivate var noun: String {
        switch self {
        case .integer: "a whole number"
        case .real: "a number"
        case .text: "a text"
        }
    }
}

extension StagedState {
    /// Adds a row as an export has it.
    /// - Returns: false when a row with the same key is there already.
    /// - Throws: `ExportFailure` when it names a row that is not there; `StoreError`.
    func add(_ row: [SQL.Value], to table: ExportedTable) throws -> Bool {
        try add(
            table.name,
            zip(table.columns, row).map { column, value in
                guard let named = column.named else { return (column.name, value) }
                guard case .text(let name) = value else { return (column.name, .integer(0)) }
                return (column.name, .integer(try number(of: name, in: named)))
            })
    }

    private func number(of name: String, in named: (table: String, column: String)) throws -> Int {
        let database = try database(with: named.table)
        let query = SQL(trusted: "SELECT id FROM \(named.table) WHERE \(named.column) = ?", [name.sqlValue])
        if named.table == "mailaddr" {
            let priority = ListedParty(name)?.amavisdPriority
            try add(named.table, [(named.column, name.sqlValue)] + (priority.map { [("priority", $0.sqlValue)] } ?? []))
        }
        guard let number = try database.first(query, { $0.integer(0) }) else {
            throw ExportFailure("\(name) is not among the rows of \(named.table) before this one")
        }
        return number
    }
}
