import MailStore
import Storage

/// A state in which every column that may name somebody names a victim, and others of nearly the same name: one in the
/// same domain, one in another. Nobody but the victims goes or gets another name.
struct ReferenceWorld {
    /// Names that a pattern with `_` would take for each other; the first of each kind is the victim.
    static let mailboxes = ["j_o@a_b.example", "jxo@a_b.example", "j_o@axb.example", "j_o@sub.a_b.example"]
    static let aliases = ["t_m@a_b.example", "txm@a_b.example", "t_m@axb.example"]
    static let lists = ["n_s@a_b.example", "nxs@a_b.example", "n_s@axb.example"]
    static let domains = ["a_b.example", "axb.example", "sub.a_b.example"]
    /// Of the first two domains.
    static let aliasDomains = ["al_s.example", "alxs.example"]
    /// The last one has an address in the victim domain, and is no account of it.
    static let admins = ["o_p@admin_s.example", "oxp@admin_s.example", "o_p@adminxs.example", "b_s@a_b.example"]
    /// Where nobody's rows are, but everybody may go.
    static let emptyDomain = "empty.example"

    /// What rows of a table are like besides whom they name: each row is planted once with each of these.
    private static let variants: [String: [[String: String]]] = [
        "forwardings": [
            ["is_alias": "0"], ["is_alias": "0", "is_forwarding": "1"], ["is_alias": "0", "is_list": "1"],
            ["is_alias": "0", "is_maillist": "1"], ["is_alias": "1"],
        ],
        "domain_ownership": [["verified": "0", "expire": "2000000000"], ["verified": "1", "expire": "2000000000"]],
        "throttle": [["kind": "'inbound'"], ["kind": "'outbound'"], ["kind": "'external'"]],
        // One that nobody goes on with.
        "long_changes": [["kind": "'update'"]],
    ]

    /// A change of the domain itself would wait for the promise to be kept.
    static func isPlanted(_ reference: Reference, in table: String) -> Bool {
        reference.role != .nobody && reference.role != .sum
            && !(table == "long_changes" && reference.column == "domain")
    }

    private let api: TestAPI
    private var count = 0

    /// - Parameter leavingOut: tables that stay empty.
    static func state(leavingOut: Set<String> = []) throws -> NewState {
        let api = try TestAPI()
        for domain in domains + ["other.example", emptyDomain] { try api.addDomain(domain) }
        for (alias, domain) in zip(aliasDomains, domains) { try api.addAliasDomain(alias, of: domain) }
        for mailbox in mailboxes { try api.addMailbox(mailbox, isAdmin: true) }
        for alias in aliases { try api.addAlias(alias, members: ["x@outside.example"]) }
        for list in lists { try api.addList(list, members: ["x@outside.example"]) }
        for admin in admins { try api.addAdmin(admin) }
        var world = ReferenceWorld(api)
        for file in StoreFile.allCases {
            try world.plant(file, references(for: file).filter { !leavingOut.contains($0.table) })
        }
        return try NewState(of: api)
    }

    /// Whom the tables of a file name; of those that the state has.
    static func references(for file: StoreFile) -> [TableReferences] {
        Schema.references(for: file).filter { !(NewState.isOnServer && $0.table == "settings") }
    }

    private init(_ api: TestAPI) { self.api = api }

    private mutating func plant(_ file: StoreFile, _ tables: [TableReferences]) throws {
        let connection = try api.connection(file, writes: true)
        try connection.script("BEGIN")
        for table in tables {
            let fillers = try Self.columnsToFill(table.table, connection)
            for variant in Self.variants[table.table] ?? [[:]] {
                for reference in table.columns
                where Self.isPlanted(reference, in: table.table) && reference.fits(variant) {
                    for name in reference.names {
                        // The accounts themselves are there.
                        if reference.role == .account, name != .perUserAlias { continue }
                        for value in values(of: name) {
                            try insert(table, reference, value, variant, fillers, connection)
                        }
                    }
                }
            }
        }
        try connection.script("COMMIT")
    }

