extension PostgreSQLSchema {
    static let adminLog = [
        """
        CREATE TABLE log (
          id        BIGSERIAL PRIMARY KEY,
          timestamp TIMESTAMP(0) NOT NULL DEFAULT date_trunc('second', now() AT TIME ZONE 'UTC'),
          admin     TEXT COLLATE "C" NOT NULL DEFAULT '',
          ip        TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain    TEXT COLLATE "C" NOT NULL DEFAULT '',
          username  TEXT COLLATE "C" NOT NULL DEFAULT '',
          event     TEXT COLLATE "C" NOT NULL DEFAULT '',
          loglevel  TEXT COLLATE "C" NOT NULL DEFAULT 'info',
          msg       TEXT COLLATE "C" NOT NULL DEFAULT '',
          changes   TEXT COLLATE "C" NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX log_timestamp ON log (timestamp)",
        "CREATE INDEX log_admin ON log (admin)",
        "CREATE INDEX log_domain ON log (domain)",
        "CREATE INDEX log_username ON log (username)",
    ]

    static let longChanges = [
        """
        CREATE TABLE long_changes (
          domain      TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          kind        TEXT COLLATE "C" NOT NULL DEFAULT '',
          admin       TEXT COLLATE "C" NOT NULL DEFAULT '',
          begun       TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          position    TEXT COLLATE "C" NOT NULL DEFAULT '',
          reach       TEXT COLLATE "C" NOT NULL DEFAULT '',
          delete_date DATE DEFAULT NULL,
          is_claim    INT2 NOT NULL DEFAULT 0,
          password    TEXT COLLATE "C" DEFAULT NULL,
          language    TEXT COLLATE "C" DEFAULT NULL,
          transport   TEXT COLLATE "C" DEFAULT NULL,
          active      INT2 DEFAULT NULL
        )
        """
    ]

    static let listRequests = [
        """
        CREATE TABLE list_requests (
          id      BIGSERIAL PRIMARY KEY,
          domain  TEXT COLLATE "C" NOT NULL DEFAULT '',
          list    TEXT COLLATE "C" NOT NULL DEFAULT '',
          is_slow INT2 NOT NULL DEFAULT 0,
          request TEXT COLLATE "C" NOT NULL DEFAULT '',
          created TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01'
        )
        """
    ]
}
