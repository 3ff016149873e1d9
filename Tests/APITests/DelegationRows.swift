import MailStore
import Storage

/// A part of the state as text, a line a row, to be compared with itself.
struct DelegationPart: Sendable, Equatable {
    let name: String
    let text: String

    /// The lines that are only here, or their beginnings.
    func lines(besides other: DelegationPart) -> [Substring] {
        let others = Set(other.text.split(separator: "\n"))
        return text.split(separator: "\n").filter { !others.contains($0) }.map { $0.prefix(200) }
    }
}

/// What the hostile admin's calls may deal with.
struct HostileProperty: Equatable {
    /// Domains that are his, and those that nobody else has anything to do with.
    let domains: Set<String>
    /// Those of them that are not waiting for a proof.
    let activeDomains: Set<String>
    /// His names, present and past.
    let names: Set<String>
}

/// All rows that are not the hostile admin's, table by table, in SQL that shares nothing with the program's own.
struct DelegationRows {
    private struct Query {
        let name: String
        let connection: SQLiteConnection
        let sql: String

        /// - Parameter text: answers one column; `?1` are his domains, `?2` the active ones among them, `?3` his names,
        ///   each a JSON array.
        init(_ name: String, _ connection: SQLiteConnection, _ text: String) {
            self.name = name
            self.connection = connection
            sql = """
                WITH hostile (domains, active, names) AS (SELECT ?1, ?2, ?3), lines (line) AS (\(text))
                SELECT group_concat(line, char(10)) FROM (SELECT line FROM lines ORDER BY 1)
                """
        }

        func part(_ property: HostileProperty) throws -> DelegationPart {
            let lists = [property.domains, property.activeDomains, property.names].map { names in
                SQL.Value.text("[" + names.sorted().map { "\"\($0)\"" }.joined(separator: ",") + "]")
            }
            let text = try connection.first(SQL(trusted: sql, lists)) { $0.text(0) }
            return DelegationPart(name: name, text: text ?? "")
        }
    }

    private let connections: [SQLiteConnection]
    private let queries: [Query]
    private let growing: [Query]

    private static let domains = "(SELECT value FROM json_each(?1))"
    private static let activeDomains = "(SELECT value FROM json_each(?2))"
    private static let names = "(SELECT value FROM json_each(?3))"

    private static func part(_ column: String) -> String { "substr(\(column), instr(\(column), '@') + 1)" }

    /// Mail users of his domains who manage domains that are not his.
    private static let foreignAdmins = "(SELECT username FROM domain_admins WHERE domain NOT IN \(domains))"

    /// For each table, which of its rows are his.
    private static let ownership: [(StoreFile, [(table: String, isHis: String)])] = [
        (
            .vmail,
            [
                ("domain", "domain IN \(domains)"), ("alias_domain", "target_domain IN \(domains)"), ("admin", "0"),
                ("domain_admins", "domain IN \(domains)"),
                ("mailbox", "domain IN \(domains) AND username NOT IN \(foreignAdmins)"),
                ("alias", "domain IN \(domains)"), ("maillists", "domain IN \(domains)"),
                (
                    "forwardings",
                    """
                    domain IN \(domains)
                    AND (\(part("address")) IN \(domains)
                         OR \(part("address")) IN (SELECT alias_domain FROM alias_domain
                                                    WHERE active = 1 AND target_domain = forwardings.domain))
                    AND NOT (is_forwarding = 1 AND address IN \(foreignAdmins)
                             OR is_alias = 1 AND forwarding IN \(foreignAdmins))
                    """
                ),
                ("moderators", "\(part("address")) IN \(domains)"),
                ("maillist_owners", "\(part("address")) IN \(domains)"),
                ("sender_bcc_domain", "domain IN \(domains)"), ("recipient_bcc_domain", "domain IN \(domains)"),
                ("sender_bcc_user", "\(part("username")) IN \(domains)"),
                ("recipient_bcc_user", "\(part("username")) IN \(domains)"),
                ("sender_relayhost", "\(part("account")) IN \(activeDomains)"),
                ("deleted_mailboxes", "admin IN \(names)"),
                // What an admin who is gone once wanted to prove may stay under a name that nobody can have.
                ("domain_ownership", "admin IN \(names) OR instr(admin, '@') = 0"),
                ("domain_totals", "domain IN \(domains)"),
            ]
        ),
        (
            .usage,
            [
                ("used_quota", "\(part("username")) IN \(domains)"),
                ("last_login", "\(part("username")) IN \(domains)"),
                ("share_folder", "\(part("from_user")) IN \(domains)"),
                ("anyone_shares", "\(part("from_user")) IN \(domains)"), ("used_quota_totals", "domain IN \(domains)"),
            ]
        ),
        (
            .iredapd,
            [
                ("throttle", "\(part("account")) IN \(activeDomains)"),
                ("throttle_tracking", "\(part("account")) IN \(activeDomains)"),
                ("greylisting", "\(part("account")) IN \(activeDomains)"),
                ("greylisting_whitelists", "\(part("account")) IN \(activeDomains)"),
                ("greylisting_whitelist_domains", "0"), ("greylisting_whitelist_domain_spf", "0"),
                ("greylisting_tracking", "rcpt_domain IN \(activeDomains)"), ("wblist_rdns", "0"),
                ("srs_exclude_domains", "0"),
            ]
        ),
        (.amavisd, [("policy", "\(part("policy_name")) IN \(activeDomains)")]),
        (.api, [("settings", "0")]),
    ]

