import MailStore

/// Who may use a route. Every route has one. Who is a global admin: `Contract.md` 3.1.
package enum Access: String, Sendable {
    /// Anybody whose address is let in: no session is needed.
    case open
    /// A global admin, or anybody from an address of `METRICS_CLIENTS`.
    case monitor
    /// Any admin.
    case anyAdmin = "any-admin"
    /// A global admin, or an admin of every domain in the path. A domain whose ownership is not proved does not count:
    /// it gives no power over anything outside itself (`Security.md` B17).
    case domainAdmin = "domain-admin"
    /// A global admin, or an admin of every domain in the path, proved or not.
    case domainClaimant = "domain-claimant"
    /// A global admin, or an admin who may create domains.
    case domainCreator = "domain-creator"
    /// A global admin, or an admin of the domain in the path, proved or not, who may also create domains.
    case domainOwner = "domain-owner"
    case globalAdmin = "global-admin"
    /// The operator of this machine, through the program's own tools.
    case `operator`
    /// The operator, and the user of the tools that look names up in the DNS, who may use no other routes.
    case lookup

    /// Who that is, for the documentation.
    package var meaning: String {
        switch self {
        case .open: "anybody; no session is needed"
        case .monitor: "global admins; from an address of METRICS_CLIENTS anybody"
        case .anyAdmin: "any admin"
        case .domainAdmin: "global admins, and admins of the domain, once its ownership is proved"
        case .domainClaimant: "global admins, and admins of the domain"
        case .domainCreator: "global admins, and admins who may create domains"
        case .domainOwner: "global admins, and admins of the domain who may create domains"
        case .globalAdmin: "global admins"
        case .operator: "the operator of the machine"
        case .lookup: "the operator of the machine, and its tools that read the DNS"
        }
    }

    /// Whether there are admins who may not use the route.
    var excludesSomeAdmins: Bool { self != .open && self != .anyAdmin }

    /// Whether it is for the program's own tools; for anybody else the path does not exist.
    var isForTools: Bool { self == .operator || self == .lookup }

    /// - Throws: `PERMISSION_DENIED`; for a domain that the caller does not manage the same whether it exists or not.
    func check(_ caller: AdminRow, _ path: PathValues, _ store: Store) throws {
        if caller.isGlobal { return }
        switch self {
        case .open, .anyAdmin: return
        case .globalAdmin, .monitor, .operator, .lookup: throw APIError.permissionDenied
        case .domainCreator: try requireCreator(caller)
        case .domainAdmin: try requireDomains(caller, path, store, mayWait: false)
        case .domainClaimant: try requireDomains(caller, path, store, mayWait: true)
        case .domainOwner:
            try requireDomains(caller, path, store, mayWait: true)
            try requireCreator(caller)
        }
    }

    /// Whether a route of this access is about the domains in its path, or accounts in them.
    var concernsDomains: Bool {
        switch self {
        case .domainAdmin, .domainClaimant, .domainCreator, .domainOwner: true
        case .open, .monitor, .anyAdmin, .globalAdmin, .operator, .lookup: false
        }
    }

    private func requireCreator(_ caller: AdminRow) throws {
        guard caller.mayCreateDomains else { throw APIError.permissionDenied }
    }

    private func requireDomains(_ caller: AdminRow, _ path: PathValues, _ store: Store, mayWait: Bool) throws {
        for domain in path.domains {
            switch try store.admins.rights(of: caller.username, over: domain) {
            case .none: throw APIError.permissionDenied
            case .waiting where !mayWait:
                throw APIError.permissionDenied.explained("The ownership of \(domain) is still to be proved.")
            case .waiting, .full: break
            }
        }
    }
}

extension AdminRow {
    /// Whether a normal admin may create domains. Global admins always may.
    var mayCreateDomains: Bool { settings["create_new_domains"] == "yes" }
}
