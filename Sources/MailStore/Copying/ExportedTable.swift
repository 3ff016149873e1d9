import Mail
package import Storage

/// What an export is made of, and taken over by: a domain with all that belongs to it, or what belongs to no domain.
package enum StatePart: Hashable, Sendable, CustomStringConvertible {
    /// Standalone admins and their global rights, policies for everybody and for clients, SPF domains and the like.
    case server
    case domain(String)

    package var description: String {
        switch self {
        case .server: "server"
        case .domain(let name): name
        }
    }
}

/// A table as an export has it: the columns that say what a domain is, without the numbers of rows (names stand for them)
/// and without what follows from other rows. All of it derives from the tables' declarations.
package struct ExportedTable: Sendable {
    package let file: StoreFile
    package let name: String
    /// In declared order.
    package let columns: [Column]
    /// The positions of the columns that tell rows apart, and by which they are sorted.
    let key: [Int]
    let owner: Owner
    let references: [Reference]

    package struct Column: Sendable {
        package let name: String
        package let kind: TableColumn.Kind
        package let isNullable: Bool
        /// What a row has that does not name the column.
        package let fallback: SQL.Value
        package let isSecret: Bool
        /// The column of the name that stands for a number; nil where the value itself is stored.
        let named: (table: String, column: String)?
        let rule: ColumnRule
    }

    /// How a row says which part it belongs to.
    enum Owner: Sendable {
        /// The column has the domain's name.
        case domain(_ column: String)
        /// The column has an address, or a key as `@example.com`.
        case key(_ column: String)
        /// The column has the number of such a key's row.
        case keyByNumber(_ column: String)
        /// A right over a domain; a global one belongs to the domain of its mail user.
        case right
        case server
    }

    /// The tables of a whole export, each behind those that it names by number.
    ///
    /// - Parameter usage: whether what Dovecot writes is among them.
    /// - Throws: `StoreError`.
    package static func all(usage: Bool) throws -> [ExportedTable] {
        try StagedState.files.filter { usage || $0 != .usage }.flatMap { file in
            let database = try Database(":memory:", .archive)
            for statement in Schema.statements(for: file) { try database.script(statement) }
            let tables = try Schema.references(for: file).filter(\.isExported).map {
                try ExportedTable($0, of: file, in: database)
            }
            return tables.enumerated().sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }
                .map(\.element)
        }
    }

    private init(_ declared: TableReferences, of file: StoreFile, in database: Database) throws {
        let table = declared.table
        let names = Schema.numberedNames[table] ?? [:]
        let derived = Schema.derivedColumns[table] ?? []
        self.file = file
        name = table
        references = declared.columns
        let columns = try database.columns(of: table).filter { $0.name != "id" && !derived.contains($0.name) }.map {
            column in
            let named = names[column.name]
            return Column(
                name: column.name, kind: named == nil ? column.kind : .text,
                // A number that is 0 names nobody.
                isNullable: column.isNullable || named != nil && column.fallback != .null,
                fallback: named == nil ? column.fallback : .null,
                isSecret: Schema.secretColumns[table]?.contains(column.name) == true, named: named,
                rule: ColumnRule(column, in: table))
        }
        let unique = try database.all(
            SQL(
                trusted: """
                    SELECT i.seq, x.name FROM pragma_index_list('\(table)') AS i JOIN pragma_index_info(i.name) AS x
                     WHERE i."unique" = 1 AND i.origin IN ('pk', 'u')
                     ORDER BY i.seq DESC, x.seqno
                    """)
        ) { row in (index: row.integer(0), column: row.text(1)) }
        let keys = Dictionary(grouping: unique, by: \.index).sorted { $0.key > $1.key }.map { $0.value.map(\.column) }
        let naming = Set(declared.columns.filter { $0.role != .nobody }.map(\.column)).union(names.keys)
        let chosen = keys.first { !naming.isDisjoint(with: $0) } ?? keys.first ?? []
        self.columns = columns
        key = chosen.compactMap { name in columns.firstIndex { $0.name == name } }
        owner = Self.owner(declared, names)
    }

    private static func owner(
        _ declared: TableReferences, _ names: [String: (table: String, column: String)]
    ) -> Owner {
        let owning = declared.columns.filter { $0.role == .account || $0.role == .belongs }
        if let domain = owning.first(where: { $0.names == [.domain] }) {
            return owning.contains { $0.names.contains(.admin) } ? .right : .domain(domain.column)
        }
        if let domain = owning.first(where: { if case .domainOf = $0.names.first { true } else { false } }) {
            return .domain(domain.column)
        }
        if let key = owning.first(where: { !$0.names.contains(.admin) }) { return .key(key.column) }
        let owners = Schema.references(for: .amavisd).filter { $0.columns.contains { $0.role == .belongs } }.map(
            \.table)
        if let number = names.first(where: { owners.contains($0.value.table) }) { return .keyByNumber(number.key) }
        return .server
    }

    /// How many tables have to be there before.
    private var depth: Int {
        func depth(_ table: String) -> Int {
            (Schema.numberedNames[table] ?? [:]).values.map { depth($0.table) + 1 }.max() ?? 0
        }
        return depth(name)
    }

    func position(of column: String) -> Int? { columns.firstIndex { $0.name == column } }

    /// The text of a column; empty for NULL, and for one that is no text or not there.
    func text(_ column: String, of row: [SQL.Value]) -> String {
        guard let position = position(of: column), case .text(let text) = row[position] else { return "" }
        return text
    }

    /// The number of a column; 0 where there is none.
    func integer(_ column: String, of row: [SQL.Value]) -> Int {
        guard let position = position(of: column), case .integer(let number) = row[position] else { return 0 }
        return number
    }

    /// The key of a row, for messages.
    package func name(of row: [SQL.Value]) -> String { key.map { Self.text(of: row[$0]) }.joined(separator: " ") }

    static func text(of value: SQL.Value) -> String {
        switch value {
        case .null: "NULL"
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        }
    }

    /// Whether a row comes before another one, by the bytes of their keys; nil when they have the same key.
    func precedes(_ left: [SQL.Value], _ right: [SQL.Value]) -> Bool? {
        for position in key {
            let one = Self.text(of: left[position]), other = Self.text(of: right[position])
            if one == other, one.utf8.elementsEqual(other.utf8) { continue }
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return nil
    }

    // MARK: SQL

    /// The rows of a part, or more of them (`StateRows` tells them apart), in the order of the key.
    ///
    /// - Parameter names: of a domain its own and those of its alias domains; nil for the server.
    /// - Returns: nil when there can be none.
    func query(in database: Database, of names: [String]?) throws -> SQL? {
        let there = Set(try database.columns(of: name).map(\.name))
        guard !there.isEmpty, let (condition, values) = condition(names) else { return nil }
        return query(condition, values, there)
    }

    /// All rows.
    func queryOfAll(in database: Database) throws -> SQL {
        query("TRUE", [], Set(try database.columns(of: name).map(\.name)))
    }

    private func query(_ condition: String, _ values: [SQL.Value], _ there: Set<String>) -> SQL {
        let list = columns.map { column in
            let expression =
                if let named = column.named {
                    """
                    (SELECT \(Self.text(named.column, of: "other")) FROM \(named.table) AS other \
                    WHERE other.id = t.\(column.name))
                    """
                } else if there.contains(column.name) {
                    file == .amavisd ? Self.text(column.name, of: "t") : "t.\"\(column.name)\""
                } else {
                    "NULL"
                }
            return "\(expression) AS \"\(column.name)\""
        }
        let keys = key.map { "\"\(columns[$0].name)\"" }
        return SQL(
            trusted: """
                SELECT * FROM (SELECT \(list.joined(separator: ", ")) FROM \(name) AS t WHERE \(condition)) AS listed
                 WHERE \(keys.map { "listed.\($0) IS NOT NULL" }.joined(separator: " AND "))
                 ORDER BY \(keys.map { "listed.\($0) COLLATE BINARY" }.joined(separator: ", "))
                """, values)
    }

    /// A server has amavisd's addresses as bytes.
    private static func text(_ column: String, of table: String) -> String {
        column == "email" ? "text_of(\(table).email)" : "\(table).\"\(column)\""
    }

    private func condition(_ names: [String]?) -> (String, [SQL.Value])? {
        guard let names, let domain = names.first else {
            switch owner {
            case .domain: return nil
            case .key, .keyByNumber, .server: return ("TRUE", [])
            case .right:
                return ("domain = 'ALL' AND NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.username = t.username)", [])
            }
        }
        let keys = names.flatMap { [$0.sqlValue, ".\($0)".sqlValue] }
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        func isKey(_ column: String) -> String { "substr(\(column), instr(\(column), '@') + 1) IN (\(places))" }
        switch owner {
        case .server: return nil
        case .domain(let column): return ("\(column) = ?", [domain.sqlValue])
        case .key(let column): return (isKey(column), keys)
        case .keyByNumber(let column): return ("\(column) IN (SELECT id FROM users WHERE \(isKey("email")))", keys)
        case .right:
            return (
                """
                domain = ? OR domain = 'ALL' AND substr(username, instr(username, '@') + 1) = ?
                AND EXISTS (SELECT 1 FROM mailbox WHERE mailbox.username = t.username)
                """, [domain.sqlValue, domain.sqlValue]
            )
        }
    }
}
