extension PostgreSQLSchema {
    static let forwardings = [
        """
        CREATE TABLE forwardings (
          id            BIGSERIAL PRIMARY KEY,
          address       TEXT COLLATE "C" NOT NULL DEFAULT '',
          forwarding    TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain        TEXT COLLATE "C" NOT NULL DEFAULT '',
          dest_domain   TEXT COLLATE "C" NOT NULL DEFAULT '',
          is_maillist   INT2 NOT NULL DEFAULT 0,
          is_list       INT2 NOT NULL DEFAULT 0,
          is_forwarding INT2 NOT NULL DEFAULT 0,
          is_alias      INT2 NOT NULL DEFAULT 0,
          active        INT2 NOT NULL DEFAULT 1,
          UNIQUE (address, forwarding)
        )
        """,
        "CREATE INDEX forwardings_forwarding ON forwardings (forwarding)",
        "CREATE INDEX forwardings_domain ON forwardings (domain)",
        "CREATE INDEX forwardings_dest_domain ON forwardings (dest_domain)",
        "CREATE INDEX forwardings_disabled ON forwardings (domain, address COLLATE \"C\") WHERE active = 0",
        "CREATE INDEX forwardings_is_maillist ON forwardings (domain, address COLLATE \"C\") WHERE is_maillist = 1",
        "CREATE INDEX forwardings_is_list ON forwardings (domain, address COLLATE \"C\") WHERE is_list = 1",
        """
        CREATE INDEX forwardings_is_forwarding
            ON forwardings (domain, address COLLATE "C") WHERE is_forwarding = 1 AND forwarding <> address
        """,
        """
        CREATE INDEX forwardings_is_alias
            ON forwardings (substr(address, strpos(address, '@') + 1)) WHERE is_alias = 1
        """,
        """
        CREATE INDEX forwardings_received
            ON forwardings (dest_domain, forwarding COLLATE "C") WHERE is_alias = 1 OR is_list = 1
        """,
    ]

    static let lists = [
        """
        CREATE TABLE alias (
          address      TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          name         TEXT COLLATE "C" NOT NULL DEFAULT '',
          accesspolicy TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain       TEXT COLLATE "C" NOT NULL DEFAULT '',
          created      TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified     TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired      TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active       INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX alias_domain_of_address ON alias (domain, address COLLATE \"C\")",
        "CREATE INDEX alias_disabled ON alias (domain, address COLLATE \"C\") WHERE active = 0",
        "CREATE INDEX alias_expired ON alias (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE maillists (
          id            BIGSERIAL PRIMARY KEY,
          address       TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE,
          domain        TEXT COLLATE "C" NOT NULL DEFAULT '',
          transport     TEXT COLLATE "C" NOT NULL DEFAULT '',
          accesspolicy  TEXT COLLATE "C" NOT NULL DEFAULT '',
          maxmsgsize    INT8 NOT NULL DEFAULT 0,
          name          TEXT COLLATE "C" NOT NULL DEFAULT '',
          description   TEXT COLLATE "C" DEFAULT NULL,
          mlid          TEXT COLLATE "C" NOT NULL DEFAULT '' UNIQUE,
          is_newsletter INT2 NOT NULL DEFAULT 0,
          settings      TEXT COLLATE "C" DEFAULT NULL,
          created       TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified      TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired       TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active        INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX maillists_domain ON maillists (domain, address COLLATE \"C\")",
        "CREATE INDEX maillists_disabled ON maillists (domain, address COLLATE \"C\") WHERE active = 0",
        "CREATE INDEX maillists_expired ON maillists (expired) WHERE expired < '9999-12-31 00:00:00'",
        "CREATE INDEX maillists_mlmmj ON maillists (domain, address COLLATE \"C\") WHERE substr(transport, 1, 6) = 'mlmmj:'",

        """
        CREATE TABLE moderators (
          id          BIGSERIAL PRIMARY KEY,
          address     TEXT COLLATE "C" NOT NULL DEFAULT '',
          moderator   TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain      TEXT COLLATE "C" NOT NULL DEFAULT '',
          dest_domain TEXT COLLATE "C" NOT NULL DEFAULT '',
          UNIQUE (address, moderator)
        )
        """,
        "CREATE INDEX moderators_moderator ON moderators (moderator)",
        "CREATE INDEX moderators_domain ON moderators (domain)",
        "CREATE INDEX moderators_dest_domain ON moderators (dest_domain)",

        """
        CREATE TABLE maillist_owners (
          id          BIGSERIAL PRIMARY KEY,
          address     TEXT COLLATE "C" NOT NULL DEFAULT '',
          owner       TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain      TEXT COLLATE "C" NOT NULL DEFAULT '',
          dest_domain TEXT COLLATE "C" NOT NULL DEFAULT '',
          UNIQUE (address, owner)
        )
        """,
        "CREATE INDEX maillist_owners_owner ON maillist_owners (owner)",
        "CREATE INDEX maillist_owners_domain ON maillist_owners (domain)",
        "CREATE INDEX maillist_owners_dest_domain ON maillist_owners (dest_domain)",
    ]
}
