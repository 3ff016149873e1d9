extension PostgreSQLSchema {
    static let domains = [
        """
        CREATE TABLE domain (
          domain      TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          description TEXT COLLATE "C" NOT NULL DEFAULT '',
          disclaimer  TEXT COLLATE "C" NOT NULL DEFAULT '',
          aliases     INT8 NOT NULL DEFAULT 0,
          mailboxes   INT8 NOT NULL DEFAULT 0,
          maillists   INT8 NOT NULL DEFAULT 0,
          maxquota    INT8 NOT NULL DEFAULT 0,
          quota       INT8 NOT NULL DEFAULT 0,
          transport   TEXT COLLATE "C" NOT NULL DEFAULT 'dovecot',
          settings    TEXT COLLATE "C" NOT NULL DEFAULT '',
          backupmx    INT2 NOT NULL DEFAULT 0,
          created     TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified    TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired     TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active      INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX domain_disabled ON domain (domain) WHERE active = 0",
        "CREATE INDEX domain_backupmx ON domain (domain) WHERE backupmx = 1",
        "CREATE INDEX domain_expired ON domain (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE alias_domain (
          alias_domain  TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          target_domain TEXT COLLATE "C" NOT NULL DEFAULT '',
          created       TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified      TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          active        INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX alias_domain_target_domain ON alias_domain (target_domain)",
        "CREATE INDEX alias_domain_disabled ON alias_domain (target_domain, alias_domain) WHERE active = 0",

        """
        CREATE TABLE admin (
          username           TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          password           TEXT COLLATE "C" NOT NULL DEFAULT '',
          name               TEXT COLLATE "C" NOT NULL DEFAULT '',
          language           TEXT COLLATE "C" NOT NULL DEFAULT '',
          passwordlastchange TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          settings           TEXT COLLATE "C" NOT NULL DEFAULT '',
          created            TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified           TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired            TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active             INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX admin_disabled ON admin (username) WHERE active = 0",
        "CREATE INDEX admin_expired ON admin (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE domain_admins (
          username TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain   TEXT COLLATE "C" NOT NULL DEFAULT '',
          created  TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired  TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active   INT2 NOT NULL DEFAULT 1,
          PRIMARY KEY (username, domain)
        )
        """,
        "CREATE INDEX domain_admins_domain ON domain_admins (domain)",
        """
        CREATE INDEX domain_admins_username_domain
            ON domain_admins (substr(username, strpos(username, '@') + 1), username COLLATE "C")
        """,
        "CREATE INDEX domain_admins_disabled ON domain_admins (domain, username) WHERE active = 0",
        "CREATE INDEX domain_admins_expired ON domain_admins (expired) WHERE expired < '9999-12-31 00:00:00'",

        """
        CREATE TABLE domain_ownership (
          id           BIGSERIAL PRIMARY KEY,
          admin        TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain       TEXT COLLATE "C" NOT NULL DEFAULT '',
          alias_domain TEXT COLLATE "C" NOT NULL DEFAULT '',
          verify_code  TEXT COLLATE "C" NOT NULL DEFAULT '',
          verified     INT2 NOT NULL DEFAULT 0,
          message      TEXT COLLATE "C" NOT NULL DEFAULT '',
          last_verify  TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expire       INT8 NOT NULL DEFAULT 0,
          UNIQUE (admin, domain, alias_domain)
        )
        """,
        "CREATE INDEX domain_ownership_domain ON domain_ownership (domain)",
        "CREATE INDEX domain_ownership_alias_domain ON domain_ownership (alias_domain)",
        "CREATE INDEX domain_ownership_expire ON domain_ownership (expire)",
    ]
}
