extension PostgreSQLSchema {
    /// Sessions. SQLite's `settings`, which nothing uses, is left out.
    static let api = [
        """
        CREATE TABLE sessions (
          session_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
          admin      TEXT COLLATE "C" NOT NULL DEFAULT '',
          ip         TEXT COLLATE "C" NOT NULL DEFAULT '',
          created    INT8 NOT NULL DEFAULT 0,
          atime      INT8 NOT NULL DEFAULT 0,
          data       TEXT COLLATE "C" NOT NULL DEFAULT ''
        )
        """,
        "CREATE INDEX sessions_admin ON sessions (admin)",
        "CREATE INDEX sessions_atime ON sessions (atime)",
    ]
}