    /// Rows that are told by what they point to, or that are many.
    private static let joined: [(StoreFile, name: String, sql: String)] = [
        (
            .vmail, "log",
            """
            SELECT id || ' ' || timestamp || ' ' || admin || ' ' || ip || ' ' || domain || ' ' || username || ' '
                      || event || ' ' || msg || ' ' || length(changes)
              FROM log WHERE admin NOT IN \(names)
            """
        ),
        (
            .amavisd, "users",
            """
            SELECT email || ' ' || priority || ' ' || coalesce(policy_name, '')
              FROM users LEFT JOIN policy ON policy.id = policy_id WHERE \(part("email")) NOT IN \(activeDomains)
            """
        ),
        (
            .amavisd, "wblist",
            """
            SELECT users.email || ' ' || coalesce(mailaddr.email, '') || ' ' || wb
              FROM wblist JOIN users ON users.id = rid LEFT JOIN mailaddr ON mailaddr.id = sid
             WHERE \(part("users.email")) NOT IN \(activeDomains)
            """
        ),
        (
            .amavisd, "outbound_wblist",
            """
            SELECT users.email || ' ' || coalesce(mailaddr.email, '') || ' ' || wb
              FROM outbound_wblist JOIN users ON users.id = sid LEFT JOIN mailaddr ON mailaddr.id = rid
             WHERE \(part("users.email")) NOT IN \(activeDomains)
            """
        ),
    ]

    /// What no call of his may add to.
    private static let notToGrow: [(name: String, sql: String)] = [
        (
            "rights of people who are not his",
            """
            SELECT username || ' ' || domain FROM domain_admins
             WHERE username NOT IN \(names) AND \(part("username")) NOT IN \(domains)
            """
        ),
        ("rights on all domains", "SELECT username FROM domain_admins WHERE domain = 'ALL'"),
        ("global admins", "SELECT username FROM mailbox WHERE isglobaladmin = 1"),
        (
            "proofs of ownership",
            "SELECT domain || ' ' || alias_domain FROM domain_ownership WHERE verified = 1 AND admin IN \(names)"
        ),
        (
            "domains in use without a proof",
            """
            SELECT domain FROM domain WHERE active = 1 AND domain NOT IN ('hnew.example')
            UNION SELECT alias_domain FROM alias_domain WHERE active = 1 AND alias_domain NOT IN ('hnew.example')
            """
        ),
        (
            "directories of others",
            """
            WITH paths (owner, domain, path) AS (
                SELECT username, domain,
                       rtrim(storagebasedirectory || '/' || storagenode || '/' || maildir, '/') || '/' FROM mailbox
                UNION ALL SELECT 'deleted ' || id, '', rtrim(maildir, '/') || '/' FROM deleted_mailboxes
                           WHERE admin NOT IN \(names))
            SELECT his.owner || ' in ' || his.path || ', ' || others.owner || ' in ' || others.path
              FROM paths AS his JOIN paths AS others
             WHERE his.domain IN \(domains) AND others.domain NOT IN \(domains)
               AND (substr(his.path, 1, length(others.path)) = others.path
                    OR substr(others.path, 1, length(his.path)) = his.path)
            UNION ALL
            SELECT his.owner || ' in ' || his.path FROM paths AS his
             WHERE his.domain IN \(domains)
               AND NOT EXISTS (SELECT 1
                                 FROM (SELECT his.domain AS name
                                       UNION SELECT 'h.example' UNION SELECT 'h2.example' UNION SELECT 'hnew.example')
                                WHERE substr(his.path, 1, length(name) + 19) = '/var/vmail/vmail1/' || name || '/'
                                  AND length(his.path) > length(name) + 19)
            """
        ),
    ]

    init(_ api: TestAPI) throws {
        var connections: [StoreFile: SQLiteConnection] = [:]
        for file in StoreFile.allCases {
            connections[file] = try api.file(file)
        }
        func query(_ file: StoreFile, _ name: String, _ text: (SQLiteConnection) throws -> String) throws -> Query {
            guard let connection = connections[file] else { throw NoAnswer() }
            return try Query(name, connection, text(connection))
        }
        queries =
            try Self.ownership.flatMap { file, tables in
                try tables.map { table, isHis in
                    try query(file, "rows of \(table)") { connection in
                        let columns = try connection.all("SELECT name FROM pragma_table_info(\(table)) ORDER BY cid") {
                            row in "quote(\"\(row.text(0))\")"
                        }
                        return "SELECT \(columns.joined(separator: " || '|' || ")) FROM \(table) WHERE NOT (\(isHis))"
                    }
                }
            } + Self.joined.map { file, name, text in try query(file, "rows of \(name)") { _ in text } }
            + [
                query(.api, "sessions") { _ in
                    """
                    SELECT session_id || ' ' || admin || ' ' || created || ' ' || atime
                      FROM sessions WHERE admin NOT IN \(Self.names)
                    """
                }
            ]
        growing = try Self.notToGrow.map { name, text in try query(.vmail, name) { _ in text } }
        self.connections = StoreFile.allCases.compactMap { connections[$0] }
    }

    /// The first column of a query about the accounts.
    func values(_ sql: SQL) throws -> Set<String> {
        guard let vmail = connections.first else { return [] }
        return Set(try vmail.all(sql) { $0.text(0) })
    }

    /// Differs from what it was as soon as anybody has committed anything.
    func version() throws -> [Int] {
        try connections.map { connection in
            try connection.first("PRAGMA data_version") { $0.integer(0) } ?? 0
        }
    }

    /// What must stay as it is.
    func others(_ property: HostileProperty) throws -> [DelegationPart] { try queries.map { try $0.part(property) } }

    /// What may lose lines and gain none.
    func notGrowing(_ property: HostileProperty) throws -> [DelegationPart] {
        try growing.map { try $0.part(property) }
    }
}
