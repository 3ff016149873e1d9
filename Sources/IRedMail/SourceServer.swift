/// A server of iRedMail's that is read through the client which is on such a server anyway.
///
///     let server = try SourceServer(mysql: "--defaults-extra-file=/root/.my.cnf", environment: variables)
package struct SourceServer: Sendable {
    package let engine: SourceEngine
    private let arguments: [String]
    private let connection: String
    private let environment: [String]

    /// - Parameters:
    ///   - mysql: options of `mysql` that say how to reach the server, between blanks.
    ///   - environment: what the client is started with, as `NAME=value`.
    /// - Throws: for an option that says something else, and for a password.
    package init(mysql: String, environment: [String]) throws(SourceFailure) {
        engine = .mysql
        connection = ""
        self.environment = environment
        let words = mysql.split(whereSeparator: \.isWhitespace).map(String.init)
        for word in words {
            let name = word.prefix { $0 != "=" }
            guard !word.hasPrefix("-p"), !(name.hasPrefix("--pas") && word.contains("=")) else {
                throw SourceFailure(
                    "a password on a command line can be read by everybody; put it into a file with mode 0600 and name it: "
                        + "--mysql --defaults-extra-file=FILE, with the lines [client], user=root, password=…")
            }
            guard Self.options.contains(String(name)) else {
                throw SourceFailure(
                    "\(word) does not say how to reach a server; --mysql takes \(Self.options.joined(separator: ", ")), "
                        + "each with = before its value")
            }
        }
        // These must stand first.
        arguments = words.filter { $0.hasPrefix("--defaults") } + words.filter { !$0.hasPrefix("--defaults") }
    }

    private static let options = [
        "--defaults-file", "--defaults-extra-file", "--defaults-group-suffix", "--host", "--port", "--protocol",
        "--socket", "--user", "--ssl", "--ssl-ca", "--ssl-capath", "--ssl-cert", "--ssl-key",
        "--ssl-verify-server-cert",
        "--compress", "--connect-timeout",
    ]

    /// - Parameters:
    ///   - postgresql: a connection string or URI as libpq takes it. A database that it names does not count.
    ///   - environment: what the client is started with, as `NAME=value`.
    /// - Throws: for a password.
    package init(postgresql: String, environment: [String]) throws(SourceFailure) {
        // Of a URI: what stands before the host.
        let host = postgresql.firstRange(of: "://").map { scheme in
            Substring(postgresql[scheme.upperBound...]).prefix { $0 != "/" && $0 != "?" }
        }
        let user = host.flatMap { host in host.lastIndex(of: "@").map { host[..<$0] } }
        let hasPassword = postgresql.filter { !$0.isWhitespace }.contains("password=") || user?.contains(":") == true
        guard !hasPassword else {
            throw SourceFailure(
                "a password on a command line can be read by everybody; put it into a passfile: ~/.pgpass with mode 0600, or "
                    + "passfile=FILE")
        }
        engine = .postgresql
        arguments = []
        connection = postgresql
        self.environment = environment
    }

    /// Begins to read a database.
    /// - Throws: when the client is missing, or does not reach the database.
    func session(_ database: String) throws(SourceFailure) -> ClientSession {
        let command = command(for: database)
        return try ClientSession(
            engine, ClientProcess(command.programs, command.arguments, environment: environment))
    }

    /// The names of its databases.
    /// - Throws: when it cannot be reached.
    func databases() throws -> Set<String> { try session(engine.commonDatabase).databases() }

    /// What a file of options may switch on, and would change what the client prints, or do more than that. Not every
    /// client knows all of them.
    private static let switchedOff = [
        "column-names", "column-type-info", "raw", "table", "html", "xml", "vertical", "auto-vertical-output",
        "show-warnings", "tee", "pager", "named-commands", "safe-updates", "force", "reconnect", "auto-rehash",
    ]

    /// The client, and what it is started with.
    func command(for database: String) -> (programs: [String], arguments: [String]) {
        switch engine {
        case .mysql:
            (
                // MariaDB's own, which need not have the old name; then that of MySQL.
                ["mariadb", "mysql"],
                arguments + [
                    "--batch", "--quick", "--unbuffered", "--binary-mode", "--delimiter=;", "--local-infile=0",
                    "--default-character-set=utf8mb4",
                ] + Self.switchedOff.map { "--loose-skip-\($0)" } + ["--database=\(database)"]
            )
        case .postgresql: (["psql"], ["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-d", named(database)])
        }
    }

    /// The last name of a database in a connection string holds.
    private func named(_ database: String) -> String {
        guard connection.contains("://") else { return "\(connection) dbname=\(database)" }
        return "\(connection)\(connection.contains("?") ? "&" : "?")dbname=\(database)"
    }
}
