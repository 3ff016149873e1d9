import Support

/// The look-up tables that iRedMail gives Postfix, in our own words.
/// Source: https://github.com/iredmail/iRedMail/tree/master/samples/postfix; Postfix mysql_table(5).
struct OldMaps {
    /// In the order in which Postfix asks them. In a query `%s` is the key, `%u` its local part and `%d` its domain; what
    /// stands between `{` and `}` is joined to one text.
    static let all: KeyValuePairs<String, [String]> = [
        "virtual_mailbox_domains": [
            """
            SELECT domain FROM domain WHERE domain = '%s' AND backupmx = 0 AND active = 1
            UNION
            SELECT a.alias_domain FROM alias_domain AS a, domain AS d
             WHERE a.alias_domain = '%s' AND a.active = 1 AND a.target_domain = d.domain AND d.active = 1 AND d.backupmx = 0
            """
        ],
        "relay_domains": ["SELECT domain FROM domain WHERE domain = '%s' AND backupmx = 1 AND active = 1"],
        "transport_maps": [
            """
            SELECT m.transport FROM mailbox AS m, domain AS d
             WHERE m.username = '%s' AND m.domain = d.domain AND m.transport <> '' AND m.active = 1 AND m.enabledeliver = 1
               AND d.backupmx = 0 AND d.active = 1
            """,
            """
            SELECT l.transport FROM maillists AS l, domain AS d
             WHERE l.address = '%s' AND l.active = 1 AND l.domain = d.domain AND d.active = 1
            """,
            "SELECT transport FROM domain WHERE domain = '%s' AND active = 1",
        ],
        "virtual_mailbox_maps": [
            """
            SELECT m.username FROM mailbox AS m, domain AS d
             WHERE m.username = '%s' AND m.active = 1 AND m.enabledeliver = 1 AND m.domain = d.domain AND d.active = 1
            """
        ],
        "virtual_alias_maps": [
            """
            SELECT f.forwarding FROM forwardings AS f, domain AS d
             WHERE f.address = '%s' AND f.domain = d.domain AND f.active = 1 AND d.backupmx = 0 AND d.active = 1
            """,
            """
            SELECT f.forwarding FROM forwardings AS f, alias_domain AS a, domain AS d
             WHERE a.alias_domain = '%d' AND f.address = {'%u', '@', a.target_domain} AND a.target_domain = d.domain
               AND f.active = 1 AND a.active = 1 AND d.backupmx = 0
            """,
            """
            SELECT f.forwarding FROM forwardings AS f, domain AS d
             WHERE f.address = '%d' AND '%u' NOT LIKE '%%+%%' AND f.domain = d.domain AND f.active = 1 AND d.active = 1
               AND d.backupmx = 0
            """,
            """
            SELECT f.forwarding FROM forwardings AS f, alias_domain AS a, domain AS d
             WHERE a.alias_domain = '%d' AND f.address = a.target_domain AND a.target_domain = d.domain AND f.active = 1
               AND a.active = 1
            """,
        ],
        "sender_bcc_maps": bcc("sender"),
        "recipient_bcc_maps": bcc("recipient"),
        "smtpd_sender_login_maps": [
            """
            SELECT m.username FROM mailbox AS m, domain AS d
             WHERE m.username = '%s' AND m.domain = '%d' AND m.domain = d.domain AND m.enablesmtp = 1 AND m.active = 1
               AND d.backupmx = 0 AND d.active = 1
            """
        ],
        "sender_dependent_relayhost_maps": ["SELECT relayhost FROM sender_relayhost WHERE account = '%s'"],
    ]

    private static func bcc(_ side: String) -> [String] {
        [
            """
            SELECT b.bcc_address FROM \(side)_bcc_user AS b, domain AS d
             WHERE b.username = '%s' AND b.domain = '%d' AND b.domain = d.domain AND d.backupmx = 0 AND d.active = 1
               AND b.active = 1
            """,
            """
            SELECT b.bcc_address FROM \(side)_bcc_domain AS b, domain AS d
             WHERE b.domain = '%d' AND b.domain = d.domain AND d.active = 1
            """,
        ]
    }

    /// What the server's tables answer to keys: by `MAP KEY`.
    static func answers(of server: IRedMailServer, to keys: [String]) throws -> [String: Set<String>] {
        var statements: [String] = []
        for (parameter, queries) in all {
            for (index, query) in queries.enumerated() {
                for key in keys {
                    guard let statement = filled(query, key, server.engine) else { continue }
                    statements.append(
                        "SELECT '\(parameter)/\(index) \(key.replacing("'", with: "''"))', x.* FROM (\(statement)) AS x"
                    )
                }
            }
        }
        var answers: [String: Set<String>] = [:]
        for line in try server.run("vmail", statements.joined(separator: ";\n")).split(separator: "\n") {
            let parts = line.split(maxSplits: 1) { $0 == "\t" || $0 == "|" }.map(String.init)
            answers[parts[0], default: []].insert(parts.count > 1 ? parts[1] : "")
        }
        return answers
    }

    /// Nil for a query that Postfix does not send for a key: one with `%u` or `%d` for a key without them.
    private static func filled(_ query: String, _ key: String, _ engine: ServerEngine) -> String? {
        let parts = key.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        let (user, domain) = parts.count == 2 ? (parts[0], parts[1]) : ("", "")
        let text = query.replacing("%%", with: "\u{1}")
        guard !(text.contains("%u") && user.isEmpty), !(text.contains("%d") && domain.isEmpty) else { return nil }
        let joined =
            engine == .mariadb
            ? text.replacing("{", with: "CONCAT(").replacing("}", with: ")")
            : text.replacing("{'%u', '@', a.target_domain}", with: "'%u' || '@' || a.target_domain")
        func quoted(_ text: String) -> String { text.replacing("'", with: "''") }
        return joined.replacing("%s", with: quoted(key)).replacing("%u", with: quoted(user))
            .replacing("%d", with: quoted(domain)).replacing("\u{1}", with: "%")
    }

    /// What Postfix makes of the answers: an address is asked for as it is, without its extension, and as `@domain`; the
    /// first table that answers counts.
    static func resolved(_ parameter: String, _ key: String, tables: Int, _ answer: (String) -> Set<String>?) -> Set<
        String
    > {
        var keys = [key]
        if let at = key.firstIndex(of: "@"), key.first != "@" {
            if let plus = key.firstIndex(of: "+"), plus < at { keys.append("\(key[..<plus])\(key[at...])") }
            keys.append(String(key[at...]))
        }
        for key in keys {
            for table in 0..<tables {
                if let found = answer("\(parameter)/\(table) \(key)") { return found }
            }
        }
        return []
    }
}
