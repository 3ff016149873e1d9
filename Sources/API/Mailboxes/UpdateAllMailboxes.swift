import Mail
import MailStore
import PasswordHash

/// What PUT of all users of a domain takes.
struct AllMailboxesChanges: FormInput {
    let status: AccountStatus?
    let password: Secret?
    let language: String?
    let transport: String?

    init(_ form: inout Form) throws(APIError) {
        try form.closed(by: "relay", "transport")
        status = try form.optional(
            "accountStatus", .status, "Whether the users may log in and receive mail.", example: "active")
        password = try form.optional(
            "password", .password(.user), "The new password, the same for all.", example: "Secret-1234")
        language = try form.optional(
            "language", legacy: "preferredLanguage", .language, "Language of the users.", example: "en_US")
        transport = try form.optional(
            "transport", .transport, "Where mail for the users goes; empty for the domain's.", example: "dovecot")
    }
}

extension Mailboxes {
    static func updateAll(
        _ call: Call, _ domain: DomainRow, _ input: AllMailboxesChanges
    ) throws(APIError) -> Reply {
        let store = call.store
        let isGlobal = try call.caller.isGlobal
        if input.status == .disabled, isGlobal, try stored({ try store.mailboxes.hasGlobalAdmin(in: domain.name) }) {
            guard try stored({ try store.admins.hasGlobalAdmin(outside: domain.name, now: call.now) }) else {
                throw .permissionDenied.explained("The last global admin lives in this domain.")
            }
        }
        var changes = MailboxStore.Changes()
        changes.status = input.status
        changes.language = input.language
        if let transport = input.transport {
            if !transport.isEmpty { try Domains.requireAllowed(transport, call.caller, call.configuration.settings) }
            changes.transport = transport
        }
        if let password = input.password {
            let scheme = call.configuration.userScheme
            try call.configuration.passwordPolicy(of: domain).require(password, for: scheme)
            // Once: every user gets the same stored text.
            changes.password = try call.hash(password, scheme)
        }
        let reach = isGlobal ? nil : try call.caller.username
        let own = try call.caller.username.domain == domain.name ? call.session : nil
        let isDone = try stored { () -> Bool? in
            guard try store.beginUpdate(of: domain.name, changes, by: call.caller.username, reach: reach, now: call.now) else {
                return nil
            }
            if changes.password != nil { try store.sessions.endAll(in: domain.name, besides: own) }
            return try store.continueChange(of: domain.name)
        }
        guard let isDone else { return .unchanged }
        var reply = Reply.changed(
            LogEntry(.update, "Update all mail users of domain: \(domain.name).", domain: domain.name.text))
        if !isDone { reply.unfinished = domain.name }
        return reply
    }
}
