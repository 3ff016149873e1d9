extension PostgreSQLSchema {
    /// The triggers see whole statements: however many accounts one touches, it changes the row of each domain once,
    /// and not at all when nothing that counts has changed. It takes the domains in order, so that two statements never
    /// wait for each other crosswise; two transactions of several statements may, as with every row. New mailboxes are
    /// the exception: they come one by one as a rule, and one costs half as much without the table of new rows.
    ///
    /// Whether an alias counts depends on a row of `maillists`, which another transaction may be writing. A statement
    /// on either table therefore locks the domains' rows first and looks afterwards: by then the other has committed.
    /// No statement may change both tables, by a WITH: each trigger would find both changes made, and count one twice.
    static let domainTotals =
        [
            """
            CREATE TABLE domain_totals (
              domain    TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
              mailboxes INT8 NOT NULL DEFAULT 0,
              quota     INT8 NOT NULL DEFAULT 0,
              aliases   INT8 NOT NULL DEFAULT 0,
              maillists INT8 NOT NULL DEFAULT 0
            )
            """
        ]
        + domainSums.recount(domainRows)
        + domainSums.triggers(on: "mailbox", of: ["domain", "quota"], ["mailboxes", "quota"]) { rows, sign in
            "SELECT domain, \(sign)1 AS mailboxes, \(sign)quota AS quota FROM \(rows)"
        }
        // The other table is asked for each row: a join would keep the plan for the size of a connection's first
        // statement.
        + domainSums.triggers(
            on: "alias", ["aliases"],
            lookingUp: """
                SELECT domain,
                       sign * (1 - (SELECT count(*) FROM maillists WHERE maillists.address = moved.address)) AS aliases
                  FROM moved
                """)
        + domainSums.triggers(
            on: "maillists", ["maillists", "aliases"],
            lookingUp: """
                SELECT domain, sign AS maillists, 0 AS aliases FROM moved
                UNION ALL
                SELECT (SELECT alias.domain FROM alias WHERE alias.address = moved.address), 0, -sign FROM moved
                """)

    /// The same of what Dovecot has counted.
    static let usageTotals =
        [
            """
            CREATE TABLE used_quota_totals (
              domain    TEXT COLLATE "C" NOT NULL DEFAULT '' PRIMARY KEY,
              mailboxes INT8 NOT NULL DEFAULT 0,
              bytes     INT8 NOT NULL DEFAULT 0,
              messages  INT8 NOT NULL DEFAULT 0
            )
            """
        ]
        + usageSums.recount(usageRows)
        + usageSums.triggers(
            on: "used_quota", of: ["domain", "bytes", "messages"], ["mailboxes", "bytes", "messages"]
        ) { rows, sign in
            "SELECT domain, \(sign)1 AS mailboxes, \(sign)bytes AS bytes, \(sign)messages AS messages FROM \(rows)"
        }

    /// What puts the sums into new tables of theirs beside rows that are there already.
    static func sums(of file: StoreFile) -> [String] {
        switch file {
        case .vmail: [qualified(domainSums.count(domainRows))]
        case .usage: [qualified(usageSums.count(usageRows))]
        case .amavisd, .iredapd, .api: []
        }
    }

    private static let domainRows = """
        SELECT domain, 1 AS mailboxes, quota, 0 AS aliases, 0 AS maillists FROM mailbox
        UNION ALL
        SELECT domain, 0, 0, CASE WHEN address IN (SELECT address FROM maillists) THEN 0 ELSE 1 END, 0 FROM alias
        UNION ALL
        SELECT domain, 0, 0, 0, 1 FROM maillists
        """
    private static let usageRows = "SELECT domain, 1 AS mailboxes, bytes, messages FROM used_quota"

    private static let domainSums = SumTable(
        table: "domain_totals", columns: ["mailboxes", "quota", "aliases", "maillists"],
        counts: ["mailboxes", "aliases", "maillists"])
    private static let usageSums = SumTable(
        table: "used_quota_totals", columns: ["mailboxes", "bytes", "messages"], counts: ["mailboxes"])
}

/// A table of sums by domain.
private struct SumTable: Sendable {
    let table: String
    let columns: [String]
    /// The columns that are 0 together when a domain has nothing any more.
    let counts: [String]

    /// The functions run with the rights of the tables' owner: a program that may write accounts or used quota needs
    /// none on the sums. Hence nobody else may make triggers of them.
    private static let header =
        "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

    /// Fills the table, which is empty.
    /// - Parameter rows: the query of what all rows add.
    func count(_ rows: String) -> String {
        """
        INSERT INTO \(table) (domain, \(list(columns) { $0 }))
        SELECT domain, \(list(columns) { "sum(\($0))" }) FROM (\(rows)) AS counted
         GROUP BY domain HAVING \(counts.map { "sum(\($0)) <> 0" }.joined(separator: " OR "))
        """
    }

    /// After a TRUNCATE, which tells no trigger the rows.
    func recount(_ rows: String) -> [String] {
        [
            """
            CREATE FUNCTION \(table)_recount() \(Self.header) AS $$
            BEGIN
              LOCK TABLE \(table) IN SHARE ROW EXCLUSIVE MODE;
              DELETE FROM \(table);
              \(count(rows));
              RETURN NULL;
            END
            $$
            """,
            "REVOKE EXECUTE ON FUNCTION \(table)_recount() FROM PUBLIC",
        ]
    }

