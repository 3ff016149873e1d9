import Storage

/// A database file of a backup: its check, and its restore.
package enum BackupCopy {
    /// Checks every page of a copy.
    ///
    /// - Returns: its schema version.
    /// - Throws: `Migrator.Failure` when it is damaged, no database of Postern's, or newer than this program.
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

    /// Opens the database that `restore` fills, with its side files, so that nothing is opened by name later.
    package static func open(_ path: String) throws -> Database {
        try Database(path, .writer(synchronous: .full))
    }

    /// Replaces the content of a database by that of a copy, in one transaction. The file stays the same, so programs
    /// that have it open find the new content at their next look-up. Only for the process that is the writer.
    ///
    /// Rows are replaced where that is possible, otherwise pages. `Storage.md` 2, last row, tells what Dovecot makes of
    /// pages.
    ///
    /// - Parameters:
    ///   - destination: as `open` has opened it; may be empty.
    ///   - progress: called now and then, with the number of pages copied and of all pages.
    /// - Returns: whether rows were replaced.
    /// - Throws: when it fails; the content is then as it was.
    package static func restore(
        from copy: String, into destination: Database, progress: (_ copied: Int, _ count: Int) -> Void
    ) throws -> Bool {
        let isSeamless = try replaceRows(from: copy, in: destination)
        if !isSeamless { try Database(copy, .reader).copy(into: destination, progress: progress) }
        // The write-ahead log holds all of the new content. While a reader is busy it cannot be cut; that is no error.
        _ = try destination.number("PRAGMA wal_checkpoint(TRUNCATE)")
        return isSeamless
    }

    /// - Returns: false, with the content as it was, when the schemas differ or a database is damaged.
    private static func replaceRows(from copy: String, in database: Database) throws -> Bool {
        do {
            try database.execute("ATTACH DATABASE \(copy) AS kept")
            let isAlike = try hasSchemaOfCopy(database)
            let isDone = isAlike ? try replaceRows(of: tables(database), in: database) : false
            try database.script("DETACH DATABASE kept")
            return isDone
        } catch {
            database.rollbackIfOpen()
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

    /// All tables. The last ones are those that change when rows of others are inserted: sums, which triggers keep, and
    /// SQLite's counters for AUTOINCREMENT.
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
