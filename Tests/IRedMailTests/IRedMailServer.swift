import Foundation
import IRedMail
import Support

/// What a server of iRedMail's runs on, with the words in which it is told its rows.
enum ServerEngine: String, CaseIterable, Sendable {
    case mariadb
    case postgresql

    static let installed = allCases.filter {
        $0 == .mariadb ? MariaDBServer.isInstalled : PostgreSQLCluster.isInstalled
    }

    /// Bytes, as a value of SQL.
    func bytes(_ bytes: some Sequence<UInt8>) -> String {
        let digits = bytes.map { String(format: "%02x", $0) }.joined()
        return self == .mariadb ? "x'\(digits)'" : "'\\x\(digits)'"
    }
}

/// A server with the four databases that iRedMail makes, on either engine.
final class IRedMailServer {
    static let databases = ["vmail", "amavisd", "iredapd", "iredadmin"]

    let engine: ServerEngine
    private let mariadb: MariaDBServer?
    private let postgresql: PostgreSQLCluster?

    init(_ engine: ServerEngine, _ release: IRedMailTables.Release = .newest, databases: [String] = databases) throws {
        self.engine = engine
        mariadb = engine == .mariadb ? try MariaDBServer() : nil
        postgresql = engine == .postgresql ? try PostgreSQLCluster() : nil
        for database in databases { try create(database, release) }
        if engine == .postgresql, databases.contains("amavisd") {
            try run("amavisd", "ALTER DATABASE amavisd SET bytea_output = 'escape'")
        }
    }

    /// - Parameter encoding: PostgreSQL's name of one; nil for its own.
    func create(
        _ database: String, _ release: IRedMailTables.Release = .newest, encoding: String? = nil,
        isBesideDirectory: Bool = false
    ) throws {
        let tables = IRedMailTables(release, at: engine == .mariadb ? .mariadb : .postgresql)
        let options = encoding.map { " ENCODING \($0) LOCALE 'C' TEMPLATE template0" } ?? ""
        try run(engine == .mariadb ? "" : "postgres", "CREATE DATABASE \(database)\(options)")
        try run(database, tables.script(for: database, isBesideDirectory: isBesideDirectory))
    }

    /// What a server with LDAP has beside its directory.
    convenience init(besideDirectoryWith rows: IRedMailRows) throws {
        try self.init(.mariadb, databases: ["amavisd", "iredapd"])
        try create("iredadmin", isBesideDirectory: true)
        for (database, script) in rows.besideDirectory { try run(database, script) }
    }

    /// A line for each row.
    @discardableResult
    func run(_ database: String, _ script: String) throws -> String {
        try mariadb?.sql(database, script) ?? postgresql?.sql(database, script) ?? ""
    }

    /// What `postern import iredmail` is given to reach it.
    var option: (name: String, value: String) {
        mariadb.map { ("--mysql", $0.options.joined(separator: " ")) }
            ?? ("--postgresql", postgresql?.connection ?? "")
    }

    static let environment = Program.environment.map { "\($0.key)=\($0.value)" }

    var source: SourceServer {
        get throws {
            try engine == .mariadb
                ? SourceServer(mysql: option.value, environment: Self.environment)
                : SourceServer(postgresql: option.value, environment: Self.environment)
        }
    }

    /// Of all rows of all tables.
    func checksums() throws -> [String] {
        try Self.databases.flatMap { database in
            let tables = try run(
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_schema = "
                    + (engine == .mariadb ? "'\(database)'" : "'public'") + " ORDER BY table_name"
            ).split(separator: "\n")
            return try tables.map { table in
                try engine == .mariadb
                    ? run(database, "CHECKSUM TABLE \"\(table)\" EXTENDED")
                    : run(
                        database,
                        "SELECT '\(table)', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM public.\(table) AS t"
                    )
            }
        }
    }
}
