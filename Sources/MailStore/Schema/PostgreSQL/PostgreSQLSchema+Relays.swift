extension PostgreSQLSchema {
    static let relays =
        ["sender_bcc_domain", "recipient_bcc_domain"].flatMap(copiesOfDomain)
        + ["sender_bcc_user", "recipient_bcc_user"].flatMap(copiesOfMailbox)
        + [
            """
            CREATE TABLE sender_relayhost (
              id        BIGSERIAL PRIMARY KEY,
              account   TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE,
              relayhost TEXT COLLATE "C" NOT NULL DEFAULT ''
            )
            """,
            """
            CREATE INDEX sender_relayhost_domain
                ON sender_relayhost (substr(account, strpos(account, '@') + 1))
            """,
        ]

    private static func copiesOfDomain(_ table: String) -> [String] {
        [
            """
            CREATE TABLE \(table) (
              domain      TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
              bcc_address TEXT COLLATE "C" NOT NULL DEFAULT '',
              created     TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
              modified    TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
              expired     TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
              active      INT2 NOT NULL DEFAULT 1
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
              username    TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
              bcc_address TEXT COLLATE "C" NOT NULL DEFAULT '',
              domain      TEXT COLLATE "C" NOT NULL DEFAULT '',
              created     TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
              modified    TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
              expired     TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
              active      INT2 NOT NULL DEFAULT 1
            )
            """,
            "CREATE INDEX \(table)_bcc_address ON \(table) (bcc_address)",
            "CREATE INDEX \(table)_domain ON \(table) (domain)",
            "CREATE INDEX \(table)_disabled ON \(table) (domain, username) WHERE active = 0",
            "CREATE INDEX \(table)_expired ON \(table) (expired) WHERE expired < '9999-12-31 00:00:00'",
        ]
    }
}
