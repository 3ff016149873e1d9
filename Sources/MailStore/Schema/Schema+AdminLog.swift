extension Schema {
    /// What admins did. In `vmail.db`, so that a change and its row are one commit.
    ///
    /// `id` rises with time, so an index on `domain` or `admin` alone gives their rows in order of time.
    static let adminLog = [
        """
        CREATE TABLE log (
          id        INTEGER PRIMARY KEY AUTOINCREMENT,
          timestamp TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
          admin     TEXT NOT NULL DEFAULT '',
          ip        TEXT NOT NULL DEFAULT '',      -- the client's address
          domain    TEXT NOT NULL DEFAULT '',      -- '' when none is concerned
          username  TEXT NOT NULL DEFAULT '',      -- the account; '' when none is concerned
          event     TEXT NOT NULL DEFAULT '',      -- login, create, update, delete
          loglevel  TEXT NOT NULL DEFAULT 'info',
          msg       TEXT NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX log_timestamp ON log (timestamp)",
        "CREATE INDEX log_admin ON log (admin)",
        "CREATE INDEX log_domain ON log (domain)",
        "CREATE INDEX log_username ON log (username)",
    ]

    /// Before and after of what a line tells: a JSON array, or '' when no row was changed.
    static let adminLogChanges = ["ALTER TABLE log ADD COLUMN changes TEXT NOT NULL DEFAULT ''"]

    static let adminLogReferences = [
        TableReferences(
            "log",
            [
                Reference("admin", .admins, .history), Reference("domain", [.domain], .history),
                Reference("username", [.address], .history),
            ])
    ]
}
