import Mail
import MailStore

/// What a route is about. It is looked up before anything is said about the parameters; a missing one has its own word.
struct Target<Value>: Sendable {
    let find: @Sendable (Call) throws -> Value
    /// The parts of the profile that the caller may not change, as the domain's settings list them.
    var closedProfiles: @Sendable (Call, Value) throws -> Set<String> = { _, _ in [] }
}

extension Target where Value == Void {
    static var none: Target { Target { _ in } }
}

extension Target where Value == DomainRow {
    /// The primary domain in the path, or of the address there.
    static var domain: Target {
        Target { call in
            let name = try call.domain
            guard let row = try call.store.domains.find(name) else { throw APIError.noSuchDomain }
            return row
        }
    }

    /// The domain in the path, with what of it is closed to a normal admin: the parts its settings name, and what is
    /// for global admins or for those who may create domains.
    static var domainToChange: Target {
        Target(
            find: Target.domain.find,
            closedProfiles: { call, row in
                let caller = try call.caller
                if caller.isGlobal { return [] }
                var closed = Set(row.settings[list: "disabled_domain_profiles"])
                closed.insert(Access.globalAdmin.rawValue)
                if !caller.mayCreateDomains { closed.insert(Access.domainCreator.rawValue) }
                if try call.isWaiting(row) { closed.insert(Access.waitingProfile) }
                return closed
            })
    }

    /// The domain in the path, with what of its users' profiles is closed to a normal admin.
    static var domainOfUsers: Target {
        Target(
            find: Target.domain.find,
            closedProfiles: { call, row in try closedUserProfiles(of: row.name, call) })
    }

    /// The domain of an account that is to be made: its address must be one that can log in.
    static var domainOfNewAccount: Target {
        Target { call in
            guard try call.mail.isFitForLocalAccount else {
                throw APIError.invalidMail.explained("A local part may have letters, digits and . _ - only.")
            }
            return try Target.domain.find(call)
        }
    }
}

extension Target where Value == MailboxRow {
    /// The mailbox in the path.
    static var mailbox: Target {
        Target { call in
            let address = try call.mail
            guard let row = try call.store.mailboxes.find(address) else { throw APIError.noSuchAccount }
            return row
        }
    }

    /// The mailbox in the path, if the caller may change it.
    static var mailboxToChange: Target {
        Target(
            find: { call in
                let row = try Target.mailbox.find(call)
                try call.requireReach(of: row)
                return row
            },
            closedProfiles: { call, row in
                try closedUserProfiles(of: row.address.domain, call)
            })
    }
}

/// The parts of users' profiles that a domain's settings close to a normal admin, and what is for global admins.
private func closedUserProfiles(of domain: DomainName, _ call: Call) throws -> Set<String> {
    if try call.caller.isGlobal { return [] }
    guard let row = try call.store.domains.find(domain) else { return [Access.globalAdmin.rawValue] }
    var closed = Set(row.settings[list: "disabled_user_profiles"])
    closed.insert(Access.globalAdmin.rawValue)
    if try call.isWaiting(row) { closed.insert(Access.waitingProfile) }
    return closed
}

extension Target where Value == StandaloneAdminRow {
    /// The standalone admin in the path; a mail user with admin rights is none.
    static var admin: Target {
        Target { call in
            let username = try call.mail
            guard let row = try call.store.standaloneAdmins.find(username) else { throw APIError.noSuchAccount }
            return row
        }
    }
}

extension Target where Value == AliasRow {
    /// The alias in the path; a mailing list is none.
    static var alias: Target { account(isList: false) }

    /// The mailing list in the path; an alias is none.
    static var mailingList: Target { account(isList: true) }

    private static func account(isList: Bool) -> Target {
        Target { call in
            let address = try call.mail
            guard let row = try call.store.aliases.find(address, isList: isList) else {
                throw APIError.noSuchAccount
            }
            return row
        }
    }
}

extension Call {
    /// Whether a domain waits for a proof that it is its maker's.
    func isWaiting(_ domain: DomainRow) throws -> Bool {
        guard domain.status == .disabled else { return false }
        return try store.domains.isWaiting(domain.name)
    }
}
