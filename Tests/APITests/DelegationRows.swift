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
        let connection: Engine
        let sql: String

        /// - Parameter text: answers one column; `?1` are his domains, `?2` the active ones among them, `?3` his names,
        ///   each name between two spaces.
        init(_ name: String, _ connection: Engine, _ text: String) {
            self.name = name
            self.connection = connection
            sql = """
                WITH hostile (domains, active, names) AS
                         (SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS TEXT)),
                     lines (line) AS (\(text))
                SELECT \(connection.joined("line", by: "\n")) FROM (SELECT line FROM lines ORDER BY 1) AS sorted
                """
        }

        func part(_ property: HostileProperty) throws -> DelegationPart {
            let lists = [property.domains, property.activeDomains, property.names].map { names in
                SQL.Value.text(names.sorted().map { " \($0) " }.joined())
            }
            let text = try connection.first(SQL(trusted: sql, lists)) { $0.text(0) }
            return DelegationPart(name: name, text: text ?? "")
        }
    }

    private let vmail: Engine
    /// One to each database.
    private let connections: [Engine]
    private let queries: [Query]
    private let growing: [Query]

    private static func isHis(_ name: String, _ list: String) -> String { "instr(\(list), ' ' || \(name) || ' ') > 0" }
    private static func isOfDomain(_ domain: String) -> String { isHis(domain, "?1") }
    private static func isOfActiveDomain(_ domain: String) -> String { isHis(domain, "?2") }
    private static func isName(_ name: String) -> String { isHis(name, "?3") }

    private static func part(_ column: String) -> String { "substr(\(column), instr(\(column), '@') + 1)" }

    /// Mail users of his domains who manage domains that are not his.
    private static let foreignAdmins = "(SELECT username FROM domain_admins WHERE NOT \(isOfDomain("domain")))"

    /// For each table, which of its rows are his.
    private static let ownership: [(StoreFile, [(table: String, isHis: String)])] = [
        (
            .vmail,
            [
                ("domain", isOfDomain("domain")), ("alias_domain", isOfDomain("target_domain")), ("admin", "1 = 0"),
                ("domain_admins", isOfDomain("domain")),
                ("mailbox", "\(isOfDomain("domain")) AND username NOT IN \(foreignAdmins)"),
                ("alias", isOfDomain("domain")), ("maillists", isOfDomain("domain")),
                (
                    "forwardings",
                    """
                    \(isOfDomain("domain"))
                    AND (\(isOfDomain(part("address")))
                         OR \(part("address")) IN (SELECT alias_domain FROM alias_domain
                                                    WHERE active = 1 AND target_domain = forwardings.domain))
                    AND NOT (is_forwarding = 1 AND address IN \(foreignAdmins)
                             OR is_alias = 1 AND forwarding IN \(foreignAdmins))
                    """
                ),
                ("moderators", isOfDomain(part("address"))),
                ("maillist_owners", isOfDomain(part("address"))),
                ("sender_bcc_domain", isOfDomain("domain")), ("recipient_bcc_domain", isOfDomain("domain")),
                ("sender_bcc_user", isOfDomain(part("username"))),
                ("recipient_bcc_user", isOfDomain(part("username"))),
                ("sender_relayhost", isOfActiveDomain(part("account"))),
                ("deleted_mailboxes", isName("admin")),
                // What an admin who is gone once wanted to prove may stay under a name that nobody can have.
                ("domain_ownership", "\(isName("admin")) OR instr(admin, '@') = 0"),
                ("domain_totals", isOfDomain("domain")),
            ]
        ),
        (
            .usage,
            [
                ("used_quota", isOfDomain(part("username"))),
                ("last_login", isOfDomain(part("username"))),
                ("share_folder", isOfDomain(part("from_user"))),
                ("anyone_shares", isOfDomain(part("from_user"))), ("used_quota_totals", isOfDomain("domain")),
            ]
        ),
        (
            .iredapd,
            [
                ("throttle", isOfActiveDomain(part("account"))),
                ("throttle_tracking", isOfActiveDomain(part("account"))),
                ("greylisting", isOfActiveDomain(part("account"))),
                ("greylisting_whitelists", isOfActiveDomain(part("account"))),
                ("greylisting_whitelist_domains", "1 = 0"), ("greylisting_whitelist_domain_spf", "1 = 0"),
                ("greylisting_tracking", isOfActiveDomain("rcpt_domain")), ("wblist_rdns", "1 = 0"),
                ("srs_exclude_domains", "1 = 0"),
            ]
        ),
        (.amavisd, [("policy", isOfActiveDomain(part("policy_name")))]),
        (.api, [("settings", "1 = 0")]),
    ]

    /// Rows that are told by what they point to, or that are many.
    private static let joined: [(StoreFile, name: String, sql: String)] = [
        (
            .vmail, "log",
            """
            SELECT id || ' ' || log.timestamp || ' ' || admin || ' ' || ip || ' ' || domain || ' ' || username || ' '
                      || event || ' ' || msg || ' ' || length(changes)
              FROM log WHERE NOT \(isName("admin"))
            """
        ),
        (
            .amavisd, "users",
            """
            SELECT text_of(email) || ' ' || priority || ' ' || coalesce(policy_name, '')
              FROM users LEFT JOIN policy ON policy.id = policy_id WHERE NOT \(isOfActiveDomain(part("text_of(email)")))
            """
        ),
        (
            .amavisd, "wblist",
            """
            SELECT text_of(users.email) || ' ' || coalesce(text_of(mailaddr.email), '') || ' ' || wb
              FROM wblist JOIN users ON users.id = rid LEFT JOIN mailaddr ON mailaddr.id = sid
             WHERE NOT \(isOfActiveDomain(part("text_of(users.email)")))
            """
        ),
        (
            .amavisd, "outbound_wblist",
            """
            SELECT text_of(users.email) || ' ' || coalesce(text_of(mailaddr.email), '') || ' ' || wb
              FROM outbound_wblist JOIN users ON users.id = sid LEFT JOIN mailaddr ON mailaddr.id = rid
             WHERE NOT \(isOfActiveDomain(part("text_of(users.email)")))
            """
        ),
    ]

    /// What no call of his may add to.
    private static let notToGrow: [(name: String, sql: String)] = [
        (
            "rights of people who are not his",
            """
            SELECT username || ' ' || domain FROM domain_admins
             WHERE NOT \(isName("username")) AND NOT \(isOfDomain(part("username")))
            """
        ),
        ("rights on all domains", "SELECT username FROM domain_admins WHERE domain = 'ALL'"),
        ("global admins", "SELECT username FROM mailbox WHERE isglobaladmin = 1"),
        (
            "proofs of ownership",
            "SELECT domain || ' ' || alias_domain FROM domain_ownership WHERE verified = 1 AND \(isName("admin"))"
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
                           WHERE NOT \(isName("admin")))
            SELECT his.owner || ' in ' || his.path || ', ' || others.owner || ' in ' || others.path
              FROM paths AS his, paths AS others
             WHERE \(isOfDomain("his.domain")) AND NOT \(isOfDomain("others.domain"))
               AND (substr(his.path, 1, length(others.path)) = others.path
                    OR substr(others.path, 1, length(his.path)) = his.path)
            UNION ALL
            SELECT his.owner || ' in ' || his.path FROM paths AS his
             WHERE \(isOfDomain("his.domain"))
               AND NOT EXISTS (SELECT 1
                                 FROM (SELECT his.domain AS name
                                       UNION SELECT 'h.example' UNION SELECT 'h2.example'
                                       UNION SELECT 'hnew.example') AS own
                                WHERE substr(his.path, 1, length(name) + 19) = '/var/vmail/vmail1/' || name || '/'
                                  AND length(his.path) > length(name) + 19)
            """
        ),
    ]

    init(_ api: TestAPI) throws {
        var connections: [String: Engine] = [:]
        func connection(_ file: StoreFile) throws -> Engine {
            let new = try api.connection(file)
            let connection = connections[new.place] ?? new
            connections[new.place] = connection
            return connection
        }
        vmail = try connection(.vmail)
        queries =
            try Self.ownership.flatMap { file, tables in
                let connection = try connection(file)
                let present = try connection.columns()
                return try tables.compactMap { table, isHis -> Query? in
                    // At a server it is not there.
                    if table == "settings", NewState.isOnServer { return nil }
                    guard let columns = present[table] else { throw NoAnswer() }
                    let row = columns.map { connection.quoted("\"\($0.name)\"") }.joined(separator: " || '|' || ")
                    return Query("rows of \(table)", connection, "SELECT \(row) FROM \(table) WHERE NOT (\(isHis))")
                }
            }
            + Self.joined.map { file, name, text in try Query("rows of \(name)", connection(file), text) }
            + [
                Query(
                    "sessions", connection(.api),
                    """
                    SELECT session_id || ' ' || admin || ' ' || created || ' ' || atime
                      FROM sessions WHERE NOT \(Self.isName("admin"))
                    """)
            ]
        growing = try Self.notToGrow.map { name, text in try Query(name, connection(.vmail), text) }
        self.connections = Array(connections.values)
    }

    /// The first column of a query about the accounts.
    func values(_ sql: SQL) throws -> Set<String> { Set(try vmail.all(sql) { $0.text(0) }) }

    /// Differs from what it was as soon as anybody has committed anything.
    func version() throws -> [String] { try connections.map { try $0.mark() } }

    /// What must stay as it is.
    func others(_ property: HostileProperty) throws -> [DelegationPart] { try queries.map { try $0.part(property) } }

    /// What may lose lines and gain none.
    func notGrowing(_ property: HostileProperty) throws -> [DelegationPart] {
        try growing.map { try $0.part(property) }
    }
}

/// What the engines have no common words for.
extension Engine {
    /// An aggregate: the texts of all rows.
    func joined(_ text: String, by separator: String) -> String {
        switch self {
        case .sqlite: "group_concat(\(text), '\(separator)')"
        case .postgresql: "string_agg(\(text), '\(separator)')"
        }
    }

    /// A value as text, from which NULL differs.
    fileprivate func quoted(_ value: String) -> String {
        switch self {
        case .sqlite: "quote(\(value))"
        case .postgresql: "quote_nullable(\(value))"
        }
    }

    /// Differs from what it was as soon as another connection has committed anything; at a server also for other reasons.
    fileprivate func mark() throws -> String {
        let query: SQL =
            switch self {
            case .sqlite: "PRAGMA data_version"
            case .postgresql: "SELECT CAST(pg_current_snapshot() AS TEXT)"
            }
        return try first(query) { $0.text(0) } ?? ""
    }
}
