import Foundation
import Glibc
package import MailStore
package import Neighbours
package import Support

/// What the tests of the readers run on.
package enum ReadersEngine: String, Sendable {
    case sqlite
    case postgreSQL

    /// Those that this machine has: PostgreSQL where `POSTERN_POSTGRESQL` names a server.
    package static let possible: [ReadersEngine] =
        (Program.isInstalled("/usr/bin/sqlite3") ? [.sqlite] : [])
        + (PostgreSQLDatabases.isPossible ? [.postgreSQL] : [])

    /// Those that Postfix has a client for.
    package static let ofPostfix = possible.filter { PostfixReader.isInstalled(for: $0.name) }
    /// Those that Dovecot has a driver for.
    package static let ofDovecot = possible.filter { DovecotServer.isInstalled(for: $0.name) }
    /// Those that Perl has a driver for, which amavisd uses.
    package static let ofAmavisd = possible.filter {
        AmavisdLookup.isInstalled(with: $0 == .sqlite ? "DBD::SQLite" : "DBD::Pg")
    }

    /// What Postfix and Dovecot call it.
    package var name: String { self == .sqlite ? "sqlite" : "pgsql" }
}

/// Databases with rows put in by hand, and the files printed for them: a state directory, or databases of a PostgreSQL
/// server in which the programs have the rights that are granted to them.
///
/// As root the files of a state directory belong to accounts every Debian has, with the modes and the sharing by group of a real
/// installation: `mail` stands for the group `mailsql` and for the owner of the stored mail.
package struct ReadersState {
    package static let readers = ProcessUser.stranger(in: ProcessUser.groupNumber("mail") ?? 8)

    package let engine: ReadersEngine
    package let directory: TemporaryDirectory
    private let server: PostgreSQLDatabases?
    private let unreachable: PostgreSQLAccess.Host?
    package var state: String { "\(directory.path)/state" }
    package var postfix: String { "\(directory.path)/postfix" }
    package var dovecot: String { "\(directory.path)/dovecot" }
    package var amavisd: String { "\(directory.path)/amavisd" }
    package var mail: String { "\(directory.path)/mail" }

    /// - Parameters:
    ///   - files: whose tables are needed. On a server the others of the same database are there as well.
    ///   - unreachable: a host that the printed files name before the server's.
    package init(_ engine: ReadersEngine, _ files: [StoreFile], unreachable: PostgreSQLAccess.Host? = nil) throws {
        self.engine = engine
        self.unreachable = unreachable
        directory = try TemporaryDirectory()
        let names = Set(files.map { ServerDatabase(holding: $0).rawValue })
        server = engine == .postgreSQL ? try PostgreSQLDatabases(names.sorted()) : nil
        for path in [state, postfix, dovecot, amavisd, mail] { try Self.makeDirectory(path) }
        try Ownership.set(mail, owner: "mail", group: "mail", mode: 0o755)
        if let server {
            try fill(server, names.compactMap(ServerDatabase.init))
        } else {
            for file in files { try make(file) }
        }
        let databases = try databases
        try Self.write(PostfixConfiguration(databases: databases, installDirectory: postfix).files, to: postfix)
        let version = DovecotVersion(versionText: DovecotServer.version) ?? .v2_3
        let printed = DovecotConfiguration(for: version, databases: databases, installDirectory: dovecot).files
        try Self.write(printed.map { (name: $0.name, text: Self.withMail($0.text)) }, to: dovecot)
        try Self.write(AmavisdConfiguration(databases: databases).files, to: amavisd)
    }

    private var databases: ConfiguredDatabases {
        get throws {
            guard let server else { return .files(stateDirectory: state) }
            let access = try PostgreSQLAccess(connection: PostgreSQLDatabases.connection ?? "")
            return .server(
                PostgreSQLAccess(
                    hosts: [unreachable].compactMap(\.self) + access.hosts, databasePrefix: server.prefix))
        }
    }

    /// A client of Postfix' for these tables; as root, as somebody who only shares a group with the files.
    package func postfixReader() throws -> PostfixReader {
        try PostfixReader(configuration: postfix, type: engine.name, as: ProcessUser.isRoot ? Self.readers : nil)
    }

    /// Runs SQL; what it prints.
    @discardableResult
    package func run(_ file: StoreFile, _ script: String) throws -> String {
        if let server { return try server.run(ServerDatabase(holding: file).rawValue, script) }
        // Without persist_wal the side files go when the shell ends, and readers without write permission fail.
        let result = try Program.run(
            "/usr/bin/sqlite3", ["-batch", "-bail", "\(state)/\(file.relativePath)"],
            input: ".timeout 5000\n.output /dev/null\n.filectrl persist_wal 1\n.output\n\(script)\n")
        guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
        return result.output
    }

    private func fill(_ server: PostgreSQLDatabases, _ databases: [ServerDatabase]) throws {
        try PostgreSQLDatabases.run("postgres", DatabaseGrant.roleStatements.map { $0 + ";\n" }.joined())
        for database in databases {
            let files = StoreFile.allCases.filter { ServerDatabase(holding: $0) == database }
            let statements =
                [ServerMigrator.versionTable]
                + files.flatMap { PostgreSQLSchema.statements(for: $0) + PostgreSQLSchema.seed(for: $0) }
                + DatabaseGrant.statements(for: database, named: server.prefix + database.rawValue)
            try server.run(database.rawValue, "BEGIN;\n" + statements.map { $0 + ";\n" }.joined() + "COMMIT;")
        }
    }

    private func make(_ file: StoreFile) throws {
        let group = file == .amavisd && ProcessUser.groupNumber("amavis") != nil ? "amavis" : "mail"
        let owner = file == .usage && ProcessUser(named: "dovecot") != nil ? "dovecot" : "root"
        let path = "\(state)/\(file.relativePath)"
        try Self.makeDirectory("\(state)/\(file.directory)")
        try Ownership.set("\(state)/\(file.directory)", owner: owner, group: group, mode: file.directoryMode)
        try "".write(toFile: path, atomically: false, encoding: .utf8)
        try Ownership.set(path, owner: owner, group: group, mode: file.fileMode)
        let statements = Schema.statements(for: file) + Schema.seed(for: file)
        try run(file, ".output /dev/null\nPRAGMA journal_mode = WAL;\n.output")
        try run(file, "BEGIN;\n" + statements.map { $0 + ";\n" }.joined() + "COMMIT;")
    }

    /// A printed file with `mail` in place of the accounts that an installation makes.
    private static func withMail(_ text: String) -> String {
        ["vmail", "mailsql"].reduce(text) { $0.replacing(" = \($1)\n", with: " = mail\n") }
    }

    private static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    private static func write(_ files: [(name: String, text: String)], to directory: String) throws {
        for file in files {
            try file.text.write(toFile: "\(directory)/\(file.name)", atomically: false, encoding: .utf8)
            chmod("\(directory)/\(file.name)", 0o644)
        }
    }
}
