extension Schema {
    /// Blind copies and sender relays.
    static let relays =
        ["sender_bcc_domain", "recipient_bcc_domain"].flatMap(copiesOfDomain)
        + ["sender_bcc_user", "recipient_bcc_user"].flatMap(copiesOfMailbox)
        + [
            """
            CREATE TABLE sender_relayhost (
              id        INTEGER PRIMARY KEY AUTOINCREMENT,
              account   TEXT NOT NULL DEFAULT '' UNIQUE,  -- sender: user@domain or @domain
              relayhost TEXT NOT NULL DEFAULT ''          -- next hop, e.g. [host]:port; never empty in a row
            )
            """,
            // Deleting a domain removes its senders: WHERE substr(account, instr(account, '@') + 1) = …
            """
            CREATE INDEX sender_relayhost_domain
                ON sender_relayhost (substr(account, instr(account, '@') + 1))
            """,
        ]

    static let relayReferences =
        ["sender_bcc_domain", "recipient_bcc_domain"].map { table in
            TableReferences(
                table, [Reference("domain", [.domain], .belongs), Reference("bcc_address", .accounts, .pointer)])
        }
        + ["sender_bcc_user", "recipient_bcc_user"].map { table in
            TableReferences(
                table,
                [
                    Reference("username", [.mailbox], .belongs), Reference("bcc_address", .accounts, .pointer),
                    Reference("domain", [.domainOf("username")], .belongs),
                ])
        }
        + [TableReferences("sender_relayhost", [Reference("account", [.mailbox, .domainKey], .belongs)])]

    /// Postfix does not look at `active` here: a copy that is not wanted must be deleted.
    private static func copiesOfDomain(_ table: String) -> [String] {
        [
            """
            CREATE TABLE \(table) (
              domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
              bcc_address TEXT NOT NULL DEFAULT '',
              created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
              modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
              expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
              active      INTEGER NOT NULL DEFAULT 1
            )
            """,
            "CREATE INDEX \(table)_bcc_address ON \(table) (bcc_address)",
            "CREATE INDEX \(table)_disabled ON \(table) (domain) WHERE active = 0",
            "CREATE INDEX \(table)_expired ON \(table) (expired) WHERE expired < '9999-12-31 00:00:00'",
        ]
    }

    private static func copiesOfMailbox(_ table: String) -> [String] {
        [
            """
            CREATE TABLE \(table) (
              username    TEXT NOT NULL DEFAULT '' PRIMARY KEY,
              bcc_address TEXT NOT NULL DEFAULT '',
              domain      TEXT NOT NULL DEFAULT '',  -- of username
              created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
              modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
              expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
              active      INTEGER NOT NULL DEFAULT 1
            )
            """,
            "CREATE INDEX \(table)_bcc_address ON \(table) (bcc_address)",
            "CREATE INDEX \(table)_domain ON \(table) (domain)",
            "CREATE INDEX \(table)_disabled ON \(table) (domain, username) WHERE active = 0",
            "CREATE INDEX \(table)_expired ON \(table) (expired) WHERE expired < '9999-12-31 00:00:00'",
        ]
    }
}
