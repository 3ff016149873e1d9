import MailStore

/// What a server of iRedMail's keeps its accounts in.
package enum IRedMailSource {
    /// MariaDB or PostgreSQL, with everything.
    case server(SourceServer)
    /// LDAP. The databases beside it have what is no account; nil when they are not read.
    case directory(SourceDirectory, databases: SourceServer?)

    var isServer: Bool { if case .server = self { true } else { false } }

    /// Whether the mail programs find rows whatever their case. LDAP compares all names so, and MariaDB is beside it.
    var ignoresCase: Bool {
        switch self {
        case .server(let server): server.engine.ignoresCase
        case .directory: true
        }
    }

    /// The database that Dovecot writes to.
    var databaseOfUsage: String {
        switch self {
        case .server: "vmail"
        case .directory: "iredadmin"
        }
    }

    /// - Parameters:
    ///   - staged: gives room for what a directory has.
    ///   - tell: called with what of an entry does not become rows: the kind, the table, the name and the reason.
    /// - Returns: the tables of accounts.
    /// - Throws: `SourceFailure`, `StoreError`.
    func accounts(
        _ staged: StagedState, _ tell: @escaping (SourceFinding.Kind, String, String, String) -> Void
    ) throws -> any SourceSession {
        switch self {
        case .server(let server): return try server.session("vmail")
        case .directory(let directory, _):
            let tables = try DirectoryTables(beside: staged, tell)
            try directory.forEachEntry(tables.add)
            return try tables.finish()
        }
    }

    /// The names of the databases; nil when none are read.
    func databases(beside accounts: any SourceSession) throws -> Set<String>? {
        switch self {
        case .server: return try (accounts as? ClientSession)?.databases()
        case .directory(_, let server): return try server?.session("information_schema").databases()
        }
    }

    /// Nil when it is not read.
    func database(_ name: String, beside accounts: any SourceSession) throws -> (any SourceSession)? {
        switch self {
        case .server(let server): return name == databaseOfUsage ? accounts : try server.session(name)
        case .directory(_, let server): return try server?.session(name)
        }
    }
}