    /// - Parameters:
    ///   - columns: of the source, that `part` reads.
    ///   - sums: our columns to which a row adds something.
    ///   - part: the query of what `rows` add (`sign` is empty) or take away (`-`).
    func triggers(
        on source: String, of columns: [String], _ sums: [String], _ part: (_ rows: String, _ sign: String) -> String
    ) -> [String] {
        let (new, old) = (part("new_rows", ""), part("old_rows", "-"))
        let newRow = part("(SELECT \(list(columns) { "NEW.\($0)" })) AS new_row", "")
        let condition = "HAVING " + sums.map { "sum(\($0)) <> 0" }.joined(separator: " OR ")
        func body(_ rows: String) -> String { add("counted AS (\(rows))", sums, having: condition) }
        // Rows that come leave nothing empty.
        return function(
            for: source, insert: upsert("(\(newRow)) AS counted", sums) + ";", delete: body(old),
            update: body("\(new) UNION ALL \(old)"), isForEachNewRow: true)
    }

    /// - Parameters:
    ///   - sums: our columns to which a row adds something.
    ///   - rows: the query of it. It may look into other tables, and finds in `moved` the addresses that have come,
    ///     with a `sign` of 1, or gone, with -1.
    func triggers(on source: String, _ sums: [String], lookingUp rows: String) -> [String] {
        let new = "SELECT address, domain, 1 AS sign FROM new_rows"
        let old = "SELECT address, domain, -1 AS sign FROM old_rows"
        func body(_ changed: String) -> String {
            // Whoever writes the address in the other table locks this domain, too, even if the rows name others.
            let locked = "SELECT substr(address, strpos(address, '@') + 1), \(list(sums) { _ in "0" }) FROM moved"
            let counted = "moved AS (\(changed)), counted AS (\(rows) UNION ALL \(locked))"
            return """
                WITH \(counted)
                INSERT INTO \(table) AS kept (domain)
                SELECT DISTINCT domain FROM counted WHERE domain IS NOT NULL ORDER BY domain
                    ON CONFLICT (domain) DO UPDATE SET \(counts[0]) = kept.\(counts[0]);
                \(add(counted, sums, having: ""))
                """
        }
        return function(
            for: source, insert: body(new), delete: body(old),
            update: body(
                """
                SELECT address, domain, sum(sign) AS sign FROM (\(new) UNION ALL \(old)) AS changed
                 GROUP BY address, domain HAVING sum(sign) <> 0
                """))
    }

    /// Adds what the query `counted` says, and notes in `emptied` the domains that have nothing any more.
    private func add(_ queries: String, _ sums: [String], having condition: String) -> String {
        """
        WITH \(queries), added AS (
          \(upsert("counted", sums, grouped: "GROUP BY domain \(condition) ORDER BY domain"))
          RETURNING domain, \(counts.map { "kept.\($0) = 0" }.joined(separator: " AND ")) AS is_empty)
        SELECT array_agg(domain) INTO emptied FROM added WHERE is_empty;
        """
    }

    /// Adds what `counted`, an item of FROM, says to the rows of the domains.
    /// - Parameter grouping: nil for a single row.
    private func upsert(_ counted: String, _ sums: [String], grouped grouping: String? = nil) -> String {
        """
        INSERT INTO \(table) AS kept (domain, \(list(sums) { $0 }))
        SELECT domain, \(list(sums) { grouping == nil ? $0 : "sum(\($0))" }) FROM \(counted)
         WHERE domain IS NOT NULL \(grouping ?? "")
            ON CONFLICT (domain) DO UPDATE SET \(list(sums) { "\($0) = kept.\($0) + excluded.\($0)" })
        """
    }

    private func function(
        for source: String, insert: String, delete: String, update: String, isForEachNewRow: Bool = false
    ) -> [String] {
        let name = "\(table)_\(source)"
        func trigger(_ event: String, _ rest: String) -> String {
            "CREATE TRIGGER \(name)_\(event.lowercased()) AFTER \(event) ON \(source) \(rest)"
        }
        return [
            """
            CREATE FUNCTION \(name)() \(Self.header) AS $$
            DECLARE
              emptied TEXT[];
            BEGIN
              IF TG_OP = 'INSERT' THEN
                \(insert)
              ELSIF TG_OP = 'DELETE' THEN
                \(delete)
              ELSE
                \(update)
              END IF;
              IF emptied IS NOT NULL THEN
                DELETE FROM \(table) WHERE domain = ANY (emptied);
              END IF;
              RETURN NULL;
            END
            $$
            """,
            "REVOKE EXECUTE ON FUNCTION \(name)() FROM PUBLIC",
            trigger(
                "INSERT",
                "\(isForEachNewRow ? "FOR EACH ROW" : "REFERENCING NEW TABLE AS new_rows") EXECUTE FUNCTION \(name)()"),
            trigger("DELETE", "REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION \(name)()"),
            trigger(
                "UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION \(name)()"),
            trigger("TRUNCATE", "EXECUTE FUNCTION \(table)_recount()"),
        ]
    }

    private func list(_ columns: [String], _ text: (_ column: String) -> String) -> String {
        columns.map(text).joined(separator: ", ")
    }
}