    /// Whom a column of that kind names.
    private mutating func values(of name: Reference.Name) -> [String] {
        switch name {
        case .mailbox: Self.mailboxes
        case .alias: Self.aliases
        case .list: Self.lists
        case .admin: Self.admins
        case .address: Self.mailboxes + Self.aliases + Self.lists + Self.admins
        case .domain: Self.domains
        case .aliasDomain: Self.aliasDomains
        case .domainKey: Self.domains.map { "@\($0)" }
        case .subdomainsKey: Self.domains.map { "@.\($0)" }
        case .domainOf: Self.domains.map { newAddress(in: $0) }
        case .perUserAlias: (Self.domains + Self.aliasDomains).map { newAddress(in: $0) }
        }
    }

    /// Whom the other columns of the row name: nobody who goes.
    private mutating func bystander(_ name: Reference.Name) -> String {
        switch name {
        case .domain, .aliasDomain:
            count += 1
            return "n\(count).example"
        default: return newAddress(in: "other.example")
        }
    }

    private mutating func newAddress(in domain: String) -> String {
        count += 1
        return "n\(count)@\(domain)"
    }

    /// - Parameter value: in the column that the reference is about; for the domain of an address, the address.
    private mutating func insert(
        _ table: TableReferences, _ reference: Reference, _ value: String, _ variant: [String: String],
        _ fillers: [String], _ connection: Engine
    ) throws {
        let references = table.columns.filter { $0.role != .nobody && $0.fits(variant) }
        var texts = [reference.base ?? reference.column: value]
        for other in references where other.base == nil && texts[other.column] == nil {
            texts[other.column] = bystander(other.names[0])
        }
        for other in references {
            if let base = other.base { texts[other.column] = texts[base].map { Self.domain(of: $0) } }
        }
        var literals = texts.mapValues { "'\($0)'" }.merging(variant) { $1 }
        for column in fillers where literals[column] == nil {
            count += 1
            literals[column] = "'\(count)'"
        }
        let columns = literals.sorted { $0.key < $1.key }
        try connection.execute(
            SQL(
                trusted: """
                    INSERT INTO \(table.table) (\(columns.map(\.key).joined(separator: ", ")))
                    VALUES (\(columns.map(\.value).joined(separator: ", ")))
                    """))
        // Whoever loses his last destination would become his own.
        if variant["is_forwarding"] == "1", let owner = literals["address"], let domain = literals["domain"] {
            try connection.execute(
                SQL(
                    trusted: """
                        INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                        VALUES (\(owner), 'n\(count)@outside.example', \(domain), 'outside.example', 1)
                        """))
        }
    }

    /// The columns that need a value of their own: of a unique index, or without a default.
    private static func columnsToFill(_ table: String, _ connection: Engine) throws -> [String] {
        let query: SQL =
            switch connection {
            case .sqlite:
                """
                SELECT name FROM pragma_table_info(\(table)) AS c
                 WHERE (type <> 'INTEGER' OR pk = 0)
                   AND (c."notnull" AND dflt_value IS NULL
                        OR name IN (SELECT i.name FROM pragma_index_list(\(table)) AS l
                                      JOIN pragma_index_info(l.name) AS i
                                     WHERE l."unique"))
                """
            case .postgresql:
                """
                SELECT attname FROM pg_attribute AS a
                 WHERE attrelid = to_regclass(\(table)) AND attnum > 0 AND attname <> 'id'
                   AND (attnotnull AND NOT atthasdef
                        OR EXISTS (SELECT 1 FROM pg_index
                                    WHERE indrelid = attrelid AND indisunique AND a.attnum = ANY (indkey)))
                """
            }
        return try connection.all(query) { $0.text(0) }
    }

    /// What follows the `@`; a bare domain is itself.
    static func domain(of address: String) -> String {
        address.split(separator: "@").last.map(String.init) ?? ""
    }
}

extension Reference {
    /// Of whose address this column holds the domain.
    var base: String? {
        for case .domainOf(let column) in names { return column }
        return nil
    }

    /// Whether it is about rows with these values.
    func fits(_ values: [String: String]) -> Bool {
        condition.map { $0.values.contains(values[$0.column] ?? "") } ?? true
    }
}
