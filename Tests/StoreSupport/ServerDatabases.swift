import Foundation
package import MailStore
import Storage
import Support
import Synchronization

/// Databases at the PostgreSQL server that `POSTERN_POSTGRESQL` names (`Tests/postgresql`), in place of files: each test
/// has some of its own. They are made once and used again, with all rows put back.
package final class ServerDatabases: Sendable {
    /// Nil when the tests are to use files.
    package static let shared: ServerDatabases? = ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"].map {
        ServerDatabases(PostgreSQLServer($0))
    }

    private let server: PostgreSQLServer
    private let free = Mutex<(count: Int, states: [Pooled], pristine: Rows?)>((0, [], nil))

    private let used = Mutex<[ServerState: Pooled]>([:])

    /// Databases that nobody uses now, and connections to put their rows back.
    ///
    /// `@unchecked Sendable`: whoever has taken it is alone with it.
    private final class Pooled: @unchecked Sendable {
        let state: ServerState
        let connections: [ServerDatabase: PostgreSQLConnection]

        init(_ state: ServerState) throws {
            self.state = state
            connections = try Dictionary(
                uniqueKeysWithValues: ServerDatabase.allCases.map { ($0, try state.connect(to: $0, .command)) })
        }
    }

    private init(_ server: PostgreSQLServer) { self.server = server }

    /// What all tables hold, and where their numbers go on: by database, a script that puts it back.
    package struct Rows: Sendable {
        fileprivate let scripts: [ServerDatabase: String]

        package init(of state: ServerState) throws {
            var scripts: [ServerDatabase: String] = [:]
            for database in ServerDatabase.allCases {
                scripts[database] = try Self.script(.postgresql(state.connect(to: database, .command)))
            }
            self.scripts = scripts
        }

        private static func script(_ engine: Engine) throws -> String {
            // Triggers have done their work already.
            var lines = ["SET session_replication_role = replica"]
            for table in try engine.columns().keys.sorted() {
                lines.append("DELETE FROM \"\(table)\"")
                let rows = try engine.all(SQL(trusted: "SELECT quote_literal(t::text) FROM \"\(table)\" AS t")) {
                    $0.text(0)
                }
                guard !rows.isEmpty else { continue }
                lines.append(
                    """
                    INSERT INTO "\(table)"
                    SELECT (row).* FROM unnest(ARRAY[\(rows.joined(separator: ", "))]::"\(table)"[]) AS row
                    """)
            }
            try engine.forEach("SELECT sequencename, start_value, last_value FROM pg_sequences") { row in
                let value = row.isNull(2) ? "\(row.integer(1)), false" : "\(row.integer(2))"
                lines.append("SELECT setval('\(row.text(0))', \(value))")
            }
            lines.append("RESET session_replication_role")
            return lines.joined(separator: ";\n")
        }
    }

    /// - Parameter rows: what the databases hold; nil for a new state.
    /// - Throws: what the server says, and its being away.
    package func take(_ rows: Rows? = nil) throws -> ServerState {
        let known = free.withLock { $0.states.popLast() }
        let pooled = try known ?? make()
        used.withLock { $0[pooled.state] = pooled }
        // A state that was just made is new.
        guard let rows = known == nil ? rows : rows ?? free.withLock({ $0.pristine }) else { return pooled.state }
        for (database, script) in rows.scripts {
            try pooled.connections[database]?.script("BEGIN;\n\(script);\nCOMMIT")
        }
        return pooled.state
    }

    private func make() throws -> Pooled {
        let number = free.withLock { free in
            free.count += 1
            return free.count
        }
        let state = ServerState(server, prefix: "t\(getpid())_\(number)_")
        if let release = Self.release {
            try adopt(state, release)
        } else {
            try ServerMigrator.makeDatabases(state)
            try ServerMigrator.fill(state)
        }
        let rows = try Rows(of: state)
        free.withLock { free in free.pristine = free.pristine ?? rows }
        return try Pooled(state)
    }

    /// Whose tables the tests are to run on, if not our own: those of an iRedMail server that was taken over.
    private static let release: IRedMailTables.Release? =
        switch ProcessInfo.processInfo.environment["POSTERN_ADOPTED"] {
        case "first": .first
        case "newest": .newest
        default: nil
        }

    /// Texts are sorted as the language has it, which is seldom the order of their bytes.
    private func adopt(_ state: ServerState, _ release: IRedMailTables.Release) throws {
        let owner = "postern_owner"
        let catalog = try ServerCatalog(of: state)
        try catalog.run(
            """
            DO $$ BEGIN CREATE ROLE \(owner) NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
            """)
        for database in ServerDatabase.allCases where database != .postern {
            try catalog.run(
                """
                CREATE DATABASE "\(state.name(of: database))" TEMPLATE template0 ENCODING 'UTF8'
                LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'
                """)
            try ServerMigrator.run(
                ["SET LOCAL search_path TO public", IRedMailTables(release).script(for: database.rawValue)], in: state,
                database)
            let plan = try Adoption(database, in: state, owner: owner, writer: "postern").plan()
            // What tests expect of new rows is ours; `IntegrationTests.AdoptionTests` have theirs.
            try ServerMigrator.run(
                plan.statements + database.files.flatMap { PostgreSQLSchema.seed(for: $0) } + [Self.ourDefaults],
                in: state, database)
        }
        try catalog.run(ServerMigrator.creation(of: .postern, in: state, owner: nil))
        try ServerMigrator.run(
            ServerMigrator.filling(.postern, owner: nil, greylisting: true), in: state, .postern)
    }

    private static let ourDefaults = """
        DO $$
        DECLARE place RECORD;
        BEGIN
          FOR place IN SELECT attrelid::regclass AS name, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT attisdropped
                          AND attname IN ('created', 'modified', 'expired', 'passwordlastchange',
                                          'storagebasedirectory', 'storagenode') LOOP
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %L', place.name, place.attname,
                           CASE WHEN place.attname LIKE 'storage%' THEN ''
                                WHEN place.attname = 'expired' THEN '9999-12-31 00:00:00'
                                ELSE '1970-01-01 01:01:01' END);
          END LOOP;
          IF to_regclass('public.throttle_tracking') IS NOT NULL THEN
            CREATE UNIQUE INDEX ON public.throttle_tracking (tid, account);
          END IF;
        END
        $$
        """

    /// For the next test. Nobody may use them any more.
    package func giveBack(_ state: ServerState) {
        guard let pooled = used.withLock({ $0.removeValue(forKey: state) }) else { return }
        free.withLock { $0.states.append(pooled) }
    }
}
