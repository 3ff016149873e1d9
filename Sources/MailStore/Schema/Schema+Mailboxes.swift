extension Schema {
    /// Mailboxes, and what is remembered of deleted ones.
    ///
    /// Dovecot asks for the column `enable<protocol><security>`, where security is nothing, `secured` (a local
    /// connection) or `tls`; a missing column makes its query fail. `enablesmtptls` and `enablemanagesievetls` are
    /// ours: iRedMail's table lacks them. A name with `-` must always be quoted.
    static let mailboxes = [
        """
        CREATE TABLE mailbox (
          username             TEXT NOT NULL DEFAULT '' PRIMARY KEY,   -- the address
          password             TEXT NOT NULL DEFAULT '',    -- hash with its {SCHEME}; without one Dovecot takes CRYPT
          name                 TEXT NOT NULL DEFAULT '',
          language             TEXT NOT NULL DEFAULT '',    -- e.g. en_US
          first_name           TEXT NOT NULL DEFAULT '',
          last_name            TEXT NOT NULL DEFAULT '',
          mobile               TEXT NOT NULL DEFAULT '',
          telephone            TEXT NOT NULL DEFAULT '',
          recovery_email       TEXT NOT NULL DEFAULT '',
          birthday             TEXT NOT NULL DEFAULT '0001-01-01',
          mailboxformat        TEXT NOT NULL DEFAULT 'maildir',  -- Dovecot's name of a mailbox format
          mailboxfolder        TEXT NOT NULL DEFAULT 'Maildir',  -- below the home directory
          storagebasedirectory TEXT NOT NULL DEFAULT '',    -- home = base/node/maildir, e.g. /var/vmail
          storagenode          TEXT NOT NULL DEFAULT '',    -- e.g. vmail1
          maildir              TEXT NOT NULL DEFAULT '',    -- e.g. dom.com/u/s/e/user-2026.01.31.23.59.59/
          quota                INTEGER NOT NULL DEFAULT 0,  -- MB of 1048576 bytes; 0 no limit
          domain               TEXT NOT NULL DEFAULT '',    -- domain part of username
          transport            TEXT NOT NULL DEFAULT '',    -- '' as the domain; else Postfix transport[:nexthop]
          department           TEXT NOT NULL DEFAULT '',
          rank                 TEXT NOT NULL DEFAULT 'normal',
          employeeid           TEXT NOT NULL DEFAULT '',
          isadmin              INTEGER NOT NULL DEFAULT 0,  -- manages domains, see domain_admins
          isglobaladmin        INTEGER NOT NULL DEFAULT 0,  -- manages everything
          enablesmtp           INTEGER NOT NULL DEFAULT 1,  -- may send: login, and use of its address as sender
          enablesmtpsecured    INTEGER NOT NULL DEFAULT 1,
          enablesmtptls        INTEGER NOT NULL DEFAULT 1,
          enablepop3           INTEGER NOT NULL DEFAULT 1,
          enablepop3secured    INTEGER NOT NULL DEFAULT 1,
          enablepop3tls        INTEGER NOT NULL DEFAULT 1,
          enableimap           INTEGER NOT NULL DEFAULT 1,
          enableimapsecured    INTEGER NOT NULL DEFAULT 1,
          enableimaptls        INTEGER NOT NULL DEFAULT 1,
          enabledeliver        INTEGER NOT NULL DEFAULT 1,  -- 0: Postfix refuses mail for it
          enablelda            INTEGER NOT NULL DEFAULT 1,
          enablemanagesieve         INTEGER NOT NULL DEFAULT 1,
          enablemanagesievesecured  INTEGER NOT NULL DEFAULT 1,
          enablemanagesievetls      INTEGER NOT NULL DEFAULT 1,
          enablesieve          INTEGER NOT NULL DEFAULT 1,  -- what Dovecot asks for ManageSieve
          enablesievesecured   INTEGER NOT NULL DEFAULT 1,
          enablesievetls       INTEGER NOT NULL DEFAULT 1,
          enableinternal       INTEGER NOT NULL DEFAULT 1,
          enabledoveadm        INTEGER NOT NULL DEFAULT 1,
          "enablelib-storage"  INTEGER NOT NULL DEFAULT 1,
          "enablequota-status" INTEGER NOT NULL DEFAULT 1,
          "enableindexer-worker" INTEGER NOT NULL DEFAULT 1,
          enablelmtp           INTEGER NOT NULL DEFAULT 1,
          enabledsync          INTEGER NOT NULL DEFAULT 1,
          enablesogo           INTEGER NOT NULL DEFAULT 1,
          enablesogowebmail    TEXT NOT NULL DEFAULT 'y',   -- SOGo wants 'y' or 'n'
          enablesogocalendar   TEXT NOT NULL DEFAULT 'y',
          enablesogoactivesync TEXT NOT NULL DEFAULT 'y',
          allow_nets           TEXT DEFAULT NULL,           -- networks that may log in; NULL any, '' would be none
          disclaimer           TEXT NOT NULL DEFAULT '',
          settings             TEXT NOT NULL DEFAULT '',    -- 'key:value;key:value;'
          passwordlastchange   TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          created              TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          modified             TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          expired              TEXT NOT NULL DEFAULT '9999-12-31 00:00:00',
          active               INTEGER NOT NULL DEFAULT 1   -- 0: no mail, no logins
        )
        """,
        // Lists a domain in order, counts it and sums its quotas without reading a row.
        "CREATE INDEX mailbox_domain ON mailbox (domain, username, quota)",
        "CREATE INDEX mailbox_disabled ON mailbox (domain, username) WHERE active = 0",
        "CREATE INDEX mailbox_expired ON mailbox (expired) WHERE expired < '9999-12-31 00:00:00'",
        "CREATE INDEX mailbox_admins ON mailbox (domain, username) WHERE isadmin = 1",
        "CREATE INDEX mailbox_global_admins ON mailbox (domain, username) WHERE isglobaladmin = 1",
        // Whose storage is, or lies below, a given path.
        """
        CREATE INDEX mailbox_path
            ON mailbox (storagebasedirectory || '/' || storagenode || '/' || maildir)
        """,

        """
        CREATE TABLE deleted_mailboxes (
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          timestamp   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
          username    TEXT NOT NULL DEFAULT '',
          domain      TEXT NOT NULL DEFAULT '',
          maildir     TEXT NOT NULL DEFAULT '',    -- absolute path
          bytes       INTEGER NOT NULL DEFAULT 0,  -- what used_quota said
          messages    INTEGER NOT NULL DEFAULT 0,
          admin       TEXT NOT NULL DEFAULT '',    -- who deleted it
          delete_date TEXT DEFAULT NULL            -- YYYY-MM-DD when the files may go; NULL never
        )
        """,
        "CREATE INDEX deleted_mailboxes_domain ON deleted_mailboxes (domain)",
        "CREATE INDEX deleted_mailboxes_username ON deleted_mailboxes (username)",
        "CREATE INDEX deleted_mailboxes_maildir ON deleted_mailboxes (maildir)",
        """
        CREATE INDEX deleted_mailboxes_delete_date
            ON deleted_mailboxes (delete_date) WHERE delete_date IS NOT NULL
        """,
    ]

    static let mailboxReferences = [
        TableReferences(
            "mailbox",
            [
                Reference("username", [.mailbox], .account), Reference("domain", [.domainOf("username")], .belongs),
                Reference("recovery_email", [.address], .stranger),
            ]),
        TableReferences(
            "deleted_mailboxes",
            [
                Reference("username", [.mailbox], .history), Reference("domain", [.domainOf("username")], .history),
                Reference("admin", .admins, .history),
            ]),
    ]
}
