extension Schema {
    /// `account` is `@.` (everybody), `@domain` or `user@domain`; larger priorities win.
    static let throttling = [
        """
        CREATE TABLE throttle (
          id        INTEGER PRIMARY KEY AUTOINCREMENT,
          account   TEXT NOT NULL,
          kind      TEXT NOT NULL DEFAULT 'outbound',  -- outbound, inbound, external
          priority  INTEGER NOT NULL DEFAULT 0,        -- @. 0, @domain 60, user@domain 100
          period    INTEGER NOT NULL DEFAULT 0,        -- seconds; 0 the row is ignored
          -- limits: -1 not set here, ask the next scope; 0 no limit
          msg_size  INTEGER NOT NULL DEFAULT -1,       -- bytes of one message
          max_msgs  INTEGER NOT NULL DEFAULT -1,       -- messages a period, counted per recipient
          max_quota INTEGER NOT NULL DEFAULT -1,       -- bytes a period
          max_rcpts INTEGER NOT NULL DEFAULT -1,       -- recipients of one message
          UNIQUE (account, kind)
        )
        """,
        // A domain's own key and those of its accounts: WHERE substr(account, instr(account, '@') + 1) = …
        "CREATE INDEX throttle_domain ON throttle (substr(account, instr(account, '@') + 1))",
        """
        CREATE TABLE throttle_tracking (               -- iRedAPD's counters
          id               INTEGER PRIMARY KEY AUTOINCREMENT,
          tid              INTEGER NOT NULL DEFAULT 0 REFERENCES throttle (id),
          account          TEXT NOT NULL DEFAULT '',   -- whom it counts, also below an @domain setting
          period           INTEGER NOT NULL DEFAULT 0, -- seconds
          cur_msgs         INTEGER NOT NULL DEFAULT 0,
          cur_quota        INTEGER NOT NULL DEFAULT 0, -- bytes
          init_time        INTEGER NOT NULL DEFAULT 0, -- seconds since 1970, as the next two
          last_time        INTEGER NOT NULL DEFAULT 0,
          last_notify_time INTEGER NOT NULL DEFAULT 0,
          UNIQUE (tid, account)
        )
        """,
    ]

    static let throttlingReferences = [
        // An external throttle is about senders who do not log in, outside as a rule: a name that is not here is no
        // left-over.
        TableReferences(
            "throttle",
            [
                Reference(
                    "account", .policyKeys, .belongs, leftoversWhere: .init("kind", "'inbound'", "'outbound'"))
            ]),
        // Goes with its throttle; a counter below another's throttle ends with its period.
        TableReferences("throttle_tracking", [Reference("account", [.address], .history)]),
    ]

