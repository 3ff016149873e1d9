extension Schema {
    /// Postern's own: sessions. Nothing uses `settings`, a table of the first version.
    static let api = [
        """
        CREATE TABLE sessions (
          session_id TEXT NOT NULL PRIMARY KEY,    -- hex SHA-256 of the id in the cookie
          admin      TEXT NOT NULL DEFAULT '',     -- who is logged in
          ip         TEXT NOT NULL DEFAULT '',     -- address the session is bound to
          created    INTEGER NOT NULL DEFAULT 0,   -- seconds since 1970, as the next
          atime      INTEGER NOT NULL DEFAULT 0,   -- last request
          data       TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """,
        "CREATE INDEX sessions_admin ON sessions (admin)",
        "CREATE INDEX sessions_atime ON sessions (atime)",
        """
        CREATE TABLE settings (
          id      INTEGER PRIMARY KEY AUTOINCREMENT,
          account TEXT NOT NULL DEFAULT 'global',
          k       TEXT NOT NULL DEFAULT '',
          v       TEXT NOT NULL DEFAULT '',        -- JSON {"value": …}
          UNIQUE (account, k)
        )
        """,
    ]

    static let apiReferences = [
        TableReferences("sessions", [Reference("admin", .admins, .belongs)]),
        // Nothing uses it.
        TableReferences("settings", [.nobody("account")]),
    ]
}
