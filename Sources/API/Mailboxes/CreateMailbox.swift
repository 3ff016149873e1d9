import Mail
import MailStore
import PasswordHash
import Settings

struct NewMailboxInput: FormInput {
    let name: String
    let password: Secret?
    let language: String?
    let quota: Quota?
    let passwordHash: StoredPassword?
    let storage: StorageInput

    init(_ form: inout Form) throws(APIError) {
        name =
            try form.optional("name", older: "cn", .text, by: .caller, "The user's name.", example: "Jo Example") ?? ""
        password = try form.optional(
            "password", .password(.user), by: .caller, conflicts: ["password_hash"],
            "The password; needed unless password_hash is sent.",
            example: "Secret-1234")
        language = try form.optional(
            "language", older: "preferredLanguage", .language, by: .caller, "Language of the user.", example: "en_US")
        quota = try form.optional(
            "quota", older: "mailQuota", .megabytes, by: .caller, "Quota of the mailbox, in MB.", example: "1024")
        passwordHash = try form.optional(
            "password_hash", .passwordHash, by: .caller, "A ready hash of the password, in its place.",
            example: "{SSHA}fXmbFwZb3TqFUXcoZAzF7r9LzJ0xMjM0")
        storage = try StorageInput(&form)
    }
}

extension Mailboxes {
    static func admitNew(_ call: Call, _ domain: DomainRow, _ input: NewMailboxInput) throws -> SlowWork? {
        _ = try newMailbox(call, domain, input)
        return call.slowHash
    }

    static func create(_ call: Call, _ domain: DomainRow, _ input: NewMailboxInput) throws -> Reply {
        var (mailbox, use) = try newMailbox(call, domain, input)
        mailbox.password = try input.passwordHash?.text ?? call.newHash
        let address = mailbox.address
        let store = call.store
        try store.removeLeftovers(of: address, use)
        try store.mailboxes.insert(mailbox, now: call.now)
        try store.forwardings.addSelf(of: address)
        return .changed(
            LogEntry(.create, "Create mail user: \(address).", domain: domain.name.text, account: address.text))
    }

    /// Announces what is read before a mailbox is inserted, in its usual directory.
    static func announceNew(_ address: MailAddress, _ store: Store, _ request: PreparedRequest) {
        let configuration = request.configuration
        store.announceNewMailbox(
            address, base: address.withoutExtension(configuration.recipientDelimiters),
            at: configuration.maildirLayout.path(of: address, created: request.now))
    }

    /// The mailbox to insert, still without its password.
    /// - Throws: the first reason to refuse it, in the order of `Contract.md` 7.2.
    private static func newMailbox(
        _ call: Call, _ domain: DomainRow, _ input: NewMailboxInput
    ) throws -> (NewMailbox, AddressUse) {
        let address = try call.mail
        let settings = call.configuration.settings
        let use = try call.store.use(of: address)
        guard try !isTaken(address, use, call) else { throw APIError.alreadyExists }
        try requireNoStandaloneAdmin(use)
        try AccountAllowance.mailboxes.require(in: domain, call)
        let quota = try QuotaRule(for: address, in: domain, call.store).quota(asked: input.quota)
        if input.passwordHash == nil {
            try call.configuration.requirePasswordPolicy(input.password ?? Secret(""), in: domain)
        }
        let mailbox = NewMailbox(
            address: address, name: input.name, password: "",
            language: input.language ?? domain.settings["default_language"] ?? "", quota: quota,
            path: try newPath(of: address, input.storage.path, call),
            format: input.storage.format ?? settings[Settings.mailboxFormat],
            folder: input.storage.folder ?? settings[Settings.mailboxFolder],
            services: services(of: domain, settings))
        return (mailbox, use)
    }

    /// Whether an account or a per-user alias has this address, or this address without its extension.
    static func isTaken(_ address: MailAddress, _ call: Call) throws -> Bool {
        try isTaken(address, call.store.use(of: address), call)
    }

    private static func isTaken(_ address: MailAddress, _ use: AddressUse, _ call: Call) throws -> Bool {
        let base = address.withoutExtension(call.configuration.recipientDelimiters)
        return try use.isTaken || base != address && call.store.use(of: base).isTaken
    }

