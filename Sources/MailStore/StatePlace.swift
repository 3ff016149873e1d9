package import Storage

/// Where the databases of a state are.
package enum StatePlace: Sendable, Hashable {
    /// SQLite's files below a state directory, named without a trailing slash.
    case files(_ directory: String)
    case server(ServerState)
}

/// The databases at a PostgreSQL server: `vmail` with the accounts and what Dovecot writes, `amavisd` and `iredapd` as
/// iRedMail has them, `postern` with the sessions.
package struct ServerState: Sendable, Hashable, CustomStringConvertible {
    package let server: PostgreSQLServer
    /// Stands before the names of the databases; empty as a rule.
    package let prefix: String

    package init(_ server: PostgreSQLServer, prefix: String = "") {
        self.server = server
        self.prefix = prefix
    }

    /// - Parameters:
    ///   - connection: as the setting `DATABASE` has it.
    ///   - user: who works there when it names nobody; nil for whoever runs this.
    /// - Throws: `StoreError` when it is no connection string, has a password, or libpq is missing.
    package init(_ connection: String, user: String? = "postern") throws {
        let server = PostgreSQLServer(connection, user: user)
        let parameters = try StoreError.translating { try server.parameters() }
        guard parameters["password"] == nil else {
            throw StoreError(
                .other, "PostgreSQL", "a password belongs into a passfile, and not into the connection string")
        }
        self.init(server)
    }

    /// The hosts, for messages.
    package var description: String {
        let parameters = (try? server.parameters()) ?? [:]
        return parameters["host"] ?? parameters["hostaddr"] ?? parameters["service"] ?? "on this machine"
    }

    package func name(of database: ServerDatabase) -> String { prefix + database.rawValue }

    package func connect(
        to database: ServerDatabase, _ mode: PostgreSQLConnection.Mode
    ) throws -> PostgreSQLConnection {
        try StoreError.translating { try PostgreSQLConnection(server, database: name(of: database), mode) }
    }
}

/// The databases at a server; everything is in the schema `public`.
package enum ServerDatabase: String, CaseIterable, Sendable {
    /// Accounts, the admin log, and what Dovecot's dictionaries write.
    case vmail
    case amavisd
    case iredapd
    /// Sessions: nobody else's business.
    case postern

    /// The files whose tables it holds, with SQLite.
    package var files: [StoreFile] { StoreFile.allCases.filter { ServerDatabase(holding: $0) == self } }

    /// The database that holds the tables of a file.
    package init(holding file: StoreFile) {
        switch file {
        case .vmail, .usage: self = .vmail
        case .amavisd: self = .amavisd
        case .iredapd: self = .iredapd
        case .api: self = .postern
        }
    }
}
