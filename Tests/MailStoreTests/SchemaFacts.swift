import Storage

/// What the tables of a database have beside their columns, in words that both engines share.
enum SchemaFacts {
    /// Keys and indexes, such as `mailbox unique (username)` and
    /// `mailbox_disabled on mailbox (domain, username) where active = 0`.
    static func indexes(_ engine: Engine) throws -> Set<String> {
        switch engine {
        case .sqlite:
            try keysOfFile(engine).union(
                named(engine, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql <> ''"))
        case .postgresql:
            // The index of a key has no name of its own.
            try named(
                engine,
                """
                SELECT CASE WHEN pg_constraint.oid IS NULL THEN pg_get_indexdef(indexrelid, 0, true)
                            ELSE indrelid::regclass || ' unique '
                                 || substring(pg_get_indexdef(indexrelid, 0, true) FROM '[(].*') END
                  FROM pg_index
                  JOIN pg_class ON pg_class.oid = indrelid AND relnamespace = 'public'::regnamespace
                  LEFT JOIN pg_constraint ON conindid = indexrelid AND contype IN ('p', 'u')
                """)
        }
    }

    /// Columns that may be NULL, such as `mailbox.allow_nets`.
    static func nullable(_ engine: Engine) throws -> Set<String> {
        let query: SQL =
            switch engine {
            case .sqlite:
                """
                SELECT t.name || '.' || c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c."notnull" = 0 AND c.pk = 0
                """
            case .postgresql:
                """
                SELECT relname || '.' || attname
                  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
                 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
                   AND NOT attnotnull
                """
            }
        return Set(try engine.all(query) { $0.text(0) })
    }

    /// SQLite keeps no text of a key; of `INTEGER PRIMARY KEY` it has no index either.
    private static func keysOfFile(_ engine: Engine) throws -> Set<String> {
        Set(
            try engine.all(
                """
                SELECT t.name || ' unique (' || group_concat(c.name, ', ') || ')'
                  FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
                 WHERE t.type = 'table' AND i.origin IN ('pk', 'u')
                 GROUP BY t.name, i.name
                UNION
                SELECT t.name || ' unique (' || c.name || ')'
                  FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
                 WHERE t.type = 'table' AND c.pk = 1 AND NOT EXISTS
                       (SELECT 1 FROM pragma_index_list(t.name) AS i WHERE i.origin = 'pk')
                """
            ) { $0.text(0) })
    }

    /// - Parameter query: finds the texts of indexes.
    private static func named(_ engine: Engine, _ query: String) throws -> Set<String> {
        Set(
            try engine.all(SQL(trusted: query)) { row in
                let line = row.text(0).split { $0 == " " || $0 == "\n" }.joined(separator: " ")
                return words.reduce(line) { text, word in text.replacing(word.key, with: word.value) }
            })
    }

    /// What PostgreSQL says, and what the DDL says, in the words of SQLite.
    private static let words: KeyValuePairs = [
        "CREATE UNIQUE INDEX ": "unique ", "CREATE INDEX ": "", " ON public.": " on ", " ON ": " on ",
        " WHERE ": " where ", " USING btree": "", "strpos(": "instr(", "::text": "",
        "::timestamp without time zone": "", "\"": "",
        // Operators that are done from the left anyway.
        "(((storagebasedirectory || '/') || storagenode) || '/') ||":
            "storagebasedirectory || '/' || storagenode || '/' ||",
        // An expression that is no call of a function stands between parentheses of its own.
        "((": "(", "))": ")",
    ]
}
