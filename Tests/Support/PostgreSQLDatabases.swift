import Foundation

/// Databases of a test's own on the PostgreSQL server that `POSTERN_POSTGRESQL` names; they go with the value.
///
/// The variable is a connection string of keywords, e.g. `host=/tmp/cluster user=postern`. The user is a superuser, and
/// the server lets every role in without a password (`trust`).
package final class PostgreSQLDatabases: Sendable {
    package static let connection = ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"]
    package static let isPossible = connection?.isEmpty == false && Program.isInstalled("/usr/bin/psql")

    /// Stands before the names of the databases.
    package let prefix = "t\(UInt64.random(in: 0...UInt64.max))_"
    private let names: [String]

    /// - Parameter databases: their names without the prefix.
    package init(_ databases: [String]) throws {
        names = databases
        for name in databases {
            try Self.run("postgres", "CREATE DATABASE \"\(prefix)\(name)\" TEMPLATE template0 ENCODING 'UTF8';")
        }
    }

    deinit {
        for name in names {
            // A test does not fail because a database stays.
            _ = try? Self.run("postgres", "DROP DATABASE IF EXISTS \"\(prefix)\(name)\" WITH (FORCE);")
        }
    }

    /// Runs SQL in one of the databases.
    ///
    /// - Parameter name: without the prefix.
    /// - Returns: what it prints: a line for each row, `|` between the values.
    /// - Throws: for whatever the server complains about.
    @discardableResult
    package func run(_ name: String, _ script: String) throws -> String { try Self.run(prefix + name, script) }

    /// Runs SQL in a database of any name.
    @discardableResult
    package static func run(_ database: String, _ script: String) throws -> String {
        let result = try Program.run(
            "/usr/bin/psql",
            ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "\(connection ?? "") dbname=\(database)"],
            input: "SET client_min_messages = warning;\n\(script)\n", limit: .seconds(30))
        guard result.status == 0, result.errorOutput.isEmpty else {
            throw Program.Failure(description: result.errorOutput)
        }
        return result.output
    }
}
