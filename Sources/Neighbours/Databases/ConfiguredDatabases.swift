import MailStore
import Storage

/// Where the databases are that the mail programs read and write.
package enum ConfiguredDatabases: Sendable, Equatable {
    /// SQLite's files below a state directory; absolute.
    case files(stateDirectory: String)
    /// Databases on a PostgreSQL server.
    case server(PostgreSQLAccess)

    /// The words of the engine. The queries are written once; PostgreSQL has one other word, `strpos` for `instr`.
    var dialect: Dialect {
        switch self {
        case .files: .sqlite
        case .server: .postgresql
        }
    }

    /// What Postfix and Dovecot call the engine.
    var engineName: String {
        switch self {
        case .files: "sqlite"
        case .server: "pgsql"
        }
    }

    /// The path of a file; for the engine of files only.
    static func path(of file: StoreFile, in stateDirectory: String) -> String {
        "\(stateDirectory)/\(file.relativePath)"
    }
}
