import Mail
import MailStore
import SQLite

/// Who may use a route. Every route has one.
package enum Access: String, Sendable {
    /// Anybody whose address is let in: no session is needed.
    case open
    /// A global admin, or anybody from an address of `METRICS_CLIENTS`.
    case monitor
    /// Any admin.
    case anyAdmin = "any-admin"
    /// A global admin, or the admin of every domain in the path.
    case domainAdmin = "domain-admin"
    /// A global admin, or an admin who may create domains.
    case domainCreator = "domain-creator"
    /// A global admin, or an admin of the domain in the path who may also create domains.
    case domainOwner = "domain-owner"
    case globalAdmin = "global-admin"
    /// The operator of this machine, through the program's own tools.
    case `operator`

    /// - Throws: `PERMISSION_DENIED`, for a foreign domain and for one that does not exist alike.
    func check(_ caller: AdminRow, _ path: PathValues, _ store: Store) throws(APIError) {
        if caller.isGlobal { return }
        switch self {
        case .open, .anyAdmin: return
        case .globalAdmin, .monitor, .operator: throw .permissionDenied
        case .domainCreator: try requireCreator(caller)
        case .domainAdmin: try requireDomains(caller, path, store)
        case .domainOwner:
            try requireDomains(caller, path, store)
            try requireCreator(caller)
        }
    }

    /// Whether a route of this access is about the domains in its path, or accounts in them.
    var concernsDomains: Bool {
        switch self {
        case .domainAdmin, .domainCreator, .domainOwner: true
        case .open, .monitor, .anyAdmin, .globalAdmin, .operator: false
        }
    }

    private func requireCreator(_ caller: AdminRow) throws(APIError) {
        guard caller.mayCreateDomains else { throw .permissionDenied }
    }

    private func requireDomains(_ caller: AdminRow, _ path: PathValues, _ store: Store) throws(APIError) {
        for domain in path.domains {
            let manages = try stored { try store.admins.manages(caller.username, domain) }
            guard manages else { throw .permissionDenied }
        }
    }
}

extension AdminRow {
    /// Of a normal admin; a global one may anyway.
    var mayCreateDomains: Bool { settings["create_new_domains"] == "yes" }
}
