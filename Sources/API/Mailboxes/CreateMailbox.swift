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
        try form.exclusive("password", "password_hash")
        name = try form.optional("name", legacy: "cn", .text, "The user's name.", example: "Jo Example") ?? ""
        password = try form.optional("password", .password(.user), "The new password.", example: "Secret-1234")
        language = try form.optional(
            "language", legacy: "preferredLanguage", .language, "Language of the user.", example: "en_US")
        quota = try form.optional(
            "quota", legacy: "mailQuota", .megabytes, "Quota of the mailbox, in MB.", example: "1024")
        passwordHash = try form.optional("password_hash", .passwordHash, "The password's hash.", example: "{PLAIN}x")
        storage = try StorageInput(&form)
    }
}

extension Mailboxes {
    static func create(_ call: Call, _ domain: DomainRow, _ input: NewMailboxInput) throws(APIError) -> Reply {
        let address = try call.mail
        let settings = call.configuration.settings
        let store = call.store
        guard try !isTaken(address, call) else { throw .alreadyExists }
        try requireNoAdmin(of: address, call)
        try AccountRoom.mailboxes.require(in: domain, call)
        let quota = try QuotaRule(for: address, in: domain, store).quota(asked: input.quota)
        let hash = try hash(input, in: domain, call)
        let path = try newPath(of: address, input.storage.path, call)
        let mailbox = NewMailbox(
            address: address, name: input.name, password: hash,
            language: input.language ?? domain.settings["default_language"] ?? "", quota: quota, path: path,
            format: input.storage.format ?? settings[Settings.mailboxFormat],
            folder: input.storage.folder ?? settings[Settings.mailboxFolder],
            services: services(of: domain, settings))
        try stored {
            try store.admins.dropLeftovers(of: address)
            try store.ownership.removeAll(of: address)
            try store.mailboxes.insert(mailbox, now: call.now)
            try store.forwardings.addSelf(of: address)
        }
        return .changed(
            LogEntry(.create, "Create mail user: \(address).", domain: domain.name.text, account: address.text))
    }

    private static func hash(
        _ input: NewMailboxInput, in domain: DomainRow, _ call: Call
    ) throws(APIError) -> String {
        if let hash = input.passwordHash { return hash.text }
        let password = input.password ?? Secret("")
        let scheme = call.configuration.userScheme
        try call.configuration.passwordPolicy(of: domain).require(password, for: scheme)
        return try call.hash(password, scheme)
    }

    /// Whether an account or a further address has it, with its extension or without.
    static func isTaken(_ address: MailAddress, _ call: Call) throws(APIError) -> Bool {
        let delimiters = call.configuration.settings[Settings.recipientDelimiters].compactMap(\.first)
        let base = address.withoutExtension(delimiters)
        return try stored {
            let forwardings = call.store.forwardings
            return try forwardings.isTaken(base) || base != address && forwardings.isTaken(address)
        }
    }

    /// A mailbox with the name of a standalone admin would share his rows in `domain_admins`: who may create, rename or
    /// delete the one could take over or take away the rights of the other.
    static func requireNoAdmin(of address: MailAddress, _ call: Call) throws(APIError) {
        guard try stored({ try call.store.standaloneAdmins.find(address) }) == nil else {
            throw .alreadyExists.explained("An admin without a mailbox has this name.")
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
    private static func newPath(
        of address: MailAddress, _ asked: MailboxPath?, _ call: Call
    ) throws(APIError) -> MailboxPath {
        if let asked { return try allowed(asked, for: address, call) }
        let layout = call.configuration.maildirLayout
        for seconds in 0...(layout.appendsTimestamp ? laterTimestamps : 0) {
            let path = layout.path(of: address, created: Moment(epoch: call.now.epoch + seconds))
            switch try stored({ try call.store.mailboxes.obstacle(to: path) }) {
            case nil: return path
            case .inside: continue
            case .around:
                throw .alreadyExists.explained(
                    "A mailbox, or the messages of a deleted one, lies at a directory above the new one's.")
            }
        }
        throw .alreadyExists.explained("The messages of a deleted mailbox are still in its directory.")
    }

    /// How many seconds after the first a directory's name may be sought: for a user who is deleted and made again and
    /// again within one.
    private static let laterTimestamps = 10
}

extension Configuration {
    /// The rules for passwords in a domain, which may have lengths of its own.
    func passwordPolicy(of domain: DomainRow) -> PasswordPolicy {
        passwordPolicy(
            minimum: domain.settings[number: "min_passwd_length"],
            maximum: domain.settings[number: "max_passwd_length"])
    }
}
