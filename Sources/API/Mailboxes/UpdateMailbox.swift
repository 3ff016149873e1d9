import Mail
import MailStore
import PasswordHash

extension Mailboxes {
    static func admitChanges(_ call: Call, _ mailbox: MailboxRow, _ input: MailboxChanges) throws -> SlowWork? {
        _ = try plan(call, mailbox, input)
        return call.slowHash
    }

    static func update(_ call: Call, _ mailbox: MailboxRow, _ input: MailboxChanges) throws -> Reply {
        let address = mailbox.address
        let store = call.store
        var (changes, newAliases) = try plan(call, mailbox, input)
        if input.password != nil { changes.password = try call.newHash }
        var isChanged = try store.mailboxes.update(address, changes, now: call.now)
        if input.status != nil { try store.forwardings.refreshActivity(touching: address) }
        if let isGlobal = input.isGlobalAdmin {
            try store.admins.setGlobal(mailbox: address, isGlobal, now: call.now)
            isChanged = true
        }
        if try changeDestinations(of: address, input, store) { isChanged = true }
        if try changeAliases(of: address, adding: newAliases, input, store) { isChanged = true }
        if try changeRouting(of: address, input, call) { isChanged = true }
        if changes.password != nil, mailbox.isAdmin || mailbox.isGlobalAdmin { try call.endSessions(of: address) }
        guard isChanged else { return .unlogged }
        try store.mailboxes.touch(address, now: call.now)
        return .changed(
            LogEntry(
                .update, "Update mail user: \(address).", domain: address.domain.text, account: address.text))
    }

    /// What is to be written, still without the hash of a new password; throws why the change is refused.
    private static func plan(
        _ call: Call, _ mailbox: MailboxRow, _ input: MailboxChanges
    ) throws -> (changes: MailboxStore.Changes, newAliases: [MailAddress]) {
        guard let domain = try call.store.domains.find(mailbox.address.domain) else { throw APIError.noSuchAccount }
        if input.status == .disabled || input.isGlobalAdmin == false {
            try requireAnotherGlobalAdmin(than: mailbox, call)
        }
        if input.isGlobalAdmin == true, try call.isWaiting(domain) {
            throw APIError.permissionDenied.at(
                "isGlobalAdmin", "The ownership of \(domain.name) is still to be proved.")
        }
        return (try changes(of: mailbox, in: domain, input, call), try aliasesToAdd(input, to: mailbox, call))
    }

    /// The columns of `mailbox` to be written.
    private static func changes(
        of mailbox: MailboxRow, in domain: DomainRow, _ input: MailboxChanges, _ call: Call
    ) throws -> MailboxStore.Changes {
        var changes = MailboxStore.Changes()
        changes.name = input.name
        changes.firstName = input.firstName
        changes.lastName = input.lastName
        changes.telephone = input.telephone
        changes.mobile = input.mobile
        changes.employeeID = input.employeeID
        changes.language = input.language
        changes.status = input.status
        changes.services = input.services.switched
        changes.format = input.storage.format
        changes.folder = input.storage.folder
        if let transport = input.transport {
            if !transport.isEmpty { try Domains.requireTransport(transport, call.caller, call.configuration.settings) }
            changes.transport = transport
        }
        if let path = input.storage.path { changes.path = try checkedPath(path, for: mailbox.address, call) }
        if let quota = input.quota {
            changes.quota = try QuotaRule(for: mailbox.address, in: domain, call.store).quota(asked: quota)
        }
        if let hash = input.passwordHash { changes.password = hash.text }
        if let password = input.password { try call.configuration.requirePasswordPolicy(password, in: domain) }
        return changes
    }

    private static func changeDestinations(
        of address: MailAddress, _ input: MailboxChanges, _ store: Store
    ) throws -> Bool {
        if let destinations = input.forwarding.replaced {
            try store.forwardings.setDestinations(of: address, to: destinations)
            return true
        }
        let added = input.forwarding.added ?? []
        let removed = input.forwarding.removed ?? []
        guard !added.isEmpty || !removed.isEmpty else { return false }
        var kept = try store.forwardings.destinations(of: address).compactMap { MailAddress($0) }
        // Sets, because there may be very many addresses, and this runs on the writer.
        let (known, gone) = (Set(kept), Set(removed))
        kept.removeAll { gone.contains($0) }
        kept += added.filter { !known.contains($0) || gone.contains($0) }
        try store.forwardings.setDestinations(of: address, to: kept)
        return true
    }

    private static func changeRouting(of address: MailAddress, _ input: MailboxChanges, _ call: Call) throws -> Bool {
        let routing = call.store.routing
        if let bcc = input.senderBcc { try routing.setBcc(of: address, .sender, to: bcc.value, now: call.now) }
        if let bcc = input.recipientBcc {
            try routing.setBcc(of: address, .recipient, to: bcc.value, now: call.now)
        }
        if let relay = input.outboundRelay { try routing.setRelayhost(of: address.text, to: relay.value) }
        return input.senderBcc != nil || input.recipientBcc != nil || input.outboundRelay != nil
    }

    /// Checks a directory that was sent, and splits it as the settings do. Source: `Contract.md` 7.2.
    ///
    /// It must not be, hold or lie in another mailbox' directory, existing or deleted: one user would read the other's
    /// mail, or a purge would remove it. A normal admin must stay below the directory of the mailbox' own domain, and
    /// cannot choose where the layout has none.
    static func checkedPath(_ path: MailboxPath, for address: MailAddress, _ call: Call) throws -> MailboxPath {
        let layout = call.configuration.maildirLayout
        let placed = layout.placed(path)
        if try !call.caller.isGlobal {
            guard let own = layout.directory(of: address.domain), placed.directory.hasPrefix(own),
                placed.directory != own
            else {
                throw APIError.permissionDenied.at(
                    "maildir", "The path is not below the directory of the user's domain.")
            }
        }
        // A mailbox there would keep every further one from being made.
        guard !layout.storage.hasPrefix(placed.directory) else {
            throw APIError.invalidParameter.at("maildir", "All mailboxes lie there.")
        }
        guard try call.store.mailboxes.obstacle(to: placed, besides: address) == nil else {
            throw APIError.alreadyExists.at("maildir", "Another mailbox lies there, or a deleted one's messages.")
        }
        return placed
    }

    /// Refuses to delete, disable or demote the last active global admin (`Security.md` B10).
    static func requireAnotherGlobalAdmin(than mailbox: MailboxRow, _ call: Call) throws {
        guard mailbox.isGlobalAdmin, mailbox.status == .active else { return }
        try call.requireGlobalAdmin(besides: mailbox.address)
    }
}

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
        // One hash: every user gets the same stored text.
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
        guard hasBegun else { return .unlogged }
        if changes.password != nil {
            // Sessions of users whom the caller may not change, and of standalone admins, go on: their passwords stay.
            for username in try store.sessions.admins(in: domain.name) {
                guard let mailbox = try store.mailboxes.find(username),
                    try call.reaches(mailbox)
                else { continue }
                try call.endSessions(of: username)
            }
        }
        var reply = Reply.changed(
            LogEntry(.update, "Update all mail users of domain: \(domain.name).", domain: domain.name.text))
        if try !store.makeFirstTurn(of: domain.name) { reply.unfinishedDomain = domain.name }
        return reply
    }

    /// What is to be written, still without the hash of a new password; throws why the change is refused.
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
            if !transport.isEmpty { try Domains.requireTransport(transport, caller, call.configuration.settings) }
            changes.transport = transport
        }
        if let password = input.password { try call.configuration.requirePasswordPolicy(password, in: domain) }
        return changes
    }
}
