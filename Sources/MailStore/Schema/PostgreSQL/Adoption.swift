import Storage

/// Makes a database that iRedMail has made usable for Postern, and undoes that.
///
/// Only what is missing is added: tables, columns, unique keys, indexes, functions and triggers. Rows, rights and types
/// that are there stay as they are, so that the programs that work there go on. What was added is listed in the table
/// `postern_adopted`, by which `releasePlan` finds it again.
///
/// Texts of our own tables are sorted as everything is in such a database, and not byte by byte: columns of two
/// collations cannot be compared.
package struct Adoption {
    /// Why a database is not taken over, or not given back: one sentence with the way out.
    package typealias Failure = Migrator.Failure

    /// What is to be done, and what an operator should know before.
    package struct Plan: Sendable {
        package let statements: [String]
        package let remarks: [String]
    }

    private let database: ServerDatabase
    private let name: String
    private let engine: Engine
    private let owner: String
    private let writer: String

    /// - Parameters:
    ///   - owner: the role that will own what is added; it cannot log in.
    ///   - writer: the role that Postern works as.
    package init(_ database: ServerDatabase, in state: ServerState, owner: String, writer: String) throws {
        self.database = database
        name = state.name(of: database)
        engine = .postgresql(try state.connect(to: database, .owner))
        self.owner = ServerMigrator.quoted(owner)
        self.writer = ServerMigrator.quoted(writer)
    }

    // MARK: What there is

    package enum Tables: Sendable {
        case none
        /// Postern has made all of them, or taken them over.
        case own, adopted
        case foreign
    }

    package func tables() throws -> Tables {
        let there = Set(try StoreError.translating { try engine.columns() }.keys)
        if there.contains(Self.record) { return .adopted }
        if there.contains("postern_schema") { return .own }
        return there.isEmpty ? .none : .foreign
    }

    package func isAdopted() throws -> Bool { if case .adopted = try tables() { true } else { false } }

    private static let schema = "public."

    /// A part of the DDL, which says what it makes.
    private struct Declaration {
        enum Kind: String {
            case table = "TABLE"
            case column = "COLUMN"
            case index = "INDEX"
            case function = "FUNCTION"
            case trigger = "TRIGGER"
        }

        let text: String
        /// Nil for what goes with a function or changes a table.
        let kind: Kind?
        /// Of a function with its arguments.
        let name: String
        /// The table of an index or a trigger.
        let relation: String

        init(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            self.text = text
            let kind = words.dropFirst().first.flatMap { Kind(rawValue: $0) }
            self.kind = words.first == "CREATE" ? kind : nil
            relation = words.firstIndex(of: "ON").map { Self.withoutSchema(words[$0 + 1]) } ?? ""
            name =
                kind == .function
                ? String(text.dropFirst("CREATE FUNCTION \(schema)".count).prefix { $0 != ")" }) + ")"
                : Self.withoutSchema(words[2])
        }

        /// The table that is made, or changed; nil for everything else.
        var table: String? {
            kind == .table || kind == nil && text.hasPrefix("ALTER TABLE ") ? name : nil
        }

        private static func withoutSchema(_ name: String) -> String {
            name.hasPrefix(schema) ? String(name.dropFirst(schema.count)) : name
        }
    }

    /// - Parameter versions: of the tables that are there, by file.
    private func declarations(since versions: [StoreFile: Int] = [:]) -> [Declaration] {
        database.files.flatMap { PostgreSQLSchema.migrations(for: $0)[versions[$0, default: 0]...].joined() }.map {
            Declaration($0.replacing("TEXT COLLATE \"C\"", with: "TEXT"))
        }
    }

    private struct Column {
        let name: String
        /// As the DDL has it, with NOT NULL and DEFAULT.
        let definition: String
        /// The letter of the type's category in `pg_type`; a hyphen for a type that PostgreSQL does not bring, whose
        /// functions are somebody's.
        let category: String
        let isNumbered: Bool
    }

    private struct Index: Hashable {
        let table: String
        let name: String
        /// Without the names.
        let definition: String
        /// The columns of a key without a condition; empty for every other index.
        let key: String
    }

    private func columns(of schema: String) throws -> [String: [Column]] {
        var columns: [String: [Column]] = [:]
        let query: SQL = """
            SELECT c.relname, a.attname,
                   CASE WHEN t.typtype = 'b' AND t.typnamespace = to_regnamespace('pg_catalog') THEN t.typcategory
                        ELSE '-' END, COALESCE(pg_get_expr(d.adbin, d.adrelid), ''),
                   format_type(a.atttypid, a.atttypmod), a.attnotnull
              FROM pg_class AS c
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type AS t ON t.oid = a.atttypid
              LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = to_regnamespace(\(schema)) AND c.relkind IN ('r', 'p')
             ORDER BY c.relname, a.attnum
            """
        try engine.forEach(query) { row in
            let fallback = row.text(3)
            columns[row.text(0), default: []].append(
                Column(
                    name: row.text(1),
                    definition: row.text(4) + (row.integer(5) != 0 ? " NOT NULL" : "")
                        + (fallback.isEmpty ? "" : " DEFAULT \(fallback)"),
                    category: row.text(2), isNumbered: fallback.hasPrefix("nextval(")))
        }
        return columns
    }

    private func indexes(of schema: String) throws -> [Index] {
        try engine.all(
            """
            SELECT t.relname, x.relname, pg_get_indexdef(x.oid), i.indisunique AND i.indpred IS NULL AND i.indisvalid AND i.indimmediate,
                   array_to_string(ARRAY(SELECT pg_get_indexdef(x.oid, position, true)
                                           FROM generate_series(1, i.indnkeyatts) AS position), ', ')
              FROM pg_index AS i
              JOIN pg_class AS x ON x.oid = i.indexrelid
              JOIN pg_class AS t ON t.oid = i.indrelid
             WHERE t.relnamespace = to_regnamespace(\(schema))
            """
        ) { row in
            let definition = row.text(2)
            let method = definition.firstRange(of: " USING ")?.lowerBound ?? definition.startIndex
            return Index(
                table: row.text(0), name: row.text(1), definition: String(definition[method...]),
                key: row.integer(3) != 0 ? row.text(4) : "")
        }
    }

    // MARK: Taking over

    private static let record = "postern_adopted"

    /// What a version of iRedMail that can be taken over has in any case.
    private var required: [String] {
        switch database {
        case .vmail: ["domain", "mailbox", "alias", "forwardings", "admin", "domain_admins", "used_quota"]
        case .amavisd: ["users", "mailaddr", "policy", "wblist"]
        case .iredapd: ["throttle", "greylisting"]
        case .postern: []
        }
    }

    /// Tables whose rows Postern does not insert: a unique key of ours is of no use there.
    private static let countedByOthers: Set<String> = ["throttle_tracking", "greylisting_tracking"]

    /// Columns whose value in the rows that are there is that of another one: whoever may not send over TLS by the name
    /// that iRedMail has for it must not be let in by the other.
    private static let sources = [
        "enablesmtptls": "enablesmtpsecured", "enablemanagesievetls": "enablemanagesievesecured",
    ]

    /// What takes the database over, or brings one that was taken over by an older Postern up to date. Changes nothing.
    /// - Throws: `Failure` when it cannot be taken over as it is; `StoreError`.
    package func plan() throws -> Plan {
        try locking("ACCESS SHARE") { there, _ in
            let statements = try statements(there)
            return Plan(statements: statements, remarks: statements.isEmpty ? [] : try deadRows(there))
        }
    }

    /// Does what `plan` says, all or nothing. It looks anew: meanwhile the tables may be others.
    package func apply() throws {
        try locking("ACCESS EXCLUSIVE") { there, _ in
            try engine.script((try statements(there) + ["COMMIT"]).joined(separator: ";\n"))
        }
    }

    /// Runs `body` in a transaction in which nobody can put something else in the place of a table. Undoes it, unless
    /// `body` commits.
    private func locking<Result>(
        _ mode: String, _ body: (_ there: [String: [Column]], _ tables: [String]) throws -> Result
    ) throws -> Result {
        try StoreError.translating {
            try engine.script("BEGIN; \(Self.patience)")
            defer { try? engine.script("ROLLBACK") }
            let there = try columns(of: "public")
            let tables = declarations().filter { $0.kind == .table && there[$0.name] != nil }.map(\.name)
            if let lock = Self.lock(tables, mode) { try engine.script(lock) }
            return try body(try columns(of: "public"), tables)
        }
    }

    /// All at once: nobody waits for one of them while this waits for another. Nil without tables.
    private static func lock(_ tables: [String], _ mode: String) -> String? {
        tables.isEmpty
            ? nil : "LOCK TABLE \(tables.map { schema + $0 }.joined(separator: ", ")) IN \(mode) MODE"
    }

    /// Empty when everything is there.
    private func statements(_ there: [String: [Column]]) throws -> [String] {
        try requireUsable(there)
        let isFirst = there[Self.record] == nil
        let versions = isFirst ? [:] : try self.versions()
        guard database.files.contains(where: { versions[$0, default: 0] < ServerMigrator.version(of: $0) }) else {
            return []
        }
        let (wanted, wantedIndexes) = try wanted()
        let keeper = try keeper()
        var steps = Steps(
            count: isFirst
                ? 0
                : try engine.first(SQL(trusted: "SELECT count(*) FROM public.\(Self.record)")) { $0.integer(0) } ?? 0)
        if isFirst {
            steps.add(ServerMigrator.versionTable)
            steps.add(Self.recordTable)
        }
        for file in database.files { steps.add(ServerMigrator.versionRow(of: file)) }
        let indexes = try self.indexes(of: "public")
        var completed: Set<String> = []
        for declaration in declarations(since: versions) {
            if let table = declaration.table, let columns = there[table] {
                // With all that later steps add.
                guard completed.insert(table).inserted else { continue }
                if declaration.kind == nil, !declaration.text.contains(" ADD COLUMN ") {
                    throw unknown(declaration)
                }
                try complete(table, columns, wanted[table] ?? [], &steps)
                for key in wantedIndexes where key.table == table && !key.key.isEmpty {
                    try addKey(key, columns, indexes, &steps)
                }
            } else if declaration.kind == .index, there[declaration.relation] != nil {
                let definition = wantedIndexes.first { $0.name == declaration.name }?.definition
                let isThere = indexes.contains {
                    $0.table == declaration.relation && $0.definition == definition
                }
                if !isThere { steps.add(declaration) }
            } else if declaration.kind == .table || declaration.kind == .function {
                steps.add(declaration)
                let kind = declaration.kind?.rawValue ?? ""
                let isOurs = declaration.kind == .function || Self.ownTables.contains(declaration.name)
                steps.add("ALTER \(kind) public.\(declaration.name) OWNER TO \(isOurs ? owner : keeper)")
            } else if declaration.kind == .trigger {
                steps.add(declaration)
            } else if declaration.kind == .index || declaration.text.hasPrefix("REVOKE EXECUTE ON FUNCTION ") {
                // It goes with its table or function.
                steps.add(declaration.text)
            } else {
                throw unknown(declaration)
            }
        }
        if isFirst, there["domain"] != nil {
            // Lists of domains are pages in the order of bytes, which the key has in our own tables only.
            steps.add(
                "CREATE INDEX domain_bytewise ON public.domain (domain COLLATE \"C\")", .index, of: "domain",
                "domain_bytewise")
        }
        if isFirst { database.files.flatMap { PostgreSQLSchema.sums(of: $0) }.forEach { steps.add($0) } }
        let lock = Self.lock(wanted.keys.filter { there[$0] != nil }.sorted(), "ACCESS EXCLUSIVE")
        return [Self.patience] + (lock.map { [$0] } ?? []) + steps.statements + (try grants(there, wanted))
    }

    /// Who owns iRedMail's tables, and so those that a newer iRedMail would have made.
    private func keeper() throws -> String {
        let name = try engine.first(
            "SELECT rolname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner WHERE pg_class.oid = to_regclass(\(Self.schema + (required.first ?? "")))"
        ) { $0.text(0) }
        return name.map(ServerMigrator.quoted) ?? owner
    }

    /// Tables that iRedMail never makes in these databases.
    private static let ownTables: Set<String> = [
        "domain_totals", "used_quota_totals", "log", "long_changes", "list_requests", "domain_ownership",
    ]

    /// A fault of this program, which every adoption shows.
    private func unknown(_ declaration: Declaration) -> Failure {
        Failure(description: "databases of iRedMail's cannot be taken over by this version: \(declaration.text)")
    }

    /// Who waits for a lock lets nobody else through: mail would wait, too.
    private static let patience = "SET LOCAL lock_timeout = '5s'"

    private func versions() throws -> [StoreFile: Int] {
        let rows = try engine.all("SELECT part, version FROM public.postern_schema") { ($0.text(0), $0.integer(1)) }
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { part, version in StoreFile(rawValue: part).map { ($0, version) } })
    }

    private struct Steps {
        var statements: [String] = []
        /// How many things were added so far.
        var count: Int

        mutating func add(_ statement: String) { statements.append(statement) }

        /// Adds something, and records it.
        mutating func add(_ declaration: Declaration) {
            guard let kind = declaration.kind else { return add(declaration.text) }
            add(declaration.text, kind, of: declaration.relation, declaration.name)
        }

        mutating func add(_ statement: String, _ kind: Declaration.Kind, of relation: String, _ name: String) {
            count += 1
            statements.append(statement)
            statements.append(
                """
                INSERT INTO public.\(Adoption.record) (number, kind, relation, name)
                VALUES (\(count), '\(kind.rawValue)', '\(relation)', '\(name)')
                """)
        }
    }

    private static let recordTable = """
        CREATE TABLE public.\(record) (
          number   INT4 NOT NULL PRIMARY KEY,
          kind     TEXT NOT NULL,
          relation TEXT NOT NULL,
          name     TEXT NOT NULL
        )
        """

    private func requireUsable(_ there: [String: [Column]]) throws {
        let missing = required.filter { there[$0] == nil }
        guard missing.isEmpty else {
            throw Failure(
                description: """
                    the database \(name) has no table \(missing.joined(separator: ", ")): it is not of iRedMail 1.0 or newer; \
                    update iRedMail first
                    """)
        }
        let encoding = try engine.first("SELECT getdatabaseencoding()") { $0.text(0) } ?? ""
        guard encoding == "UTF8" else {
            throw Failure(description: "the database \(name) has the encoding \(encoding), and must have UTF8")
        }
        // Whoever makes a function substr(varchar, int) there would have it run by Postern.
        let isOpen = try engine.first("SELECT has_schema_privilege('public', 'public', 'CREATE')") {
            $0.integer(0) != 0
        }
        guard isOpen == false else {
            throw Failure(
                description: """
                    every role may make functions in the database \(name), which Postern would run; first say there: \
                    REVOKE CREATE ON SCHEMA public FROM PUBLIC
                    """)
        }
    }

    /// Makes our tables in a schema of their own, looks at them and undoes it.
    private func wanted() throws -> (columns: [String: [Column]], indexes: [Index]) {
        let schema = "postern_wanted"
        try engine.script("SAVEPOINT wanted; CREATE SCHEMA \(schema)")
        defer { try? engine.script("ROLLBACK TO wanted") }
        try engine.script(
            declarations().map { $0.text.replacing(Self.schema, with: "\(schema).") }.joined(separator: ";\n"))
        let indexes = try indexes(of: schema).map { index in
            Index(
                table: index.table, name: index.name,
                definition: index.definition.replacing("\(schema).", with: Self.schema), key: index.key)
        }
        return (try columns(of: schema), indexes)
    }

    private func complete(
        _ table: String, _ there: [Column], _ wanted: [Column], _ steps: inout Steps
    ) throws {
        // An UPDATE would run the triggers of the table's owner, as a superuser.
        var fillings: [String] = []
        for column in wanted {
            if let present = there.first(where: { $0.name == column.name }) {
                guard present.category == column.category else {
                    throw Failure(
                        description: """
                            the column \(column.name) of \(table) in the database \(name) is \(present.definition), and \
                            must be like \(column.definition)
                            """)
                }
                continue
            }
            guard !column.isNumbered else {
                throw Failure(description: "the table \(table) in the database \(name) has no column \(column.name)")
            }
            let quoted = ServerMigrator.quoted(column.name)
            steps.add(
                "ALTER TABLE public.\(table) ADD COLUMN \(quoted) \(column.definition)", .column, of: table, column.name
            )
            if let source = Self.sources[column.name], there.contains(where: { $0.name == source }),
                try engine.first(
                    SQL(trusted: "SELECT 1 FROM public.\(table) WHERE \(source) <> 1 LIMIT 1"), { _ in true }) != nil
            {
                fillings.append("ALTER COLUMN \(quoted) TYPE INT2 USING \(source)")
            }
        }
        if !fillings.isEmpty { steps.add("ALTER TABLE public.\(table) \(fillings.joined(separator: ", "))") }
    }

    private func addKey(_ key: Index, _ there: [Column], _ indexes: [Index], _ steps: inout Steps) throws {
        let isThere = indexes.contains { $0.table == key.table && $0.key == key.key }
        guard !isThere, !Self.countedByOthers.contains(key.table) else { return }
        try requireUnique(key, there)
        steps.add(
            "CREATE UNIQUE INDEX \(key.name) ON public.\(key.table) (\(key.key))", .index, of: key.table, key.name)
    }

    private func requireUnique(_ key: Index, _ there: [Column]) throws {
        let columns = key.key.split(separator: ", ").map(String.init)
        // A column that is still to be added has one value in all rows.
        guard columns.allSatisfy({ name in there.contains { $0.name == name } }) else { return }
        let twins = try engine.first(
            SQL(
                trusted: """
                    SELECT concat_ws(' ', \(key.key)) FROM public.\(key.table) GROUP BY \(key.key) HAVING count(*) > 1 LIMIT 1
                    """)
        ) { $0.text(0) }
        if let twins {
            throw Failure(
                description: """
                    several rows of \(key.table) in the database \(name) have the same \(key.key): \(twins); delete all \
                    but one of each, then run this again
                    """)
        }
    }

    private func grants(_ there: [String: [Column]], _ wanted: [String: [Column]]) throws -> [String] {
        let tables = wanted.keys.sorted()
        let sequences = try tables.filter { wanted[$0]?.contains(where: \.isNumbered) == true }.map { table in
            try there[table].flatMap { _ in try sequence(of: table) } ?? "public.\(table)_id_seq"
        }
        return [
            "GRANT CONNECT ON DATABASE \(ServerMigrator.quoted(name)) TO \(writer)",
            "GRANT USAGE ON SCHEMA public TO \(writer), \(owner)",
        ]
            + tables.map { "GRANT SELECT ON public.\($0) TO \(owner)" }
            + (tables + ["postern_schema"]).map { "GRANT SELECT, INSERT, UPDATE, DELETE ON public.\($0) TO \(writer)" }
            + sequences.map { "GRANT USAGE, SELECT, UPDATE ON SEQUENCE \($0) TO \(writer)" }
    }

    /// What numbers the rows of a table; nil when no sequence belongs to it.
    private func sequence(of table: String) throws -> String? {
        try engine.first("SELECT pg_get_serial_sequence(\("public." + table), 'id')") {
            $0.isNull(0) ? nil : $0.text(0)
        } ?? nil
    }

    /// Rows that no mail program finds, since it asks in small letters, and Postern no more than they.
    private func deadRows(_ there: [String: [Column]]) throws -> [String] {
        let keys: KeyValuePairs = [
            "domain": "domain", "alias_domain": "alias_domain", "mailbox": "username", "alias": "address",
            "maillists": "address", "forwardings": "address", "admin": "username", "domain_admins": "username",
        ]
        return try keys.filter { there[$0.key] != nil && database == .vmail }.compactMap { table, column in
            let count = try engine.first(
                SQL(
                    trusted:
                        "SELECT count(*) FROM public.\(table) WHERE \(column) <> lower(\(column)) AND \(column) <> 'ALL'"
                )
            ) {
                $0.integer(0)
            }
            guard let count, count > 0 else { return nil }
            return
                "\(count) rows of \(table) have capital letters in \(column): Postfix does not find them, nor does "
                + "a call that names them; they stay"
        }
    }

    // MARK: Giving back

    /// What takes off all that was added. Changes nothing.
    /// - Throws: `Failure` when the database was not taken over; `StoreError`.
    package func releasePlan() throws -> Plan {
        guard try isAdopted() else {
            throw Failure(description: "the database \(name) was not taken over from another program")
        }
        return try locking("ACCESS SHARE") { there, tables in
            let isSafe = try engine.first(
                """
                SELECT bool_and(rolsuper) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
                 WHERE pg_class.oid IN (to_regclass('public.postern_adopted'), to_regclass('public.postern_schema'))
                """
            ) { $0.integer(0) != 0 }
            guard isSafe == true else { throw damaged }
            let functions = Set(declarations().filter { $0.kind == .function }.map(\.name))
            let added = try engine.all(
                SQL(trusted: "SELECT kind, relation, name FROM public.\(Self.record) ORDER BY number DESC")
            ) { row in (kind: Declaration.Kind(rawValue: row.text(0)), relation: row.text(1), name: row.text(2)) }
            for (kind, relation, name) in added {
                let isPlain = "\(relation)\(name)".utf8.allSatisfy {
                    (97...122).contains($0) || (48...57).contains($0) || "_-".utf8.contains($0)
                }
                guard let kind, kind == .function ? functions.contains(name) : isPlain else { throw damaged }
            }
            let own = Set(added.filter { $0.kind == .table }.map(\.name))
            var remarks: [String] = []
            for table in own.sorted() where tables.contains(table) {
                let rows = try engine.first(SQL(trusted: "SELECT count(*) FROM public.\(table)")) { $0.integer(0) } ?? 0
                if rows > 0 { remarks.append("\(rows) rows of \(table) go with it") }
            }
            let columns = added.reversed().filter { $0.kind == .column }.map { "\($0.relation).\($0.name)" }
            if !columns.isEmpty {
                remarks.append("these columns go with their values: \(columns.joined(separator: ", "))")
            }
            let shared = Set(declarations().filter { $0.kind == .table }.map(\.name)).subtracting(own).sorted()
            let sequences = try shared.filter { there[$0]?.contains(where: \.isNumbered) == true }.compactMap(sequence)
            return Plan(
                statements: [Self.patience] + added.compactMap { Self.removal($0.kind, $0.relation, $0.name) }
                    + ["DROP TABLE public.\(Self.record), public.postern_schema"]
                    + shared.map { "REVOKE ALL ON public.\($0) FROM \(writer), \(owner)" }
                    + sequences.map { "REVOKE ALL ON SEQUENCE \($0) FROM \(writer)" }
                    + [
                        "REVOKE ALL ON SCHEMA public FROM \(writer), \(owner)",
                        "REVOKE ALL ON DATABASE \(ServerMigrator.quoted(name)) FROM \(writer)",
                    ],
                remarks: remarks)
        }
    }

    private var damaged: Failure {
        Failure(
            description: """
                somebody has changed the tables postern_adopted or postern_schema in the database \(name); what is to be taken \
                off must be looked at by hand
                """)
    }

    /// - Parameter kind: nil makes nothing.
    private static func removal(_ kind: Declaration.Kind?, _ relation: String, _ name: String) -> String? {
        switch kind {
        case .column: "ALTER TABLE public.\(relation) DROP COLUMN \(ServerMigrator.quoted(name))"
        case .trigger: "DROP TRIGGER \(name) ON public.\(relation)"
        case .table, .index, .function: "DROP \(kind?.rawValue ?? "") public.\(name)"
        case nil: nil
        }
    }
}
