extension Schema {
    /// Aliases and mailing lists; their members are rows of `forwardings`.
    static let lists = [
        """
        CREATE TABLE alias (
          address      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          name         TEXT NOT NULL DEFAULT '',
          accesspolicy TEXT NOT NULL DEFAULT '',  -- who may write to it: public, domain, membersonly …
          domain       TEXT NOT NULL DEFAULT '',
          created      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified     TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired      TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active       INTEGER NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX alias_domain_of_address ON alias (domain, address)",
        "CREATE INDEX alias_disabled ON alias (domain, address) WHERE active = 0",
        "CREATE INDEX alias_expired ON alias (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE maillists (
          id            INTEGER PRIMARY KEY AUTOINCREMENT,
          address       TEXT NOT NULL DEFAULT '' UNIQUE,
          domain        TEXT NOT NULL DEFAULT '',
          transport     TEXT NOT NULL DEFAULT '',    -- Postfix transport[:nexthop]; never empty in a row
          accesspolicy  TEXT NOT NULL DEFAULT '',
          maxmsgsize    INTEGER NOT NULL DEFAULT 0,  -- bytes; 0 no limit
          name          TEXT NOT NULL DEFAULT '',
          description   TEXT DEFAULT NULL,           -- NULL none
          mlid          TEXT NOT NULL DEFAULT '' UNIQUE,  -- 36 characters, a UUID
          is_newsletter INTEGER NOT NULL DEFAULT 0,
          settings      TEXT DEFAULT NULL,           -- NULL none; else 'key:value;key:value;'
          created       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified      TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired       TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active        INTEGER NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX maillists_domain ON maillists (domain, address)",
        "CREATE INDEX maillists_disabled ON maillists (domain, address) WHERE active = 0",
        "CREATE INDEX maillists_expired ON maillists (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE moderators (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          address     TEXT NOT NULL DEFAULT '',  -- the alias or list
          moderator   TEXT NOT NULL DEFAULT '',
          domain      TEXT NOT NULL DEFAULT '',  -- of address
          dest_domain TEXT NOT NULL DEFAULT '',  -- of moderator
          UNIQUE (address, moderator)
        )
        """,
        "CREATE INDEX moderators_moderator ON moderators (moderator)",
        "CREATE INDEX moderators_domain ON moderators (domain)",
        "CREATE INDEX moderators_dest_domain ON moderators (dest_domain)",

        """
        CREATE TABLE maillist_owners (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          address     TEXT NOT NULL DEFAULT '',  -- the list
          owner       TEXT NOT NULL DEFAULT '',
          domain      TEXT NOT NULL DEFAULT '',  -- of address
          dest_domain TEXT NOT NULL DEFAULT '',  -- of owner
          UNIQUE (address, owner)
        )
        """,
        "CREATE INDEX maillist_owners_owner ON maillist_owners (owner)",
        "CREATE INDEX maillist_owners_domain ON maillist_owners (domain)",
        "CREATE INDEX maillist_owners_dest_domain ON maillist_owners (dest_domain)",
    ]

    static let listReferences = [
        // A mailing list has a row here, too.
        TableReferences(
            "alias",
            [Reference("address", [.alias, .list], .account), Reference("domain", [.domainOf("address")], .belongs)]),
        TableReferences(
            "maillists",
            [Reference("address", [.list], .account), Reference("domain", [.domainOf("address")], .belongs)]),
        TableReferences(
            "moderators",
            [
                Reference("address", [.alias, .list], .belongs), Reference("moderator", .accounts, .pointer),
                Reference("domain", [.domainOf("address")], .belongs),
                Reference("dest_domain", [.domainOf("moderator")], .pointer),
            ]),
        TableReferences(
            "maillist_owners",
            [
                Reference("address", [.alias, .list], .belongs), Reference("owner", .accounts, .pointer),
                Reference("domain", [.domainOf("address")], .belongs),
                Reference("dest_domain", [.domainOf("owner")], .pointer),
            ]),
    ]
}
