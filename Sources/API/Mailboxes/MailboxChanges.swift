import Mail
import MailStore
import PasswordHash
import Settings

/// What PUT of a mail user takes.
struct MailboxChanges: FormInput {
    let name: String?
    let firstName: String?
    let lastName: String?
    let telephone: String?
    let mobile: String?
    let employeeID: String?
    let language: String?
    let password: Secret?
    let passwordHash: StoredPassword?
    let quota: Quota?
    let status: AccountStatus?
    let transport: String?
    let isGlobalAdmin: Bool?
    let forwarding: ListChange<MailAddress, MailAddress>
    let aliases: ListChange<MailAddress, MailAddress>
    let senderBcc: Assignment<MailAddress>?
    let recipientBcc: Assignment<MailAddress>?
    let outboundRelay: Assignment<String>?
    let services: ServiceChange
    let storage: StorageInput

    init(_ form: inout Form) throws(APIError) {
        name = try form.optional("name", older: "cn", .text, by: .caller, "The user's name.", example: "Jo Example")
        firstName = try form.optional("gn", .text, by: .caller, "First name.", example: "Jo")
        lastName = try form.optional("sn", .text, by: .caller, "Last name.", example: "Example")
        telephone = try form.optional(
            "telephoneNumber", .text, by: .caller, "Telephone number.", example: "+49 30 1234")
        mobile = try form.optional("mobile", .text, by: .caller, "Mobile telephone number.", example: "+49 170 1234")
        employeeID = try form.optional(
            "employeeid", .text, by: .caller, "Number or id of the employee.", example: "4711")
        language = try form.optional(
            "language", older: "preferredLanguage", .language, by: .caller, "Language of the user.", example: "en_US")
        password = try form.optional(
            "password", .password(.user), by: .caller, conflicts: ["password_hash"], "The new password.",
            example: "Secret-1234")
        passwordHash = try form.optional(
            "password_hash", .passwordHash, by: .caller, "The new password's hash.",
            example: "{SSHA}fXmbFwZb3TqFUXcoZAzF7r9LzJ0xMjM0")
        quota = try form.optional(
            "quota", older: "mailQuota", .megabytes, by: .caller, "Quota of the mailbox, in MB.", example: "1024")
        status = try form.optional(
            "accountStatus", .status, by: .caller, "Whether the user may log in and receive mail.", example: "active")
        isGlobalAdmin = try form.optional(
            "isGlobalAdmin", .yesNo, by: .globalAdmin, "Whether the user manages everything.", example: "no")
        transport = try form.optional(
            "transport", .transport, by: .profile(.relay), "Where mail for the user goes; empty for the domain's.",
            example: "dovecot")
        forwarding = try form.list(
            "forwarding", add: "addForwarding", remove: "removeForwarding", .addressList, .addressItems,
            removing: .addressItems, by: .profile(.forwarding),
            "Where mail goes, the user's own address among it to keep a copy", example: "jo@example.com,jo@example.net")
        aliases = try form.list(
            "aliases", add: "addAlias", remove: "removeAlias", .addressList, .addressItems, removing: .addressItems,
            by: .profile(.aliases), "Per-user aliases", example: "j.example@example.com")
        senderBcc = try form.optional(
            "senderBcc", .addressOrNone, by: .profile(.bcc), "Gets a copy of what the user sends; empty for nobody.",
            example: "archive@example.com")
        recipientBcc = try form.optional(
            "recipientBcc", .addressOrNone, by: .profile(.bcc),
            "Gets a copy of what the user receives; empty for nobody.",
            example: "archive@example.com")
        outboundRelay = try form.optional(
            "outboundRelay", .relay, by: [.profile(.relay), .provenDomain],
            "Next hop of the mail the user sends; empty for none.", example: "[192.0.2.1]:25")
        services = try ServiceChange(&form)
        storage = try StorageInput(&form)
    }
}

/// The parameters that say where and how a mailbox' messages are stored; nil for what was not sent.
struct StorageInput: Sendable {
    let format: String?
    let folder: String?
    let path: MailboxPath?

    init(_ form: inout Form) throws(APIError) {
        format = try form.optional(
            "mailboxFormat", .mailboxFormat, by: .caller, "Dovecot's format of the mailbox.", example: "maildir")
        folder = try form.optional(
            "mailboxFolder", .mailboxFolder, by: .caller, "Directory of the messages below the home.",
            example: "Maildir")
        path = try form.optional(
            "maildir", .mailboxPath, by: .caller,
            "Absolute path of the mailbox; for a domain's admin one below the directory of the user's domain.",
            example: "/var/vmail/vmail1/example.com/jo")
    }
}

