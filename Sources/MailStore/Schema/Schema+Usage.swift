extension Schema {
    /// What Dovecot's dictionaries write. Postern only deletes and renames here.
    static let usage = [
        """
        CREATE TABLE used_quota (
          username TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          bytes    INTEGER NOT NULL DEFAULT 0,
          messages INTEGER NOT NULL DEFAULT 0,
          domain   TEXT NOT NULL DEFAULT ''  -- Dovecot does not write it, the trigger does
        )
        """,
        "CREATE INDEX used_quota_domain ON used_quota (domain)",
        """
        CREATE TRIGGER used_quota_domain AFTER INSERT ON used_quota
        BEGIN
          UPDATE used_quota
             SET domain = substr(NEW.username, instr(NEW.username, '@') + 1)
           WHERE username = NEW.username;
        END
        """,
        // The key is both columns: Dovecot writes ON CONFLICT (username,domain).
        """
        CREATE TABLE last_login (
          username TEXT NOT NULL DEFAULT '',
          domain   TEXT NOT NULL DEFAULT '',
          imap     INTEGER DEFAULT NULL,  -- seconds since 1970; NULL never, as in the next two
          pop3     INTEGER DEFAULT NULL,
          lda      INTEGER DEFAULT NULL,  -- last delivery
          PRIMARY KEY (username, domain)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX last_login_domain ON last_login (domain)",
        """
        CREATE TABLE share_folder (
          from_user TEXT NOT NULL DEFAULT '',
          to_user   TEXT NOT NULL DEFAULT '',
          dummy     TEXT NOT NULL DEFAULT '',  -- Dovecot needs a value column
          PRIMARY KEY (from_user, to_user)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX share_folder_to_user ON share_folder (to_user)",
        // Deleting a domain removes what its mailboxes shared and were given.
        "CREATE INDEX share_folder_from_domain ON share_folder (substr(from_user, instr(from_user, '@') + 1))",
        "CREATE INDEX share_folder_to_domain ON share_folder (substr(to_user, instr(to_user, '@') + 1))",
        """
        CREATE TABLE anyone_shares (
          from_user TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          dummy     TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """,
        "CREATE INDEX anyone_shares_domain ON anyone_shares (substr(from_user, instr(from_user, '@') + 1))",
    ]

    static let usageReferences = [
        TableReferences(
            "used_quota",
            [Reference("username", [.mailbox], .belongs), Reference("domain", [.domainOf("username")], .belongs)]),
        TableReferences(
            "last_login",
            [Reference("username", [.mailbox], .belongs), Reference("domain", [.domainOf("username")], .belongs)]),
        TableReferences(
            "share_folder",
            [Reference("from_user", [.mailbox], .belongs), Reference("to_user", [.mailbox], .link)]),
        TableReferences("anyone_shares", [Reference("from_user", [.mailbox], .belongs)]),
    ]
}
