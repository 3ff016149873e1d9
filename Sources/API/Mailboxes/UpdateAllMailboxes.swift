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
        status = try form.optional(
            "accountStatus", .status, by: .caller, "Whether the users may log in and receive mail.", example: "active")
        password = try form.optional(
            "password", .password(.user), by: .caller, "The new password, the same for all.", example: "Secret-1234")
        language = try form.optional(
            "language", older: "preferredLanguage", .language, by: .caller, "Language of the users.", example: "en_US")
        transport = try form.optional(
            "transport", .transport, by: .profile(.relay), "Where mail for the users goes; empty for the domain's.",
            example: "dovecot")
    }
}

extension Mailboxes {
    static func admitChangesOfAll(_ call: Call, _ domain: DomainRow, _ input: AllMailboxesChanges) throws -> SlowWork? {
        _ = try plan(call, domain, input)
        // Once: every user gets the same stored text.
        return call.slowHash
    }

    static func updateAll(_ call: Call, _ domain: DomainRow, _ input: AllMailboxesChanges) throws -> Reply {
        let store = call.store
        let caller = try call.caller
        var changes = try plan(call, domain, input)
        if input.password != nil { changes.password = try call.newHash }
        let hasBegun = try store.beginUpdate(
            of: domain.name, changes, by: caller.username, reach: caller.isGlobal ? nil : caller.username, now: call.now
        )
        guard hasBegun else { return .unchanged }
        if changes.password != nil {
            // Those who were spared keep their password, and whoever has no mailbox here never had another one.
            for username in try store.sessions.admins(in: domain.name) {
                guard let mailbox = try store.mailboxes.find(username),
                    try call.reaches(mailbox)
                else { continue }
                try call.endSessions(of: username)
            }
        }
        var reply = Reply.changed(
            LogEntry(.update, "Update all mail users of domain: \(domain.name).", domain: domain.name.text))
        if try !store.makeFirstTurn(of: domain.name) { reply.unfinished = domain.name }
        return reply
    }

    /// What is to be written, without a password to be hashed, when nothing refuses it.
    private static func plan(
        _ call: Call, _ domain: DomainRow, _ input: AllMailboxesChanges
    ) throws -> MailboxStore.Changes {
        let caller = try call.caller
        if input.status == .disabled, caller.isGlobal, try call.store.mailboxes.hasGlobalAdmin(in: domain.name) {
            guard try call.store.admins.hasGlobalAdmin(outside: domain.name, now: call.now) else {
                throw APIError.permissionDenied.explained("The last global admin lives in this domain.")
            }
        }
        var changes = MailboxStore.Changes()
        changes.status = input.status
        changes.language = input.language
        if let transport = input.transport {
            if !transport.isEmpty { try Domains.requireAllowed(transport, caller, call.configuration.settings) }
            changes.transport = transport
        }
        if let password = input.password { try call.configuration.requireFit(password, in: domain) }
        return changes
    }
}
