extension Schema {
    /// What is still to be done with mailing lists outside the databases, in this order. A row is a promise, written in
    /// the transaction of the change that it belongs to, and goes when it is done: `Storage.md` 9.
    static let listRequests = [
        """
        CREATE TABLE list_requests (
          id      INTEGER PRIMARY KEY AUTOINCREMENT,
          domain  TEXT NOT NULL DEFAULT '',  -- of the list; '' for lists of all domains
          list    TEXT NOT NULL DEFAULT '',  -- its address; '' for all lists of the domain
          is_slow INTEGER NOT NULL DEFAULT 0,  -- 1 subscribers are asked by mail; no request waits for that
          request TEXT NOT NULL DEFAULT '',  -- JSON, as the helper for mailing lists takes it
          created TEXT NOT NULL DEFAULT '1970-01-01 01:01:01'
        )
        """,
        // Lists of mlmmj among others; a query must have the condition word for word.
        "CREATE INDEX maillists_mlmmj ON maillists (domain, address) WHERE substr(transport, 1, 6) = 'mlmmj:'",
    ]

    static let listRequestReferences = [
        // Of a list or a domain that may be gone already.
        TableReferences(
            "list_requests", [Reference("domain", [.domain], .history), Reference("list", [.list], .history)])
    ]
}
