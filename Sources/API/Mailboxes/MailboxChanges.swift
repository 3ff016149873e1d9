import Mail
import MailStore
import PasswordHash

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
    let forwarding: [MailAddress]?
    let addedForwarding: [MailAddress]?
    let removedForwarding: [MailAddress]?
    let aliases: [MailAddress]?
    let addedAliases: [MailAddress]?
    let removedAliases: [MailAddress]?
    let senderBcc: Assignment<MailAddress>?
    let recipientBcc: Assignment<MailAddress>?
    let outboundRelay: Assignment<String>?
    let services: ServiceChange
    let storage: StorageInput

    init(_ form: inout Form) throws(APIError) {
        Self.checkAccess(&form)
        try form.exclusive("password", "password_hash")
        try form.exclusive("forwarding", "addForwarding", "removeForwarding")
        try form.exclusive("aliases", "addAlias", "removeAlias")
        try form.exclusive("services", "addService", "removeService")
        name = try form.optional("name", legacy: "cn", .text, "The user's name.", example: "Jo Example")
        firstName = try form.optional("gn", .text, "First name.", example: "Jo")
        lastName = try form.optional("sn", .text, "Last name.", example: "Example")
        telephone = try form.optional("telephoneNumber", .text, "Telephone number.", example: "+49 30 1234")
        mobile = try form.optional("mobile", .text, "Mobile telephone number.", example: "+49 170 1234")
        employeeID = try form.optional("employeeid", .text, "Number or id of the employee.", example: "4711")
        language = try form.optional(
            "language", legacy: "preferredLanguage", .language, "Language of the user.", example: "en_US")
        password = try form.optional("password", .password(.user), "The new password.", example: "Secret-1234")
        passwordHash = try form.optional(
            "password_hash", .passwordHash, "The new password's hash.", example: "{PLAIN}x")
        quota = try form.optional(
            "quota", legacy: "mailQuota", .megabytes, "Quota of the mailbox, in MB.", example: "1024")
        status = try form.optional(
            "accountStatus", .status, "Whether the user may log in and receive mail.", example: "active")
        transport = try form.optional(
            "transport", .transport, "Where mail for the user goes; empty for the domain's.", example: "dovecot")
        isGlobalAdmin = try form.optional(
            "isGlobalAdmin", .yesNo, "Whether the user manages everything.", example: "no")
        forwarding = try form.optional(
            "forwarding", .addressList, "Where mail goes; the user's own address among them keeps a copy.",
            example: "jo@example.com,jo@example.net")
        addedForwarding = try form.optional(
            "addForwarding", .addressItems, "Destinations to be added.", example: "jo@example.net")
        removedForwarding = try form.optional(
            "removeForwarding", .addressItems, "Destinations to be removed.", example: "jo@example.net")
        aliases = try form.optional(
            "aliases", .addressList, "All further addresses of the user.", example: "j.example@example.com")
        addedAliases = try form.optional(
            "addAlias", .addressItems, "Further addresses to be added.", example: "j.example@example.com")
        removedAliases = try form.optional(
            "removeAlias", .addressItems, "Further addresses to be removed.", example: "j.example@example.com")
        senderBcc = try form.optional(
            "senderBcc", .addressOrNone, "Gets a copy of what the user sends; empty for nobody.",
            example: "archive@example.com")
        recipientBcc = try form.optional(
            "recipientBcc", .addressOrNone, "Gets a copy of what the user receives; empty for nobody.",
            example: "archive@example.com")
        outboundRelay = try form.optional(
            "outboundRelay", .relay, "Next hop of the mail the user sends; empty for none.", example: "[192.0.2.1]:25")
        services = try ServiceChange(&form)
        storage = try StorageInput(&form)
    }

    /// Which fields are closed to whom. The mapping of fields to parts of the profile.
    private static func checkAccess(_ form: inout Form) {
        form.closed(by: Access.globalAdmin.rawValue, "isGlobalAdmin")
        form.closed(by: "relay", "transport", "outboundRelay")
        form.closed(by: Access.waitingProfile, "outboundRelay")
        form.closed(by: "forwarding", "forwarding", "addForwarding", "removeForwarding")
        form.closed(by: "aliases", "aliases", "addAlias", "removeAlias")
        form.closed(by: "bcc", "senderBcc", "recipientBcc")
    }
}

/// Where and how a mailbox' messages are stored.
struct StorageInput: Sendable {
    let format: String?
    let folder: String?
    let path: MailboxPath?

    init(_ form: inout Form) throws(APIError) {
        format = try form.optional(
            "mailboxFormat", .mailboxFormat, "Dovecot's format of the mailbox.", example: "maildir")
        folder = try form.optional(
            "mailboxFolder", .mailboxFolder, "Directory of the messages below the home.", example: "Maildir")
        path = try form.optional(
            "maildir", .mailboxPath,
            "Absolute path of the mailbox; for a domain's admin one below the directory of the user's domain.",
            example: "/var/vmail/vmail1/example.com/jo")
    }
}

/// Services to be switched: the families of plain names first, single columns after them.
struct ServiceChange: Sendable {
    private let all: [String]?
    private let added: [String]
    private let removed: [String]

    init(_ form: inout Form) throws(APIError) {
        let type = FieldType<[String]>.services
        all = try form.optional(
            "services", type, "All services; empty for none. mail stands for deliver.", example: "mail,imap,pop3")
        added = try form.optional("addService", type, "Services to be switched on.", example: "imap") ?? []
        removed = try form.optional("removeService", type, "Services to be switched off.", example: "pop3") ?? []
    }

    /// What becomes of which service; empty when nothing was asked for.
    var switched: [MailService: Bool] {
        var switched: [MailService: Bool] = [:]
        if let all {
            for service in MailService.allCases where !service.isInternal { switched[service] = false }
            for service in all.flatMap(MailService.family) where !service.isInternal { switched[service] = true }
        }
        for isFamily in [true, false] {
            for (names, isOn) in [(added, true), (removed, false)] {
                for family in names.map(MailService.family) where (family.count > 2) == isFamily {
                    for service in family { switched[service] = isOn }
                }
            }
        }
        return switched
    }
}
