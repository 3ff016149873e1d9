import Mail
import MailStore

/// What a route is about, looked up before its parameters are read: a missing one has its own word.
struct Target<Value>: Sendable {
    let find: @Sendable (Call) throws(APIError) -> Value
    /// The parts of the profile that the caller may not change, as the domain's settings list them.
    var closedProfiles: @Sendable (Call, Value) throws(APIError) -> Set<String> = { _, _ in [] }
}

extension Target where Value == Void {
    static var none: Target { Target { _ throws(APIError) in } }
}

extension Target where Value == DomainRow {
    /// The primary domain in the path, or of the address there.
    static var domain: Target {
        Target { call throws(APIError) in
            let name = try call.domain
            guard let row = try stored({ try call.store.domains.find(name) }) else { throw .noSuchDomain }
            return row
        }
    }

    /// The domain of an account that is to be made: its address must be one that can log in.
    static var domainOfNewAccount: Target {
        Target { call throws(APIError) in
            guard try call.mail.isFitForLocalAccount else {
                throw .invalidMail.explained("A local part may have letters, digits and . _ - only.")
            }
            return try Target.domain.find(call)
        }
    }
}

extension Target where Value == MailboxRow {
    /// The mailbox in the path.
    static var mailbox: Target {
        Target { call throws(APIError) in
            let address = try call.mail
            guard let row = try stored({ try call.store.mailboxes.find(address) }) else { throw .noSuchAccount }
            return row
        }
    }

    /// The mailbox in the path, if the caller may change it: that of a global admin is for global admins.
    static var mailboxToChange: Target {
        Target(
            find: { call throws(APIError) in
                let row = try Target.mailbox.find(call)
                if row.isGlobalAdmin, try !call.caller.isGlobal { throw .permissionDeniedForGlobalAdmin }
                return row
            },
            closedProfiles: { (call, row) throws(APIError) in
                if try call.caller.isGlobal { return [] }
                let domain = try stored { try call.store.domains.find(row.address.domain) }
                return Set(domain?.settings[list: "disabled_user_profiles"] ?? [])
            })
    }
}
