import Storage

/// Makes the databases at a PostgreSQL server, and brings older ones up to the schema this program knows. The connection
/// must be that of somebody who may do so.
package enum ServerMigrator {
    /// Why a database cannot be used as it is: one sentence with the way out.
    package typealias Failure = Migrator.Failure

    /// Makes the databases that are missing, empty. Texts are compared byte by byte in them, as in SQLite's files and
    /// whatever the server's language is.
    ///
    /// - Parameters:
    ///   - owner: the role that will own them and their tables; nil for that of the connection. It is made, without the
    ///     right to log in, when it is missing.
    package static func makeDatabases(_ state: ServerState, owner: String? = nil) throws {
        let catalog = try ServerCatalog(of: state)
        if let owner, try !catalog.hasRole(owner) { try catalog.run("CREATE ROLE \(quoted(owner)) NOLOGIN") }
        for database in ServerDatabase.allCases where try !catalog.hasDatabase(state.name(of: database)) {
            try catalog.run(creation(of: database, in: state, owner: owner))
        }
    }

    /// The statement that makes a database. It is no part of a transaction.
    package static func creation(of database: ServerDatabase, in state: ServerState, owner: String?) -> String {
        """
        CREATE DATABASE \(quoted(state.name(of: database)))\(owner.map { " OWNER \(quoted($0))" } ?? "") \
        TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'
        """
    }

    /// Fills empty databases with the tables, each in one transaction.
    ///
    /// - Parameters:
    ///   - owner: as of `makeDatabases`.
    ///   - greylisting: whether greylisting starts switched on for everybody.
    package static func fill(_ state: ServerState, owner: String? = nil, greylisting: Bool = true) throws {
        for database in ServerDatabase.allCases {
            try run(filling(database, owner: owner, greylisting: greylisting), in: state, database)
        }
    }

    /// What fills one.
    package static func filling(_ database: ServerDatabase, owner: String?, greylisting: Bool) -> [String] {
        becoming(owner) + [versionTable]
            + database.files.flatMap { file in
                PostgreSQLSchema.statements(for: file) + PostgreSQLSchema.seed(for: file, greylisting: greylisting)
                    + [versionRow(of: file)]
            }
    }

    /// Notes that a file's tables are of the newest version.
    static func versionRow(of file: StoreFile) -> String {
        """
        INSERT INTO public.postern_schema (part, version) VALUES ('\(file.rawValue)', \(version(of: file)))
        ON CONFLICT (part) DO UPDATE SET version = excluded.version
        """
    }

    /// Brings the databases up to date: additive, each in one transaction.
    ///
    /// - Parameters:
    ///   - databases: those that this program has made: `Adoption` has the others.
    ///   - owner: as of `makeDatabases`.
    /// - Returns: those that were changed.
    /// - Throws: for one that is not there, not filled, or newer than this program.
    package static func update(
        _ state: ServerState, _ databases: [ServerDatabase] = ServerDatabase.allCases, owner: String? = nil
    ) throws -> [ServerDatabase] {
        try databases.filter { database in
            var statements: [String] = []
            for file in database.files {
                let version = try version(of: file, in: state)
                try require(version, of: file, in: state)
                let steps = PostgreSQLSchema.migrations(for: file)
                guard version < steps.count else { continue }
                statements += steps[version...].flatMap { $0 }
                statements.append(versionRow(of: file))
            }
            guard !statements.isEmpty else { return false }
            try run(becoming(owner) + statements, in: state, database)
            return true
        }
    }

    /// What is made from now on in the transaction is the owner's.
    private static func becoming(_ owner: String?) -> [String] {
        owner.map { ["SET LOCAL ROLE \(quoted($0))"] } ?? []
    }

    /// The schema version of the tables of a file; 0 when they are not there.
    package static func version(of file: StoreFile, in state: ServerState) throws -> Int {
        let engine = Engine.postgresql(try state.connect(to: ServerDatabase(holding: file), .owner))
        return try StoreError.translating {
            let isThere = try engine.first("SELECT to_regclass('public.postern_schema') IS NOT NULL") {
                $0.integer(0) != 0
            }
            guard isThere == true else { return 0 }
            let query: SQL = "SELECT version FROM public.postern_schema WHERE part = \(file.rawValue)"
            return try engine.first(query) { $0.integer(0) } ?? 0
        }
    }

    /// - Throws: for a version this program cannot work with.
    package static func require(_ version: Int, of file: StoreFile, in state: ServerState) throws(Failure) {
        let name = state.name(of: ServerDatabase(holding: file))
        if version == 0 {
            throw Failure(
                description: "the database \(name) has no tables of Postern's; make them: postern init --database")
        }
        if version > self.version(of: file) {
            throw Failure(
                description: """
                    the database \(name) has schema version \(version), newer than version \(self.version(of: file)) of \
                    this program; install the newer Postern
                    """)
        }
    }

    /// - Throws: `Failure` when a database is not there, not filled, or of another version.
    package static func requireAll(in state: ServerState) throws {
        for file in StoreFile.allCases {
            let version = try version(of: file, in: state)
            try require(version, of: file, in: state)
            guard version < self.version(of: file) else { continue }
            throw Failure(
                description: """
                    the database \(state.name(of: ServerDatabase(holding: file))) has schema version \(version), older \
                    than version \(self.version(of: file)) of this program; bring it up to date: postern init --update \
                    --database CONNECTION, as its owner
                    """)
        }
    }

    /// The newest version of the tables of a file.
    package static func version(of file: StoreFile) -> Int { PostgreSQLSchema.migrations(for: file).count }

    /// Which version of the tables a database has, by the file they are in with SQLite.
    package static let versionTable = """
        CREATE TABLE public.postern_schema (
          part    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
          version INT4 NOT NULL
        )
        """

    /// Runs statements in a database, all or none.
    package static func run(_ statements: [String], in state: ServerState, _ database: ServerDatabase) throws {
        let connection = try state.connect(to: database, .owner)
        try StoreError.translating {
            try connection.script((["BEGIN"] + statements + ["COMMIT"]).joined(separator: ";\n"))
        }
    }

    /// Whether a database has tables of anybody's.
    package static func holdsTables(_ database: ServerDatabase, in state: ServerState) throws -> Bool {
        let engine = Engine.postgresql(try state.connect(to: database, .owner))
        return try StoreError.translating { try !engine.columns().isEmpty }
    }

    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
