extension PostgreSQLSchema {
    static let mailboxes = [
        """
        CREATE TABLE mailbox (
          username             TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
          password             TEXT COLLATE "C" NOT NULL DEFAULT '',
          name                 TEXT COLLATE "C" NOT NULL DEFAULT '',
          language             TEXT COLLATE "C" NOT NULL DEFAULT '',
          first_name           TEXT COLLATE "C" NOT NULL DEFAULT '',
          last_name            TEXT COLLATE "C" NOT NULL DEFAULT '',
          mobile               TEXT COLLATE "C" NOT NULL DEFAULT '',
          telephone            TEXT COLLATE "C" NOT NULL DEFAULT '',
          recovery_email       TEXT COLLATE "C" NOT NULL DEFAULT '',
          birthday             DATE NOT NULL DEFAULT '0001-01-01',
          mailboxformat        TEXT COLLATE "C" NOT NULL DEFAULT 'maildir',
          mailboxfolder        TEXT COLLATE "C" NOT NULL DEFAULT 'Maildir',
          storagebasedirectory TEXT COLLATE "C" NOT NULL DEFAULT '',
          storagenode          TEXT COLLATE "C" NOT NULL DEFAULT '',
          maildir              TEXT COLLATE "C" NOT NULL DEFAULT '',
          quota                INT8 NOT NULL DEFAULT 0,
          domain               TEXT COLLATE "C" NOT NULL DEFAULT '',
          transport            TEXT COLLATE "C" NOT NULL DEFAULT '',
          department           TEXT COLLATE "C" NOT NULL DEFAULT '',
          rank                 TEXT COLLATE "C" NOT NULL DEFAULT 'normal',
          employeeid           TEXT COLLATE "C" NOT NULL DEFAULT '',
          isadmin              INT2 NOT NULL DEFAULT 0,
          isglobaladmin        INT2 NOT NULL DEFAULT 0,
          enablesmtp           INT2 NOT NULL DEFAULT 1,
          enablesmtpsecured    INT2 NOT NULL DEFAULT 1,
          enablesmtptls        INT2 NOT NULL DEFAULT 1,
          enablepop3           INT2 NOT NULL DEFAULT 1,
          enablepop3secured    INT2 NOT NULL DEFAULT 1,
          enablepop3tls        INT2 NOT NULL DEFAULT 1,
          enableimap           INT2 NOT NULL DEFAULT 1,
          enableimapsecured    INT2 NOT NULL DEFAULT 1,
          enableimaptls        INT2 NOT NULL DEFAULT 1,
          enabledeliver        INT2 NOT NULL DEFAULT 1,
          enablelda            INT2 NOT NULL DEFAULT 1,
          enablemanagesieve         INT2 NOT NULL DEFAULT 1,
          enablemanagesievesecured  INT2 NOT NULL DEFAULT 1,
          enablemanagesievetls      INT2 NOT NULL DEFAULT 1,
          enablesieve          INT2 NOT NULL DEFAULT 1,
          enablesievesecured   INT2 NOT NULL DEFAULT 1,
          enablesievetls       INT2 NOT NULL DEFAULT 1,
          enableinternal       INT2 NOT NULL DEFAULT 1,
          enabledoveadm        INT2 NOT NULL DEFAULT 1,
          "enablelib-storage"  INT2 NOT NULL DEFAULT 1,
          "enablequota-status" INT2 NOT NULL DEFAULT 1,
          "enableindexer-worker" INT2 NOT NULL DEFAULT 1,
          enablelmtp           INT2 NOT NULL DEFAULT 1,
          enabledsync          INT2 NOT NULL DEFAULT 1,
          enablesogo           INT2 NOT NULL DEFAULT 1,
          enablesogowebmail    TEXT COLLATE "C" NOT NULL DEFAULT 'y',
          enablesogocalendar   TEXT COLLATE "C" NOT NULL DEFAULT 'y',
          enablesogoactivesync TEXT COLLATE "C" NOT NULL DEFAULT 'y',
          allow_nets           TEXT COLLATE "C" DEFAULT NULL,
          disclaimer           TEXT COLLATE "C" NOT NULL DEFAULT '',
          settings             TEXT COLLATE "C" NOT NULL DEFAULT '',
          passwordlastchange   TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          created              TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified             TIMESTAMP(0) NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired              TIMESTAMP(0) NOT NULL DEFAULT '9999-12-31 00:00:00',
          active               INT2 NOT NULL DEFAULT 1
        )
        """,
        "CREATE INDEX mailbox_domain ON mailbox (domain, username COLLATE \"C\", quota)",
        "CREATE INDEX mailbox_disabled ON mailbox (domain, username COLLATE \"C\") WHERE active = 0",
        "CREATE INDEX mailbox_expired ON mailbox (expired) WHERE expired < '9999-12-31 00:00:00'",
        "CREATE INDEX mailbox_admins ON mailbox (domain, username COLLATE \"C\") WHERE isadmin = 1",
        "CREATE INDEX mailbox_global_admins ON mailbox (domain, username COLLATE \"C\") WHERE isglobaladmin = 1",
        """
        CREATE INDEX mailbox_path
            ON mailbox ((storagebasedirectory || '/' || storagenode || '/' || maildir) COLLATE "C")
        """,

        """
        CREATE TABLE deleted_mailboxes (
          id          BIGSERIAL PRIMARY KEY,
          timestamp   TIMESTAMP(0) NOT NULL DEFAULT date_trunc('second', now() AT TIME ZONE 'UTC'),
          username    TEXT COLLATE "C" NOT NULL DEFAULT '',
          domain      TEXT COLLATE "C" NOT NULL DEFAULT '',
          maildir     TEXT COLLATE "C" NOT NULL DEFAULT '',
          bytes       INT8 NOT NULL DEFAULT 0,
          messages    INT8 NOT NULL DEFAULT 0,
          admin       TEXT COLLATE "C" NOT NULL DEFAULT '',
          delete_date DATE DEFAULT NULL
        )
        """,
        "CREATE INDEX deleted_mailboxes_domain ON deleted_mailboxes (domain)",
        "CREATE INDEX deleted_mailboxes_username ON deleted_mailboxes (username)",
        "CREATE INDEX deleted_mailboxes_maildir ON deleted_mailboxes (maildir COLLATE \"C\")",
        """
        CREATE INDEX deleted_mailboxes_delete_date
            ON deleted_mailboxes (delete_date) WHERE delete_date IS NOT NULL
        """,
    ]
}
