extension Schema {
    /// Spam policy and white/blacklists, as amavisd's own two lookup statements read them.
    ///
    /// Addresses are TEXT and lower-case, enforced: amavisd compares text, and a BLOB or an upper-case letter would
    /// never be found. Ids are never used again, since a reused one would adopt the rows left by its predecessor.
    static let amavisd = [
        """
        CREATE TABLE users (
          id        INTEGER PRIMARY KEY AUTOINCREMENT,
          priority  INTEGER NOT NULL DEFAULT 7,   -- larger wins: @. 0, @domain 5, user@domain 10
          policy_id INTEGER NOT NULL DEFAULT 0,   -- policy.id; 0 no policy of its own
          email     TEXT NOT NULL UNIQUE CHECK (typeof(email) = 'text' AND email = lower(email)),
          fullname  TEXT                          -- unused
        )
        """,
        "CREATE INDEX users_policy ON users (policy_id)",
        // A domain's own key and those of its accounts: WHERE substr(email, instr(email, '@') + 1) = …
        "CREATE INDEX users_domain ON users (substr(email, instr(email, '@') + 1))",
        """
        CREATE TABLE mailaddr (
          id       INTEGER PRIMARY KEY AUTOINCREMENT,
          priority INTEGER NOT NULL DEFAULT 7,    -- larger wins
          email    TEXT NOT NULL UNIQUE CHECK (typeof(email) = 'text' AND email = lower(email))
        )
        """,
        """
        CREATE TABLE wblist (
          rid INTEGER NOT NULL,                   -- users.id of the recipient whose list it is
          sid INTEGER NOT NULL,                   -- mailaddr.id of the sender
          wb  TEXT NOT NULL,                      -- W white, B black
          PRIMARY KEY (rid, sid)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX wblist_sid ON wblist (sid)",
        """
        CREATE TABLE outbound_wblist (
          rid INTEGER NOT NULL,                   -- mailaddr.id of the recipient
          sid INTEGER NOT NULL,                   -- users.id of the sender whose list it is
          wb  TEXT NOT NULL,                      -- W white, B black
          PRIMARY KEY (rid, sid)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX outbound_wblist_sid ON outbound_wblist (sid)",
        """
        CREATE TABLE policy (                     -- in every column but the first two NULL: ask the next scope
          id          INTEGER PRIMARY KEY AUTOINCREMENT,
          policy_name TEXT NOT NULL UNIQUE DEFAULT '',  -- the key: @., @domain or user@domain
          -- Y or N; N, 0 and a space are false, anything else is true. Lovers get the mail although it is bad.
          virus_lover TEXT, spam_lover TEXT, unchecked_lover TEXT, banned_files_lover TEXT, bad_header_lover TEXT,
          bypass_virus_checks TEXT, bypass_spam_checks TEXT, bypass_banned_checks TEXT, bypass_header_checks TEXT,
          -- name of a quarantine; '' not kept
          virus_quarantine_to TEXT, spam_quarantine_to TEXT, banned_quarantine_to TEXT, unchecked_quarantine_to TEXT,
          bad_header_quarantine_to TEXT, clean_quarantine_to TEXT, archive_quarantine_to TEXT,
          -- spam scores at and above which: headers are added, mail is marked as spam, … , mail is blocked
          spam_tag_level REAL, spam_tag2_level REAL, spam_tag3_level REAL, spam_kill_level REAL,
          spam_dsn_cutoff_level REAL, spam_quarantine_cutoff_level REAL,
          addr_extension_virus TEXT, addr_extension_spam TEXT, addr_extension_banned TEXT,
          addr_extension_bad_header TEXT,
          warnvirusrecip TEXT, warnbannedrecip TEXT, warnbadhrecip TEXT,
          newvirus_admin TEXT, virus_admin TEXT, banned_admin TEXT, bad_header_admin TEXT, spam_admin TEXT,
          spam_subject_tag TEXT, spam_subject_tag2 TEXT, spam_subject_tag3 TEXT,  -- prefix of the subject; '' none
          message_size_limit INTEGER,             -- bytes
          banned_rulenames TEXT, disclaimer_options TEXT, forward_method TEXT, sa_userconf TEXT, sa_username TEXT
        )
        """,
    ]

    /// iRedMail's own global policy; and `mailaddr` ids that can never equal a `users` id: iRedAPD's outbound check
    /// mixes the two.
    static let amavisdSeed =
        ["INSERT INTO sqlite_sequence (name, seq) VALUES ('mailaddr', 1000000000)"] + amavisdGlobalPolicy

    /// For both engines.
    static let amavisdGlobalPolicy = [
        """
        INSERT INTO policy (policy_name,
                            spam_lover, virus_lover, banned_files_lover, bad_header_lover,
                            bypass_spam_checks, bypass_virus_checks, bypass_banned_checks, bypass_header_checks,
                            spam_quarantine_to, virus_quarantine_to, banned_quarantine_to, bad_header_quarantine_to)
        VALUES ('@.',
                'Y', 'N', 'N', 'Y',
                'N', 'N', 'N', 'N',
                '', 'virus-quarantine', 'banned-quarantine', '')
        """,
        "INSERT INTO users (email, priority, policy_id) SELECT '@.', 0, id FROM policy WHERE policy_name = '@.'",
    ]

    /// The lists' rows hang on those of `users` by their ids, and go with them.
    static let amavisdReferences = [
        TableReferences("users", [Reference("email", .policyKeys, .belongs)]),
        TableReferences(
            "mailaddr", [Reference("email", [.address, .domainKey, .subdomainsKey], .stranger)], isTransient: true),
        TableReferences("wblist", []),
        TableReferences("outbound_wblist", []),
        TableReferences(
            "policy",
            [Reference("policy_name", .policyKeys, .belongs)]
                // Whom amavisd tells of bad mail; the API does not set them.
                + ["newvirus_admin", "virus_admin", "banned_admin", "bad_header_admin", "spam_admin"].map {
                    Reference($0, [.address], .stranger)
                }
                // A user of SpamAssassin's.
                + [.nobody("sa_username")]),
    ]
}