    static let greylisting = [
        """
        CREATE TABLE greylisting (
          id              INTEGER PRIMARY KEY AUTOINCREMENT,
          account         TEXT NOT NULL DEFAULT '',
          priority        INTEGER NOT NULL DEFAULT 0,  -- @. 0, @domain 60, user@domain 100
          sender          TEXT NOT NULL DEFAULT '',    -- @. for everybody
          sender_priority INTEGER NOT NULL DEFAULT 0,
          comment         TEXT NOT NULL DEFAULT '',
          active          INTEGER NOT NULL DEFAULT 1,  -- 1 greylist, 0 do not
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_comment ON greylisting (comment)",
        "CREATE INDEX greylisting_domain ON greylisting (substr(account, instr(account, '@') + 1))",
        """
        CREATE TABLE greylisting_whitelists (
          id      INTEGER PRIMARY KEY AUTOINCREMENT,
          account TEXT NOT NULL DEFAULT '',
          sender  TEXT NOT NULL DEFAULT '',            -- address, network, user@domain, @domain, @.domain
          comment TEXT NOT NULL DEFAULT '',
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_whitelists_comment ON greylisting_whitelists (comment)",
        """
        CREATE INDEX greylisting_whitelists_domain
            ON greylisting_whitelists (substr(account, instr(account, '@') + 1))
        """,
        """
        CREATE TABLE greylisting_whitelist_domains (   -- whose servers, found through SPF, are to be exempt
          id     INTEGER PRIMARY KEY AUTOINCREMENT,
          domain TEXT NOT NULL DEFAULT '' UNIQUE
        )
        """,
        """
        CREATE TABLE greylisting_whitelist_domain_spf (  -- what the resolver found
          id      INTEGER PRIMARY KEY AUTOINCREMENT,
          account TEXT NOT NULL DEFAULT '',
          sender  TEXT NOT NULL DEFAULT '',
          comment TEXT NOT NULL DEFAULT '',            -- 'AUTO-UPDATE: <domain>'; other rows are not ours
          UNIQUE (account, sender)
        )
        """,
        "CREATE INDEX greylisting_whitelist_domain_spf_comment ON greylisting_whitelist_domain_spf (comment)",
        """
        CREATE TABLE greylisting_tracking (            -- iRedAPD's triplets
          id             INTEGER PRIMARY KEY AUTOINCREMENT,
          sender         TEXT NOT NULL,
          recipient      TEXT NOT NULL,
          client_address TEXT NOT NULL,
          sender_domain  TEXT NOT NULL DEFAULT '',
          rcpt_domain    TEXT NOT NULL DEFAULT '',
          init_time      INTEGER NOT NULL DEFAULT 0,   -- seconds since 1970, as the next two
          block_expired  INTEGER NOT NULL DEFAULT 0,
          record_expired INTEGER NOT NULL DEFAULT 0,
          blocked_count  INTEGER NOT NULL DEFAULT 0,
          passed         INTEGER NOT NULL DEFAULT 0,
          UNIQUE (sender, recipient, client_address)
        )
        """,
        "CREATE INDEX greylisting_tracking_client ON greylisting_tracking (client_address, passed)",
        "CREATE INDEX greylisting_tracking_sdom ON greylisting_tracking (sender_domain)",
        "CREATE INDEX greylisting_tracking_rdom ON greylisting_tracking (rcpt_domain)",
    ]

    static let greylistingReferences = [
        TableReferences(
            "greylisting",
            [
                Reference("account", .policyKeys, .belongs),
                Reference("sender", [.address, .domainKey, .subdomainsKey], .stranger),
            ]),
        TableReferences(
            "greylisting_whitelists",
            [
                Reference("account", .policyKeys, .belongs),
                Reference("sender", [.address, .domainKey, .subdomainsKey], .stranger),
            ]),
        TableReferences("greylisting_whitelist_domains", [Reference("domain", [.domain], .stranger)]),
        // Everybody, `@.`, is the only account; the senders are networks.
        TableReferences(
            "greylisting_whitelist_domain_spf", [.nobody("account"), .nobody("sender")], isTransient: true),
        TableReferences(
            "greylisting_tracking",
            [
                Reference("sender", [.address], .history), Reference("sender_domain", [.domainOf("sender")], .history),
                Reference("recipient", [.address], .history),
                Reference("rcpt_domain", [.domainOf("recipient")], .history), .nobody("client_address"),
            ]),
    ]

    /// Greylisting on for everybody.
    static let greylistingSeed = [
        """
        INSERT INTO greylisting (account, priority, sender, sender_priority, active)
        VALUES ('@.', 0, '@.', 0, 1)
        """
    ]

    /// Tables of iRedAPD plugins that the API never touches; without them those plugins fail.
    ///
    /// `smtp_sessions` gets a row for each SMTP session, hence only the indexes its clean-up needs.
    /// Source: iRedAPD's public `SQL/` files.
    static let iredapdPlugins = [
        """
        CREATE TABLE wblist_rdns (
          id   INTEGER PRIMARY KEY AUTOINCREMENT,
          rdns TEXT NOT NULL DEFAULT '' UNIQUE,        -- a client's reverse name, or .suffix
          wb   TEXT NOT NULL DEFAULT 'B'               -- W white, B black
        )
        """,
        """
        CREATE TABLE srs_exclude_domains (             -- whose mail is forwarded without rewriting the sender
          id     INTEGER PRIMARY KEY AUTOINCREMENT,
          domain TEXT NOT NULL DEFAULT '' UNIQUE
        )
        """,
        """
        CREATE TABLE senderscore_cache (
          client_address TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          score          INTEGER DEFAULT 0,            -- 1 to 100; NULL or 0 unknown
          time           INTEGER NOT NULL DEFAULT 0    -- seconds since 1970
        ) WITHOUT ROWID
        """,
        "CREATE INDEX senderscore_cache_time ON senderscore_cache (time)",
        """
        CREATE TABLE smtp_sessions (
          id                  INTEGER PRIMARY KEY AUTOINCREMENT,
          time                TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
          time_num            INTEGER NOT NULL DEFAULT 0,  -- seconds since 1970
          action              TEXT NOT NULL DEFAULT '',
          reason              TEXT NOT NULL DEFAULT '',
          instance            TEXT NOT NULL DEFAULT '',
          client_address      TEXT NOT NULL DEFAULT '',
          client_name         TEXT NOT NULL DEFAULT '',
          reverse_client_name TEXT NOT NULL DEFAULT '',
          helo_name           TEXT NOT NULL DEFAULT '',
          sender              TEXT NOT NULL DEFAULT '',
          sender_domain       TEXT NOT NULL DEFAULT '',
          sasl_username       TEXT NOT NULL DEFAULT '',
          sasl_domain         TEXT NOT NULL DEFAULT '',
          recipient           TEXT NOT NULL DEFAULT '',
          recipient_domain    TEXT NOT NULL DEFAULT '',
          encryption_protocol TEXT NOT NULL DEFAULT '',
          encryption_cipher   TEXT NOT NULL DEFAULT '',
          server_address      TEXT NOT NULL DEFAULT '',
          server_port         TEXT NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX smtp_sessions_time_num ON smtp_sessions (time_num)",
    ]

    static let iredapdPluginReferences = [
        TableReferences("wblist_rdns", []),
        TableReferences("srs_exclude_domains", [Reference("domain", [.domain], .stranger)]),
        TableReferences("senderscore_cache", [.nobody("client_address")], isTransient: true),
        TableReferences(
            "smtp_sessions",
            [
                Reference("sender", [.address], .history), Reference("sender_domain", [.domainOf("sender")], .history),
                Reference("sasl_username", [.mailbox], .history),
                Reference("sasl_domain", [.domainOf("sasl_username")], .history),
                Reference("recipient", [.address], .history),
                Reference("recipient_domain", [.domainOf("recipient")], .history), .nobody("client_address"),
                .nobody("server_address"),
            ]),
    ]
}
