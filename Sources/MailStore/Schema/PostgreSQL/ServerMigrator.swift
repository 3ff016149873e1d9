import Storage

/// Makes the databases at a PostgreSQL server, and brings older ones up to the schema this program knows. The connection
/// must be that of the databases' owner.
package enum ServerMigrator {
    /// Why a database cannot be used as it is: one sentence with the way out.
    package typealias Failure = Migrator.Failure

    /// The files whose tables lie in each database, in the order in which the databases are made.
    package static let databases: [[StoreFile]] = [[.vmail, .usage], [.amavisd], [.iredapd], [.api]]

    /// Makes roles that may log in, where they are missing. They have no password: whoever connects through a local
    /// socket is known by the system's user of the same name (`peer`), and the others are the admin's to decide.
    package static func makeRoles(_ names: [String], _ state: ServerState) throws {
        let maintenance = try maintenance(state)
        for name in names {
            let isThere = try StoreError.translating {
                try maintenance.first("SELECT 1 FROM pg_roles WHERE rolname = \(name)") { _ in true } ?? false
            }
            if !isThere { try StoreError.translating { try maintenance.script("CREATE ROLE \(quoted(name)) LOGIN") } }
        }
    }

    private static func maintenance(_ state: ServerState) throws -> Engine {
        try StoreError.translating {
            .postgresql(try PostgreSQLConnection(state.server, database: "postgres", .command))
        }
    }

    /// Makes the databases that are missing, empty.
    ///
    /// - Returns: the names of those that were made.
    @discardableResult
    package static func makeDatabases(_ state: ServerState) throws -> [String] {
        let maintenance = try maintenance(state)
        var made: [String] = []
        for files in databases {
            let name = state.database(of: files[0])
            let isThere = try StoreError.translating {
                try maintenance.first("SELECT 1 FROM pg_database WHERE datname = \(name)") { _ in true } ?? false
            }
            guard !isThere else { continue }
            // Texts are compared byte by byte, as in SQLite's files and whatever the server's language is.
            try StoreError.translating {
                try maintenance.script(
                    "CREATE DATABASE \(quoted(name)) TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
            }
            made.append(name)
        }
        return made
    }

    /// Fills empty databases with the tables, each in one transaction.
    ///
    /// - Parameter greylisting: whether greylisting starts switched on for everybody.
    package static func fill(_ state: ServerState, greylisting: Bool = true) throws {
        for files in databases {
            let statements =
                [versions]
                + files.flatMap { file in
                    PostgreSQLSchema.statements(for: file) + PostgreSQLSchema.seed(for: file, greylisting: greylisting)
                        + ["INSERT INTO postern_schema (part, version) VALUES ('\(file.rawValue)', \(version(of: file)))"]
                }
            try run(statements, in: state, files[0])
        }
    }

    /// Brings the databases up to date: additive, each in one transaction.
    ///
    /// - Returns: the names of the databases that were changed.
    /// - Throws: for one that is not there, not filled, or newer than this program.
    package static func update(_ state: ServerState) throws -> [String] {
        var updated: [String] = []
        for files in databases {
            var statements: [String] = []
            for file in files {
                let version = try version(of: file, in: state)
                try require(version, of: file, in: state)
                let steps = PostgreSQLSchema.migrations(for: file)
                guard version < steps.count else { continue }
                statements += steps[version...].flatMap { $0 }
                statements.append(
                    "UPDATE postern_schema SET version = \(steps.count) WHERE part = '\(file.rawValue)'")
            }
            guard !statements.isEmpty else { continue }
            try run(statements, in: state, files[0])
            updated.append(state.database(of: files[0]))
        }
        return updated
    }

    /// The schema version of the tables of a file; 0 when they are not there.
    package static func version(of file: StoreFile, in state: ServerState) throws -> Int {
        let engine = Engine.postgresql(try state.connect(to: file, .command))
        return try StoreError.translating {
            let isThere = try engine.first("SELECT to_regclass('public.postern_schema') IS NOT NULL") {
                $0.integer(0) != 0
            }
            guard isThere == true else { return 0 }
            return try engine.first("SELECT version FROM postern_schema WHERE part = \(file.rawValue)") {
                $0.integer(0)
            } ?? 0
        }
    }

    /// - Throws: for a version this program cannot work with or bring up to date.
    package static func require(_ version: Int, of file: StoreFile, in state: ServerState) throws(Failure) {
        let name = state.database(of: file)
        if version == 0 {
            throw Failure(description: "the database \(name) holds no tables of Postern's; make them with `postern init`")
        }
        if version > self.version(of: file) {
            throw Failure(
                description: """
                    the database \(name) has schema version \(version), newer than version \(self.version(of: file)) of \
                    this program; install the newer Postern
                    """)
        }
    }

    /// The newest version of the tables of a file.
    package static func version(of file: StoreFile) -> Int { PostgreSQLSchema.migrations(for: file).count }

    /// Which version of the tables a database has, by the file they are in with SQLite.
    static let versions = """
        CREATE TABLE postern_schema (
          part    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
          version INT4 NOT NULL
        )
        """

    /// Runs statements in the database of a file, all or none.
    package static func run(_ statements: [String], in state: ServerState, _ file: StoreFile) throws {
        let connection = try state.connect(to: file, .command)
        try StoreError.translating {
            try connection.script((["BEGIN"] + statements + ["COMMIT"]).joined(separator: ";\n"))
        }
    }

    /// Whether a database has tables of anybody's.
    package static func holdsTables(_ files: [StoreFile], in state: ServerState) throws -> Bool {
        let engine = Engine.postgresql(try state.connect(to: files[0], .command))
        return try StoreError.translating { try !engine.columns().isEmpty }
    }

    /// An identifier as a statement has it.
    package static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
