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
        var mailbox = try newMailbox(call, domain, input)
        mailbox.password = try input.passwordHash?.text ?? call.newHash
        let address = mailbox.address
        let store = call.store
        try store.admins.dropLeftovers(of: address)
        try store.ownership.removeAll(of: address)
        try store.mailboxes.insert(mailbox, now: call.now)
        try store.forwardings.addSelf(of: address)
        return .changed(
            LogEntry(.create, "Create mail user: \(address).", domain: domain.name.text, account: address.text))
    }

    /// The mailbox to be made, without its password, when nothing refuses it.
    private static func newMailbox(_ call: Call, _ domain: DomainRow, _ input: NewMailboxInput) throws -> NewMailbox {
        let address = try call.mail
        let settings = call.configuration.settings
        guard try !isTaken(address, call) else { throw APIError.alreadyExists }
        try requireNoAdmin(of: address, call)
        try AccountRoom.mailboxes.require(in: domain, call)
        let quota = try QuotaRule(for: address, in: domain, call.store).quota(asked: input.quota)
        if input.passwordHash == nil {
            try call.configuration.requireFit(input.password ?? Secret(""), in: domain)
        }
        return NewMailbox(
            address: address, name: input.name, password: "",
            language: input.language ?? domain.settings["default_language"] ?? "", quota: quota,
            path: try newPath(of: address, input.storage.path, call),
            format: input.storage.format ?? settings[Settings.mailboxFormat],
            folder: input.storage.folder ?? settings[Settings.mailboxFolder],
            services: services(of: domain, settings))
    }

    /// Whether an account or a per-user alias has it, with its extension or without.
    static func isTaken(_ address: MailAddress, _ call: Call) throws -> Bool {
        let base = address.withoutExtension(call.configuration.recipientDelimiters)
        let forwardings = call.store.forwardings
        return try forwardings.isTaken(base) || base != address && forwardings.isTaken(address)
    }

    /// A mailbox with the name of a standalone admin would share his rows in `domain_admins`: who may create, rename or
    /// delete the one could take over or take away the rights of the other.
    static func requireNoAdmin(of address: MailAddress, _ call: Call) throws {
        guard try call.store.standaloneAdmins.find(address) == nil else {
            throw APIError.alreadyExists.explained("An admin without a mailbox has this name.")
        }
    }

    /// What differs from the schema's defaults: services the domain or the server switches off (or on) for new users.
    private static func services(of domain: DomainRow, _ settings: Settings) -> [(service: MailService, isOn: Bool)] {
        var switched: [MailService: Bool] = [:]
        let off = domain.settings[list: "disabled_mail_services"] + settings[Settings.disabledUserServices]
        for service in off.flatMap(MailService.family) { switched[service] = false }
        for service in settings[Settings.enabledUserServices].flatMap(MailService.family) { switched[service] = true }
        return switched.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key, $0.value) }
    }

    /// A directory no other mailbox, living or deleted, has: a new user must not read old mail.
    /// - Parameter asked: a directory of the caller's choice; nil for the usual one.
    private static func newPath(of address: MailAddress, _ asked: MailboxPath?, _ call: Call) throws -> MailboxPath {
        if let asked { return try allowed(asked, for: address, call) }
        let layout = call.configuration.maildirLayout
        for seconds in 0...(layout.appendsTimestamp ? laterTimestamps : 0) {
            let path = layout.path(of: address, created: Moment(epoch: call.now.epoch + seconds))
            switch try call.store.mailboxes.obstacle(to: path) {
            case nil: return path
            case .inside: continue
            case .around:
                throw APIError.alreadyExists.explained(
                    "A mailbox, or the messages of a deleted one, lies at a directory above the new one's.")
            }
        }
        throw APIError.alreadyExists.explained("The messages of a deleted mailbox are still in its directory.")
    }

    /// How many seconds after the first a directory's name may be sought: for a user who is deleted and made again and
    /// again within one.
    private static let laterTimestamps = 10
}

extension Configuration {
    /// The rules for a user's new password in a domain, which may have lengths of its own.
    func requireFit(_ password: Secret, in domain: DomainRow) throws {
        let policy = passwordPolicy(
            minimum: domain.settings[number: "min_passwd_length"],
            maximum: domain.settings[number: "max_passwd_length"])
        try policy.require(password, for: userScheme)
    }
}

/// How large one mailbox of a domain may be: the domain's ceiling for one, and what is left of its pool.
struct QuotaRule {
    private let ceiling: Int
    private let pool: Int
    private let used: Int
    private let usual: Int

    /// - Parameter address: its own present quota is not counted as used.
    init(for address: MailAddress, in domain: DomainRow, _ store: Store) throws {
        ceiling = domain.settings[number: "max_user_quota"]
        usual = domain.settings[number: "default_user_quota"]
        pool = domain.quota.megabytes
        used = pool > 0 ? try store.mailboxes.quotaSum(in: domain.name, besides: address) : 0
    }

    /// The quota a mailbox gets.
    /// - Parameter asked: nil on creation without a quota: the domain's usual one, cut to what is allowed and left.
    func quota(asked: Quota?) throws -> Quota {
        if let asked {
            guard fits(asked.megabytes) else { throw APIError.exceededDomainQuota.at("quota") }
            return asked
        }
        var given = usual
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
