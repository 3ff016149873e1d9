import Foundation
import MailStore
import Storage
import Support
import Synchronization
import Testing

/// The tables at a PostgreSQL server are those of the files.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] != nil,
        "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLSchemaTests {
    private static let server = PostgreSQLServer(ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] ?? "")
    private static let prefix = "schema\(UInt64.random(in: 0 ... .max))_"
    private static let count = Atomic(0)

    /// Databases that only tests read.
    private static let filled = Result { () throws -> ServerState in
        let state = empty()
        try ServerMigrator.makeDatabases(state)
        try ServerMigrator.fill(state)
        return state
    }

    private static func empty() -> ServerState {
        ServerState(server, prefix: "\(prefix)\(count.add(1, ordering: .relaxed).newValue)_")
    }

    private static func tables(_ file: StoreFile) throws -> [String: [TableColumn]] {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new.db"
        try directory.write("new.db", "")
        try Migrator.fill(file, at: path)
        return try Engine.sqlite(SQLiteConnection(path, .reader)).columns().filter { table, _ in
            !table.hasPrefix("sqlite_") && table != "settings"
        }
    }

    /// Numbers of the same value are the same default, however they are written.
    private static func text(_ value: SQL.Value) -> String {
        switch value {
        case .integer(let number): "\(Double(number))"
        case .real(let number): "\(number)"
        default: "\(value)"
        }
    }

    @Test(arguments: StoreFile.allCases)
    func theTablesAreThoseOfTheFile(_ file: StoreFile) throws {
        let found = try Engine.postgresql(Self.filled.get().connect(to: ServerDatabase(holding: file), .reader))
            .columns()
        for (table, columns) in try Self.tables(file) {
            let others = try #require(found[table], "\(table)")
            #expect(others.map(\.name) == columns.map(\.name), "\(table)")
            for (column, other) in zip(columns, others) {
                #expect(Self.text(other.fallback) == Self.text(column.fallback), "\(table).\(column.name)")
                #expect(other.kind == column.kind, "\(table).\(column.name)")
                #expect(other.isKey == column.isKey, "\(table).\(column.name)")
            }
        }
    }

    /// What `facts` finds in all databases of either engine.
    private static func compare(
        _ facts: (Engine) throws -> Set<String>
    ) throws -> (inFilesOnly: Set<String>, atServerOnly: Set<String>, both: Set<String>) {
        var inFiles: Set<String> = []
        let directory = try TemporaryDirectory()
        for file in StoreFile.allCases {
            let path = try directory.write("\(file.rawValue).db", "")
            try Migrator.fill(file, at: path)
            inFiles.formUnion(try facts(.sqlite(SQLiteConnection(path, .reader))))
        }
        let atServer = try ServerDatabase.allCases.reduce(into: Set<String>()) { all, database in
            all.formUnion(try facts(.postgresql(filled.get().connect(to: database, .reader))))
        }
        return (inFiles.subtracting(atServer), atServer.subtracting(inFiles), inFiles.intersection(atServer))
    }

    @Test func keysAndIndexesAreThoseOfTheFiles() throws {
        let (inFilesOnly, atServerOnly, both) = try Self.compare(SchemaFacts.indexes)
        #expect(inFilesOnly == ["settings unique (id)", "settings unique (account, k)"])
        #expect(atServerOnly == ["postern_schema unique (part)"])
        for known in [
            "mailbox unique (username)", "forwardings unique (address, forwarding)",
            "mailbox_disabled on mailbox (domain, username) where active = 0",
            "throttle_domain on throttle (substr(account, instr(account, '@') + 1)",
        ] { #expect(both.contains(known), "\(known)") }
    }

    @Test func columnsThatMayBeNullAreThoseOfTheFiles() throws {
        let (inFilesOnly, atServerOnly, both) = try Self.compare(SchemaFacts.nullable)
        #expect(inFilesOnly == [])
        #expect(atServerOnly == [])
        #expect(both.contains("mailbox.allow_nets"))
    }

    @Test func noOtherTableIsThere() throws {
        for database in ServerDatabase.allCases {
            let found = try Engine.postgresql(Self.filled.get().connect(to: database, .reader)).columns()
            let tables = try database.files.flatMap { try Self.tables($0).keys }
            #expect(found.keys.sorted() == (tables + ["postern_schema"]).sorted())
        }
    }

    @Test(arguments: StoreFile.allCases)
    func everyReferenceNamesAColumn(_ file: StoreFile) throws {
        let found = try Engine.postgresql(Self.filled.get().connect(to: ServerDatabase(holding: file), .reader))
            .columns()
        for declared in Schema.references(for: file) where declared.table != "settings" {
            let columns = try #require(found[declared.table], "\(declared.table)").map(\.name)
            for reference in declared.columns {
                #expect(columns.contains(reference.column), "\(declared.table).\(reference.column)")
            }
        }
    }

    // MARK: Versions

    @Test func aMissingDatabaseIsNamed() throws {
        let error = #expect(throws: StoreError.self) { try ServerMigrator.requireAll(in: Self.empty()) }
        #expect(error?.kind == .unreachable && error?.message.contains("does not exist") == true)
    }

    @Test func aDatabaseWithoutTablesIsNamed() throws {
        let state = Self.empty()
        try ServerMigrator.makeDatabases(state)
        for file in StoreFile.allCases { #expect(try ServerMigrator.version(of: file, in: state) == 0) }
        for database in ServerDatabase.allCases { #expect(try !ServerMigrator.holdsTables(database, in: state)) }
        let failure = #expect(throws: ServerMigrator.Failure.self) { try ServerMigrator.requireAll(in: state) }
        #expect(failure?.description.contains("\(state.prefix)vmail has no tables") == true)
        try ServerMigrator.fill(state)
        try ServerMigrator.requireAll(in: state)
        for database in ServerDatabase.allCases { #expect(try ServerMigrator.holdsTables(database, in: state)) }
        // Neither the databases nor what is in them is made twice.
        try ServerMigrator.makeDatabases(state)
        #expect(throws: StoreError.self) { try ServerMigrator.fill(state) }
        try ServerMigrator.requireAll(in: state)
        #expect(try ServerMigrator.update(state) == [])
    }

    @Test func aNewerVersionIsRefused() throws {
        let state = Self.empty()
        try ServerMigrator.makeDatabases(state)
        try ServerMigrator.fill(state)
        for file in StoreFile.allCases {
            #expect(try ServerMigrator.version(of: file, in: state) == ServerMigrator.version(of: file))
        }
        try ServerMigrator.run(
            ["UPDATE public.postern_schema SET version = 99 WHERE part = 'iredapd'"], in: state, .iredapd)
        let failure = #expect(throws: ServerMigrator.Failure.self) { try ServerMigrator.requireAll(in: state) }
        #expect(failure?.description.contains("\(state.prefix)iredapd has schema version 99, newer than") == true)
        #expect(throws: ServerMigrator.Failure.self) { try ServerMigrator.update(state) }
    }

    @Test func statementsAreRunAllOrNone() throws {
        let state = Self.empty()
        try ServerMigrator.makeDatabases(state)
        #expect(throws: StoreError.self) {
            try ServerMigrator.run(
                ["CREATE TABLE public.a (x INT4)", "CREATE TABLE public.a (x INT4)"], in: state, .vmail)
        }
        #expect(try !ServerMigrator.holdsTables(.vmail, in: state))
    }

    // MARK: What changes

    @Test func addressesAsBytesAndTimesAreToldAsTexts() throws {
        let state = try Self.filled.get()
        let told = Mutex<[String]>([])
        for (database, table, statement, column) in [
            (ServerDatabase.amavisd, "mailaddr", "INSERT INTO mailaddr (email) VALUES ('ü\\\\@b.example')", "email"),
            (
                .vmail, "mailbox",
                "INSERT INTO mailbox (username, created) VALUES ('a@b.c', '2026-01-02 03:04:05')",
                "created"
            ),
        ] {
            let engine = Engine.postgresql(try state.connect(to: database, .writer))
            let number = try #require(try engine.columns()[table]?.firstIndex { $0.name == column })
            try engine.watchChanges(engine.columns()) { change in
                if change.table == table { told.withLock { $0.append("\(change.kind) \(change.new(number))") } }
            }
            try engine.beginWriting()
            try engine.execute(SQL(trusted: statement))
            try engine.settle()
            engine.rollback()
        }
        #expect(
            told.withLock(\.self) == [#"insert text("ü\\@b.example")"#, "insert text(\"2026-01-02 03:04:05\")"])
    }
}
