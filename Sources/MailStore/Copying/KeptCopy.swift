import SQLite

/// One database of a backup: looking at it, and bringing it back.
package enum KeptCopy {
    /// Checks a copy from its first page to its last.
    ///
    /// - Returns: its schema version.
    /// - Throws: `Migrator.Failure` when it is damaged, none of ours, or newer than this program.
    package static func verify(_ file: StoreFile, at path: String) throws -> Int {
        do {
            let version = try Migrator.version(at: path)
            try Migrator.require(version, of: file, at: path)
            let problems = try Migrator.integrity(at: path).filter { $0 != "ok" }
            if let first = problems.first { throw Migrator.Failure(description: "\(path) is damaged: \(first)") }
            return version
        } catch let error as StoreError where error.kind == .damaged {
            throw Migrator.Failure(description: "\(path) is damaged: \(error.message)")
        }
    }

    /// Opens a database that is to be filled. No further file beside it is opened later.
    package static func open(_ path: String) throws -> Database {
        try Database(path, .writer(synchronous: .full))
    }

    /// Replaces the content of a database by that of a copy, as one transaction in the same file: programs that have it
    /// open go on, and their next look-up finds the new content. Only for the one process that is the writer.
    ///
    /// Rows are replaced where that can be done, else pages. Replaced pages count as a changed schema, of which Dovecot
    /// 2.3 (`sqlite3_prepare` without `_v2`) makes a temporary failure of each process' next look-up (seen).
    ///
    /// - Parameters:
    ///   - destination: as `open` has opened it; an empty file is filled.
    ///   - progress: called now and then with the pages copied and the pages there are.
    /// - Returns: whether nobody notices more than the new content.
    /// - Throws: with the content as it was.
    package static func restore(
        from copy: String, into destination: Database, progress: (_ copied: Int, _ count: Int) -> Void
    ) throws -> Bool {
        let isSeamless = try replaceRows(from: copy, in: destination)
        if !isSeamless { try Database(copy, .reader).copy(into: destination, progress: progress) }
        // The log holds all of it now. A reader that is busy for long only puts off that it is cut.
        _ = try destination.number("PRAGMA wal_checkpoint(TRUNCATE)")
        return isSeamless
    }

    /// - Returns: false, with the content as it was, when the schemas differ or the database is damaged.
    private static func replaceRows(from copy: String, in database: Database) throws -> Bool {
        do {
            try database.execute("ATTACH DATABASE \(copy) AS kept")
            let isAlike = try hasSchemaOfCopy(database)
            let isDone = isAlike ? try replaceRows(of: tables(database), in: database) : false
            try database.script("DETACH DATABASE kept")
            return isDone
        } catch {
            database.leaveTransaction()
            guard let error = error as? StoreError, error.kind == .damaged else { throw error }
            try database.script("DETACH DATABASE kept")
            return false
        }
    }

    private static func replaceRows(of tables: [String], in database: Database) throws -> Bool {
        try database.script("BEGIN IMMEDIATE")
        for table in tables {
            try database.script(
                "DELETE FROM main.\"\(table)\"; INSERT INTO main.\"\(table)\" SELECT * FROM kept.\"\(table)\"")
        }
        let isSound = try database.text("PRAGMA main.integrity_check(1)") == "ok"
        try database.script(isSound ? "COMMIT" : "ROLLBACK")
        return isSound
    }

    /// The schema's own names, last those that change when rows of others are inserted: sums, which triggers keep, and
    /// SQLite's counters of row numbers.
    private static func tables(_ database: Database) throws -> [String] {
        try database.texts(
            """
            SELECT name
              FROM main.sqlite_schema
             WHERE type = 'table'
             ORDER BY name = 'sqlite_sequence', name IN ('domain_totals', 'used_quota_totals'), name
            """
        )
    }

    private static func hasSchemaOfCopy(_ database: Database) throws -> Bool {
        let versions = try ["main", "kept"].map { name in
            try database.number(SQL(trusted: "PRAGMA \(name).user_version"))
        }
        let differences = try database.first(
            """
            SELECT count(*)
              FROM (SELECT type, name, sql FROM main.sqlite_schema
                    UNION ALL
                    SELECT type, name, sql FROM kept.sqlite_schema)
             GROUP BY type, name, sql
            HAVING count(*) <> 2
            """
        ) { $0.integer(0) }
        return versions[0] == versions[1] && differences == nil
    }
}
