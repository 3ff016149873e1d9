import MailStore

/// What a server of iRedMail's keeps its accounts in.
package enum IRedMailSource {
    /// MariaDB or PostgreSQL, with everything.
    case server(SourceServer)
    /// LDAP. MariaDB beside it has what is no account; nil when that is not read.
    case directory(SourceDirectory, databases: SourceServer?)

    /// Whether the mail programs find rows whatever their case. LDAP compares all names so, and MariaDB does beside it.
    var ignoresCase: Bool {
        switch self {
        case .server(let server): server.engine.ignoresCase
        case .directory: true
        }
    }

    /// Nil when only a directory is read.
    var server: SourceServer? {
        switch self {
        case .server(let server): server
        case .directory(_, let server): server
        }
    }

    /// The database that Dovecot writes to.
    var databaseOfUsage: String {
        switch self {
        case .server: "vmail"
        case .directory: "iredadmin"
        }
    }

    /// Whether a domain that is off lets nobody log in. In a directory each account says so itself.
    var domainsDecideOnLogins: Bool { if case .server = self { true } else { false } }

    /// Whether the catch-all of a domain answers below its alias domains, too. In a directory it does not.
    var aliasDomainsHaveCatchAlls: Bool { if case .server = self { true } else { false } }

    /// - Parameters:
    ///   - staged: beside which the rows of a directory lie.
    ///   - tell: as of `DirectoryTables`.
    /// - Returns: the tables of accounts.
    /// - Throws: `SourceFailure`, `StoreError`.
    func accounts(
        _ staged: StagedState, _ tell: @escaping (SourceFinding, _ domain: String?) -> Void
    ) throws -> any SourceSession {
        switch self {
        case .server(let server): return try server.session("vmail")
        case .directory(let directory, _):
            let tables = try DirectoryTables(beside: staged, tell)
            try directory.forEachEntry(tables.add)
            return try tables.finish()
        }
    }
}
