import Mail
import MailStore

/// What a route is about. It is looked up before faults of the form are told, and one that is missing has its own word.
struct Target<Value>: Sendable {
    let find: @Sendable (Call) throws -> Value
    /// Announces to the store what will be read.
    var announce: @Sendable (Store, PathValues, PreparedRequest) -> Void = { _, _, _ in }
    /// Whether that is all that the operation reads, beside session and rights.
    var announcesAll = false
    /// What `find` may throw.
    var refusals: [APIError] = []
    /// What `closed` decides about. A route with a parameter that needs anything else stops the program.
    var decidable: FieldAccess = []
    /// What of `decidable` is closed to the caller.
    var closed: @Sendable (Call, Value) throws -> FieldAccess = { _, _ in [] }
}

extension Target where Value == Void {
    static var none: Target { Target(find: { _ in }) }

    /// The profile of the mailbox in the path, which the operation itself looks up.
    static var mailboxProfile: Target {
        Target(
            find: { _ in },
            announce: { store, path, _ in
                if let address = path.mail { store.announceMailboxProfile(of: address) }
            }, announcesAll: true)
    }
}

extension Target where Value == DomainRow {
    /// The primary domain in the path, or of the address there.
    static var domain: Target {
        Target(
            find: { call in
                let name = try call.domain
                guard let row = try call.store.domains.find(name) else { throw APIError.noSuchDomain }
                return row
            },
            announce: { store, path, _ in
                if let name = path.domain ?? path.mail?.domain { store.domains.announce(name) }
            }, refusals: [.noSuchDomain])
    }

    /// The domain in the path. Closed to a normal admin is what its settings name, what is for global admins, and what
    /// needs the right to create domains or a proved domain where that is missing.
    static var domainToChange: Target {
        Target(
            find: Target.domain.find, announce: Target.domain.announce, refusals: Target.domain.refusals,
            decidable: FieldAccess.profile(ProfilePart.allCases).union([.globalAdmin, .domainCreator, .provenDomain]),
            closed: { call, row in
                let caller = try call.caller
                if caller.isGlobal { return [] }
                var closed = FieldAccess(closed: row.settings[list: "disabled_domain_profiles"]).union(.globalAdmin)
                if !caller.mayCreateDomains { closed.insert(.domainCreator) }
                if try call.isWaiting(row) { closed.insert(.provenDomain) }
                return closed
            })
    }

    /// The domain in the path, for a change of all its users.
    static var domainOfUsers: Target {
        Target(
            find: Target.domain.find, announce: Target.domain.announce, refusals: Target.domain.refusals,
            decidable: judgedOfUsers,
            closed: { call, row in try closedUserProfiles(of: row.name, call) })
    }

    /// The domain of a new mailbox.
    static var domainOfNewMailbox: Target {
        var target = domainOfNewAccount
        target.announce = { store, path, request in
            Target.domain.announce(store, path, request)
            if let address = path.mail { Mailboxes.announceNew(address, store, request) }
        }
        return target
    }

    /// The domain of a new account, whose address must be one that can log in to Dovecot (`Contract.md` 2.2).
    static var domainOfNewAccount: Target {
        Target(
            find: { call in
                guard try call.mail.isFitForLocalAccount else {
                    throw APIError.invalidMail.explained("A local part may have letters, digits and . _ - only.")
                }
                return try Target.domain.find(call)
            }, announce: Target.domain.announce, refusals: [.invalidMail] + Target.domain.refusals)
    }
}

extension Target where Value == MailboxRow {
    /// The mailbox in the path.
    static var mailbox: Target {
        Target(
            find: { call in
                let address = try call.mail
                guard let row = try call.store.mailboxes.find(address) else { throw APIError.noSuchAccount }
                return row
            },
            announce: { store, path, _ in
                if let address = path.mail { store.mailboxes.announce(address) }
            }, refusals: [.noSuchAccount])
    }

    /// The mailbox in the path, if the caller may change it.
    static var mailboxToChange: Target {
        Target(
            find: { call in
                let row = try Target.mailbox.find(call)
                try call.requireReach(of: row)
                return row
            }, announce: Target.mailbox.announce,
            refusals: [.noSuchAccount, .permissionDenied, .permissionDeniedForGlobalAdmin],
            decidable: judgedOfUsers,
            closed: { call, row in
                try closedUserProfiles(of: row.address.domain, call)
            })
    }
}

/// What `closedUserProfiles` decides about.
private let judgedOfUsers = FieldAccess.profile(ProfilePart.allCases).union([.globalAdmin, .provenDomain])

/// What of users' profiles is closed to the caller: the parts that the domain's settings name, what is for global
/// admins, and what needs a proved domain where it is not proved.
private func closedUserProfiles(of domain: DomainName, _ call: Call) throws -> FieldAccess {
    if try call.caller.isGlobal { return [] }
    guard let row = try call.store.domains.find(domain) else { return .globalAdmin }
    var closed = FieldAccess(closed: row.settings[list: "disabled_user_profiles"]).union(.globalAdmin)
    if try call.isWaiting(row) { closed.insert(.provenDomain) }
    return closed
}

extension Target where Value == StandaloneAdminRow {
    /// The standalone admin in the path; a mail user with admin rights is none.
    static var admin: Target {
        Target(
            find: { call in
                let username = try call.mail
                guard let row = try call.store.standaloneAdmins.find(username) else { throw APIError.noSuchAccount }
                return row
            }, refusals: [.noSuchAccount])
    }
}

extension Target where Value == AliasRow {
    /// The alias in the path; a mailing list is none.
    static var alias: Target { account(isList: false) }

    /// The mailing list in the path; an alias is none.
    static var mailingList: Target { account(isList: true) }

    private static func account(isList: Bool) -> Target {
        Target(
            find: { call in
                let address = try call.mail
                guard let row = try call.store.aliases.find(address, isList: isList) else {
                    throw APIError.noSuchAccount
                }
                return row
            }, refusals: [.noSuchAccount])
    }
}

extension Call {
    /// Whether a domain waits until its ownership is proved (`Contract.md` 3.2).
    func isWaiting(_ domain: DomainRow) throws -> Bool {
        guard domain.status == .disabled else { return false }
        return try store.domains.isWaiting(domain.name)
    }
}
