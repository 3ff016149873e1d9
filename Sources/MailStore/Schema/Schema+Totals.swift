extension Schema {
    /// What a domain's accounts come to, so that its profile and its limits cost the same however many it has. Triggers
    /// keep it, for whichever program writes (only of `REPLACE` SQLite tells them nothing). A domain without accounts
    /// has no row.
    static let domainTotals =
        [
            """
            CREATE TABLE domain_totals (
              domain    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
              mailboxes INTEGER NOT NULL DEFAULT 0,
              quota     INTEGER NOT NULL DEFAULT 0,  -- of all mailboxes together, MB
              aliases   INTEGER NOT NULL DEFAULT 0,  -- besides those that only accompany a mailing list
              maillists INTEGER NOT NULL DEFAULT 0
            ) WITHOUT ROWID
            """,
            """
            INSERT INTO domain_totals (domain, mailboxes, quota, aliases, maillists)
            SELECT domain, SUM(mailboxes), SUM(quota), SUM(aliases), SUM(maillists)
              FROM (SELECT domain, 1 AS mailboxes, quota, 0 AS aliases, 0 AS maillists FROM mailbox
                    UNION ALL
                    SELECT domain, 0, 0, address NOT IN (SELECT address FROM maillists), 0 FROM alias
                    UNION ALL
                    SELECT domain, 0, 0, 0, 1 FROM maillists)
             GROUP BY domain
            """,
        ]
        + domainSums.triggers(on: "mailbox", keys: ["domain"], ["mailboxes": { _ in "1" }, "quota": { "\($0).quota" }])
        + domainSums.triggers(
            on: "alias", keys: ["address", "domain"],
            ["aliases": { "NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = \($0).address)" }])
        + domainSums.triggers(on: "maillists", keys: ["address", "domain"], ["maillists": { _ in "1" }]) { row, sign in
            """
            INSERT INTO domain_totals (domain, aliases)
            SELECT alias.domain, \(sign == "+" ? "-" : "+")1 FROM alias WHERE alias.address = \(row).address
                ON CONFLICT (domain) DO UPDATE SET aliases = aliases + excluded.aliases;
            """
        }

    /// The same of what Dovecot has counted.
    static let usageTotals =
        [
            """
            CREATE TABLE used_quota_totals (
              domain    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
              mailboxes INTEGER NOT NULL DEFAULT 0,
              bytes     INTEGER NOT NULL DEFAULT 0,
              messages  INTEGER NOT NULL DEFAULT 0
            ) WITHOUT ROWID
            """,
            """
            INSERT INTO used_quota_totals (domain, mailboxes, bytes, messages)
            SELECT domain, COUNT(*), SUM(bytes), SUM(messages) FROM used_quota GROUP BY domain
            """,
        ]
        + usageSums.triggers(
            on: "used_quota", keys: ["domain"],
            ["mailboxes": { _ in "1" }, "bytes": { "\($0).bytes" }, "messages": { "\($0).messages" }])

    static let domainTotalReferences = [TableReferences("domain_totals", [Reference("domain", [.domain], .sum)])]
    static let usageTotalReferences = [TableReferences("used_quota_totals", [Reference("domain", [.domain], .sum)])]

    private static let domainSums = Totals(table: "domain_totals", counts: ["mailboxes", "aliases", "maillists"])
    private static let usageSums = Totals(table: "used_quota_totals", counts: ["mailboxes"])
}

/// A table of sums by domain.
private struct Totals: Sendable {
    let table: String
    /// The columns that are 0 together when a domain has nothing any more.
    let counts: [String]

    /// - Parameters:
    ///   - keys: the columns whose change makes a row count elsewhere.
    ///   - columns: what a row, `OLD` or `NEW`, adds to each of our columns.
    ///   - besides: what else is to be done when a row is added (`+`) or taken away (`-`).
    func triggers(
        on source: String, keys: [String], _ columns: [String: (_ row: String) -> String],
        besides: (_ row: String, _ sign: String) -> String = { _, _ in "" }
    ) -> [String] {
        let columns = columns.sorted { $0.key < $1.key }
        func add(_ row: String, _ sign: String) -> String {
            let values = columns.map { "\(sign)(\($0.value(row)))" }
            return """
                INSERT INTO \(table) (domain, \(columns.map(\.key).joined(separator: ", ")))
                VALUES (\(row).domain, \(values.joined(separator: ", ")))
                    ON CONFLICT (domain) DO UPDATE
                   SET \(columns.map { "\($0.key) = \($0.key) + excluded.\($0.key)" }.joined(separator: ", "));
                \(besides(row, sign))
                """
        }
        func tidy(_ row: String) -> String {
            "DELETE FROM \(table) WHERE domain = \(row).domain AND \(counts.map { "\($0) = 0" }.joined(separator: " AND "));"
        }
        let sums = columns.filter { $0.value("NEW").hasPrefix("NEW.") }
        let moved = keys.map { "OLD.\($0) <> NEW.\($0)" }.joined(separator: " OR ")
        var triggers = [
            "CREATE TRIGGER \(table)_\(source)_insert AFTER INSERT ON \(source) BEGIN \(add("NEW", "+")) \(tidy("NEW")) END",
            "CREATE TRIGGER \(table)_\(source)_delete AFTER DELETE ON \(source) BEGIN \(add("OLD", "-")) \(tidy("OLD")) END",
            """
            CREATE TRIGGER \(table)_\(source)_move AFTER UPDATE OF \(keys.joined(separator: ", ")) ON \(source)
              WHEN \(moved)
            BEGIN
              \(add("OLD", "-")) \(add("NEW", "+")) \(tidy("OLD")) \(tidy("NEW"))
            END
            """,
        ]
        if !sums.isEmpty {
            let changes = sums.map { "\($0.key) = \($0.key) + NEW.\($0.key) - OLD.\($0.key)" }
            triggers.append(
                """
                CREATE TRIGGER \(table)_\(source)_update AFTER UPDATE OF \(sums.map(\.key).joined(separator: ", ")) ON \(source)
                  WHEN NOT (\(moved))
                BEGIN
                  UPDATE \(table) SET \(changes.joined(separator: ", ")) WHERE domain = NEW.domain;
                END
                """)
        }
        return triggers
    }
}

extension Schema {
    /// With these, what belongs to many mailboxes of one domain is found in one go: each index begins with the domain,
    /// and an ordinary mailbox has no entry in the first two.
    static let profileIndexes = [
        // A query uses it only if it says the condition literally.
        """
        CREATE INDEX forwardings_received
            ON forwardings (dest_domain, forwarding) WHERE is_alias = 1 OR is_list = 1
        """,
        "DROP INDEX domain_admins_username_domain",
        """
        CREATE INDEX domain_admins_username_domain
            ON domain_admins (substr(username, instr(username, '@') + 1), username)
        """,
    ]

    static let usageProfileIndexes = [
        "DROP INDEX used_quota_domain",
        "CREATE INDEX used_quota_domain ON used_quota (domain, username)",
    ]
}