    /// Refuses the name of a standalone admin. A mailbox of that address would share the admin's rows in
    /// `domain_admins`: whoever may create, rename or delete the mailbox could take over or remove the admin's rights.
    static func requireNoStandaloneAdmin(_ use: AddressUse) throws {
        guard !use.isStandaloneAdmin else {
            throw APIError.alreadyExists.explained("An admin without a mailbox has this name.")
        }
    }

    /// The services of a new user that differ from the schema's defaults: switched off by the domain or the server, or
    /// switched on by the server.
    private static func services(of domain: DomainRow, _ settings: Settings) -> [(service: MailService, isOn: Bool)] {
        var switched: [MailService: Bool] = [:]
        let off = domain.settings[list: "disabled_mail_services"] + settings[Settings.disabledUserServices]
        for service in off.flatMap(MailService.family) { switched[service] = false }
        for service in settings[Settings.enabledUserServices].flatMap(MailService.family) { switched[service] = true }
        return switched.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
    }

    /// A directory that no other mailbox has, existing or deleted: a new user must not read old mail.
    /// - Parameter asked: the directory that was sent; nil for one of the layout.
    private static func newPath(of address: MailAddress, _ asked: MailboxPath?, _ call: Call) throws -> MailboxPath {
        if let asked { return try checkedPath(asked, for: address, call) }
        let layout = call.configuration.maildirLayout
        for seconds in 0...(layout.appendsTimestamp ? timestampRetries : 0) {
            let path = layout.path(of: address, created: Moment(epoch: call.now.epoch + seconds))
            switch try call.store.mailboxes.obstacle(to: path) {
            case nil: return path
            case .inside: continue
            case .around:
                throw APIError.alreadyExists.explained(
                    "A mailbox, or the messages of a deleted one, lies at a directory above the new one's.")
            }
        }
        throw APIError.alreadyExists.explained(
            "Another mailbox, or the messages of a deleted one, are in its directory.")
    }

    /// How many later seconds are tried as the time stamp of a directory, for a user who is deleted and created several
    /// times within one second.
    private static let timestampRetries = 10
}

extension Configuration {
    /// Refuses a user's new password by the rules of the domain, which may have its own lengths (`Contract.md` 8.1).
    func requirePasswordPolicy(_ password: Secret, in domain: DomainRow) throws {
        let policy = passwordPolicy(
            minimum: domain.settings[number: "min_passwd_length"],
            maximum: domain.settings[number: "max_passwd_length"])
        try policy.require(password, for: userScheme)
    }
}

/// How large one mailbox of a domain may be. All numbers are megabytes; 0 is no limit. Source: `Contract.md` 4.
struct QuotaRule {
    /// The most that one mailbox may have: `max_user_quota`.
    private let ceiling: Int
    /// The quota of all mailboxes together.
    private let pool: Int
    /// The sum of the other mailboxes' quotas.
    private let used: Int
    /// What a new mailbox gets when no quota is sent: `default_user_quota`.
    private let defaultQuota: Int

    /// - Parameter address: the mailbox in question; its present quota does not count as used.
    init(for address: MailAddress, in domain: DomainRow, _ store: Store) throws {
        ceiling = domain.settings[number: "max_user_quota"]
        defaultQuota = domain.settings[number: "default_user_quota"]
        pool = domain.quota.megabytes
        used = pool > 0 ? try store.mailboxes.quotaSum(in: domain.name, besides: address) : 0
    }

    /// The quota that the mailbox gets.
    /// - Parameter asked: the quota that was sent; nil for the domain's usual one, lowered to what is allowed and left.
    /// - Throws: `EXCEEDED_DOMAIN_QUOTA_SIZE`.
    func quota(asked: Quota?) throws -> Quota {
        if let asked {
            guard fits(asked.megabytes) else { throw APIError.exceededDomainQuota.at("quota") }
            return asked
        }
        var given = defaultQuota
        if ceiling > 0, given == 0 || given > ceiling { given = ceiling }
        if pool > 0 {
            let rest = pool - used
            guard rest > 0 else { throw APIError.exceededDomainQuota.at("quota") }
            if given == 0 || given > rest { given = rest }
        }
        return Quota(megabytes: given) ?? .unlimited
    }

    private func fits(_ asked: Int) -> Bool {
        if ceiling > 0, asked == 0 || asked > ceiling { return false }
        if pool > 0, asked == 0 || asked > pool - used { return false }
        return true
    }
}
