extension Schema {
    /// Changes of a whole domain that are made in steps, so that nobody waits long for them. A row is a promise: it
    /// goes on after a restart until all of it is done, and then the row goes.
    static let longChanges = [
        """
        CREATE TABLE long_changes (
          domain      TEXT NOT NULL DEFAULT '' PRIMARY KEY,
          kind        TEXT NOT NULL DEFAULT '',     -- delete, or update of all mailboxes
          admin       TEXT NOT NULL DEFAULT '',     -- who asked for it
          begun       TEXT NOT NULL DEFAULT '1970-01-01 01:01:01',
          position    TEXT NOT NULL DEFAULT '',     -- update: the last mailbox that was changed
          reach       TEXT NOT NULL DEFAULT '',     -- update: the admin beyond whose reach mailboxes are spared; '' none are
          delete_date TEXT DEFAULT NULL,            -- delete: as in deleted_mailboxes
          is_claim    INTEGER NOT NULL DEFAULT 0,   -- delete: the domain was only claimed; others' rows stay
          password    TEXT DEFAULT NULL,            -- update: what is written; NULL leaves a column alone
          language    TEXT DEFAULT NULL,
          transport   TEXT DEFAULT NULL,
          active      INTEGER DEFAULT NULL
        ) WITHOUT ROWID
        """
    ]

    static let longChangeReferences = [
        TableReferences(
            "long_changes",
            [
                // The row of a deletion goes when nothing of the domain is left.
                Reference("domain", [.domain], .belongs), Reference("admin", .admins, .history),
                Reference("reach", .admins, .history),
            ], isTransient: true)
    ]
}