/// Which services of a user are switched on and off. A plain name such as `imap` stands for a family of columns;
/// families are switched before single columns. Source: `Contract.md` 7.3.
struct ServiceChange: Sendable {
    private let list: ListChange<String, String>

    init(_ form: inout Form) throws(APIError) {
        let type = FieldType<[String]>.services
        list = try form.list(
            "services", add: "addService", remove: "removeService", type, type, removing: type, by: .caller,
            "Services of the user, where mail stands for deliver", example: "mail,imap,pop3")
    }

    /// Each service that is switched, and whether it is on then; empty when none was sent.
    var switched: [MailService: Bool] {
        var switched: [MailService: Bool] = [:]
        if let all = list.replaced {
            for service in MailService.allCases where !service.isInternal { switched[service] = false }
            for service in all.flatMap(MailService.family) where !service.isInternal { switched[service] = true }
        }
        for isFamily in [true, false] {
            for (names, isOn) in [(list.added, true), (list.removed, false)] {
                for family in (names ?? []).map(MailService.family) where (family.count > 2) == isFamily {
                    for service in family { switched[service] = isOn }
                }
            }
        }
        return switched
    }
}

/// Per-user aliases: the API's `aliases` of a user.
extension Mailboxes {
    /// - Parameter new: what `aliasesToAdd` returned.
    /// - Returns: whether there was anything to do.
    static func changeAliases(
        of address: MailAddress, adding new: [MailAddress], _ input: MailboxChanges, _ store: Store
    ) throws -> Bool {
        let removed = input.aliases.removed ?? []
        guard input.aliases.replaced != nil || !new.isEmpty || !removed.isEmpty else { return false }
        if let wanted = input.aliases.replaced {
            for alias in try store.forwardings.aliases(of: address).compactMap({ MailAddress($0) })
            where !wanted.contains(alias) {
                try store.forwardings.removeAlias(alias, of: address)
            }
        }
        for alias in removed { try store.forwardings.removeAlias(alias, of: address) }
        for alias in new { try store.forwardings.addAlias(alias, to: address) }
        return true
    }

    /// The per-user aliases to add.
    static func aliasesToAdd(_ input: MailboxChanges, to mailbox: MailboxRow, _ call: Call) throws -> [MailAddress] {
        try addressesToAdd(
            input.aliases.wanted, to: mailbox.address,
            parameter: input.aliases.replaced == nil ? "addAlias" : "aliases", call)
    }

    /// The further addresses to add to a mailbox or a subscribable list: those that are new and free, and lie in a
    /// domain where the account may have one. Others are skipped; strict handling refuses them.
    static func addressesToAdd(
        _ wanted: [MailAddress], to account: MailAddress, parameter: String, _ call: Call
    ) throws -> [MailAddress] {
        guard !wanted.isEmpty else { return [] }
        let own = Set(try call.store.forwardings.aliases(of: account))
        var new: [MailAddress] = []
        for address in wanted where address != account && !own.contains(address.text) {
            guard address.isFitForLocalAccount, try mayHaveAddress(in: address.domain, account, call) else {
                if call.isStrict {
                    throw APIError.invalidMail.at(parameter, "\(address) is not in a domain of this account.")
                }
                continue
            }
            guard try !isTaken(address, call) else {
                if call.isStrict { throw APIError.alreadyExists.at(parameter, "\(address) is in use already.") }
                continue
            }
            new.append(address)
        }
        return new
    }

    /// Whether a user may have a per-user alias in a domain: the user's own domain, an active alias domain of it, or,
    /// with `USER_ALIAS_CROSS_ALL_DOMAINS`, any active domain that the caller manages.
    ///
    /// An alias domain that waits for its proof is not active: it may belong to somebody outside, and the user would
    /// get the mail that users here send there (`Security.md` B3, B17).
    static func mayHaveAddress(in domain: DomainName, _ user: MailAddress, _ call: Call) throws -> Bool {
        if domain == user.domain { return true }
        let store = call.store
        guard let target = try store.domains.activePrimary(of: domain) else { return false }
        if target == user.domain { return true }
        guard call.configuration.settings[Settings.userAliasesCrossDomains] else { return false }
        let caller = try call.caller
        if caller.isGlobal { return true }
        return try store.admins.manages(caller.username, target)
    }
}
