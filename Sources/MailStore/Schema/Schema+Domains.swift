extension Schema {
    /// Mail domains, alias domains, and who manages them.
    static let domains = [
        """
        CREATE TABLE domain (
          domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          description TEXT NOT NULL DEFAULT '',
          disclaimer  TEXT NOT NULL DEFAULT '',
          aliases     INTEGER NOT NULL DEFAULT 0,  -- how many aliases may exist; 0 no limit, -1 none
          mailboxes   INTEGER NOT NULL DEFAULT 0,  -- how many mailboxes may exist; 0 no limit, -1 none
          maillists   INTEGER NOT NULL DEFAULT 0,  -- how many mailing lists may exist; 0 no limit, -1 none
          maxquota    INTEGER NOT NULL DEFAULT 0,  -- MB for all mailboxes together; 0 no limit
          quota       INTEGER NOT NULL DEFAULT 0,  -- historical, unused
          transport   TEXT NOT NULL DEFAULT 'dovecot',  -- Postfix transport[:nexthop]; never empty
          settings    TEXT NOT NULL DEFAULT '',    -- 'key:value;key:value;'
          backupmx    INTEGER NOT NULL DEFAULT 0,  -- 1: we only relay for this domain
          created     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified    TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired     TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active      INTEGER NOT NULL DEFAULT 1   -- 0: no mail, no logins
        )
        """,
        "CREATE INDEX domain_disabled ON domain (domain) WHERE active = 0",
        "CREATE INDEX domain_backupmx ON domain (domain) WHERE backupmx = 1",
        "CREATE INDEX domain_expired ON domain (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE alias_domain (
          alias_domain  TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          target_domain TEXT NOT NULL DEFAULT '',  -- the domain.domain whose addresses it takes
          created       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          active        INTEGER NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX alias_domain_target_domain ON alias_domain (target_domain)",
        "CREATE INDEX alias_domain_disabled ON alias_domain (target_domain, alias_domain) WHERE active = 0",

        """
        CREATE TABLE admin (
          username           TEXT NOT NULL DEFAULT '' PRIMARY KEY,  -- an address whose domain is not hosted here
          password           TEXT NOT NULL DEFAULT '',   -- hash with its {SCHEME}
          name               TEXT NOT NULL DEFAULT '',
          language           TEXT NOT NULL DEFAULT '',   -- e.g. en_US
          passwordlastchange TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          settings           TEXT NOT NULL DEFAULT '',   -- 'key:value;key:value;'
          created            TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified           TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired            TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active             INTEGER NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX admin_disabled ON admin (username) WHERE active = 0",
        "CREATE INDEX admin_expired ON admin (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE domain_admins (
          username TEXT NOT NULL DEFAULT '',  -- a standalone admin or a mailbox
          domain   TEXT NOT NULL DEFAULT '',  -- a domain name, or 'ALL' for a global admin
          created  TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired  TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active   INTEGER NOT NULL DEFAULT 1,
          PRIMARY KEY (username, domain)
        )
        """,
        "CREATE INDEX domain_admins_domain ON domain_admins (domain)",
        // Deleting a domain removes the admins living in it: WHERE substr(username, instr(username, '@') + 1) = …
        """
        CREATE INDEX domain_admins_username_domain
            ON domain_admins (substr(username, instr(username, '@') + 1))
        """,
        "CREATE INDEX domain_admins_disabled ON domain_admins (domain, username) WHERE active = 0",
        "CREATE INDEX domain_admins_expired ON domain_admins (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE domain_ownership (
          id           INTEGER PRIMARY KEY AUTOINCREMENT,
          admin        TEXT NOT NULL DEFAULT '',     -- who must prove that the domain is theirs
          domain       TEXT NOT NULL DEFAULT '',
          alias_domain TEXT NOT NULL DEFAULT '',     -- '' when the domain itself is to be proved
          verify_code  TEXT NOT NULL DEFAULT '',     -- what is to be published
          verified     INTEGER NOT NULL DEFAULT 0,
          message      TEXT NOT NULL DEFAULT '',     -- why the last try failed
          last_verify  TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expire       INTEGER NOT NULL DEFAULT 0,   -- seconds since 1970
          UNIQUE (admin, domain, alias_domain)
        )
        """,
        "CREATE INDEX domain_ownership_domain ON domain_ownership (domain)",
        "CREATE INDEX domain_ownership_alias_domain ON domain_ownership (alias_domain)",
        "CREATE INDEX domain_ownership_expire ON domain_ownership (expire)",
    ]

    static let domainReferences = [
        TableReferences("domain", [Reference("domain", [.domain], .account)]),
        TableReferences(
            "alias_domain",
            [Reference("alias_domain", [.aliasDomain], .account), Reference("target_domain", [.domain], .belongs)]),
        TableReferences("admin", [Reference("username", [.admin], .account)]),
        // The rights of a standalone admin stay when the domain of their address goes: they are no account of it.
        TableReferences(
            "domain_admins",
            [Reference("username", .admins, .belongs), Reference("domain", [.domain], .belongs)]),
        TableReferences(
            "domain_ownership",
            [
                // What an admin has proved goes with the admin. What the admin has claimed goes on without the name,
                // until housekeeping removes it and its domain.
                Reference("admin", .admins, .belongs),
                // A proof outlives the domain: for a while its admin need not prove the name again.
                Reference("domain", [.domain], .history),
                Reference("alias_domain", [.aliasDomain], .history),
            ], isTransient: true),
    ]
}
