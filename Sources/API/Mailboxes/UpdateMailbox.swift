import Mail
import MailStore
import PasswordHash
import Settings

struct MailboxChanges: FormInput {
    let name: String?
    let password: Secret?
    let quota: Quota?
    let status: AccountStatus?
    let language: String?
    let employeeID: String?
    let forwarding: [MailAddress]?
    let aliases: [MailAddress]?
    let addedAliases: [MailAddress]?
    let removedAliases: [MailAddress]?

    init(_ form: inout Form) throws(APIError) {
        try form.closed(by: "forwarding", "forwarding")
        try form.closed(by: "aliases", "aliases", "addAlias", "removeAlias")
        try form.exclusive("aliases", "addAlias", "removeAlias")
        name = try form.optional("name", legacy: "cn", .text, "The user's name.", example: "Jo Example")
        password = try form.optional("password", .password(.user), "The new password.", example: "Secret-1234")
        quota = try form.optional(
            "quota", legacy: "mailQuota", .megabytes, "Quota of the mailbox, in MB.", example: "1024")
        status = try form.optional(
            "accountStatus", .status, "Whether the user may log in and receive mail.", example: "active")
        language = try form.optional(
            "language", legacy: "preferredLanguage", .language, "Language of the user.", example: "en_US")
        employeeID = try form.optional("employeeid", .text, "Number or id of the employee.", example: "4711")
        forwarding = try form.optional(
            "forwarding", .addressList, "Where mail goes; the user's own address among them keeps a copy.",
            example: "jo@example.com,jo@example.net")
        aliases = try form.optional(
            "aliases", .addressList, "All further addresses of the user.", example: "j.example@example.com")
        addedAliases = try form.optional(
            "addAlias", .addressItems, "Further addresses to be added.", example: "j.example@example.com")
        removedAliases = try form.optional(
            "removeAlias", .addressItems, "Further addresses to be removed.", example: "j.example@example.com")
    }
}

extension Mailboxes {
    static func update(_ call: Call, _ mailbox: MailboxRow, _ input: MailboxChanges) throws(APIError) -> Reply {
        let address = mailbox.address
        let store = call.store
        guard let domain = try stored({ try store.domains.find(address.domain) }) else { throw .noSuchDomain }
        if input.status == .disabled { try requireAnotherGlobalAdmin(than: mailbox, call) }
        var changes = MailboxStore.Changes()
        changes.name = input.name
        changes.language = input.language
        changes.employeeID = input.employeeID
        changes.status = input.status
        if let quota = input.quota { changes.quota = try QuotaRule(for: address, in: domain, store).quota(asked: quota) }
        if let password = input.password {
            let scheme = call.configuration.userScheme
            try call.configuration.passwordPolicy(of: domain).require(password, for: scheme)
            changes.password = try call.hash(password, scheme)
        }
        let newAliases = try aliasesToAdd(input.aliases ?? input.addedAliases ?? [], to: mailbox, call)
        var isChanged = try stored { try store.mailboxes.update(address, changes, now: call.now) }
        if input.status != nil { try stored { try store.forwardings.refreshActivity(touching: address) } }
        if let destinations = input.forwarding {
            try stored { try store.forwardings.setDestinations(of: address, to: destinations) }
            isChanged = true
        }
        if input.aliases != nil || input.addedAliases != nil || input.removedAliases != nil {
            try changeAliases(of: address, adding: newAliases, input, store)
            isChanged = true
        }
        if changes.password != nil, mailbox.isAdmin || mailbox.isGlobalAdmin {
            try call.endSessions(of: address)
        }
        guard isChanged else { return .unchanged }
        try stored { try store.mailboxes.touch(address, now: call.now) }
        return .changed(
            LogEntry(.update, "Update mail user: \(address).", domain: domain.name.text, account: address.text))
    }

    private static func changeAliases(
        of address: MailAddress, adding new: [MailAddress], _ input: MailboxChanges, _ store: Store
    ) throws(APIError) {
        try stored {
            if let wanted = input.aliases {
                for alias in try store.forwardings.aliases(of: address).compactMap({ MailAddress($0) })
                where !wanted.contains(alias) {
                    try store.forwardings.removeAlias(alias, of: address)
                }
            }
            for alias in input.removedAliases ?? [] { try store.forwardings.removeAlias(alias, of: address) }
            for alias in new { try store.forwardings.addAlias(alias, to: address) }
        }
    }

    /// Those of the wanted further addresses that are new, free, and in a domain where the user may have them. Others
    /// are passed over; strict handling refuses them.
    private static func aliasesToAdd(
        _ wanted: [MailAddress], to mailbox: MailboxRow, _ call: Call
    ) throws(APIError) -> [MailAddress] {
        guard !wanted.isEmpty else { return [] }
        let own = try stored { Set(try call.store.forwardings.aliases(of: mailbox.address)) }
        var new: [MailAddress] = []
        for alias in wanted where alias != mailbox.address && !own.contains(alias.text) {
            guard alias.isFitForLocalAccount, try isAllowed(alias.domain, for: mailbox, call) else {
                if call.isStrict { throw .invalidMail.explained("\(alias) is not in a domain of this user.") }
                continue
            }
            guard try !isTaken(alias, call) else {
                if call.isStrict { throw .alreadyExists.explained("\(alias) is in use already.") }
                continue
            }
            new.append(alias)
        }
        return new
    }

    /// The user's own domain, its alias domains, or, where the settings allow it, any hosted one the caller manages.
    private static func isAllowed(
        _ domain: DomainName, for mailbox: MailboxRow, _ call: Call
    ) throws(APIError) -> Bool {
        if domain == mailbox.address.domain { return true }
        let store = call.store
        guard let target = try stored({ try store.domains.primary(of: domain) }) else { return false }
        if target == mailbox.address.domain { return true }
        guard call.configuration.settings[Settings.userAliasesCrossDomains] else { return false }
        let caller = try call.caller
        if caller.isGlobal { return true }
        return try stored { try store.admins.manages(caller.username, target) }
    }

    /// Somebody must remain who can undo it.
    static func requireAnotherGlobalAdmin(than mailbox: MailboxRow, _ call: Call) throws(APIError) {
        guard mailbox.isGlobalAdmin, mailbox.status == .active else { return }
        try call.requireGlobalAdmin(besides: mailbox.address)
    }
}
