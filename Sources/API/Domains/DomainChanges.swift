import Mail

/// What PUT of a domain takes.
struct DomainChanges: FormInput {
    let title: String?
    let status: AccountStatus?
    let quota: Quota?
    let mailboxLimit: AccountLimit?
    let aliasLimit: AccountLimit?
    let listLimit: AccountLimit?
    let defaultQuota: Quota?
    let maximumUserQuota: Quota?
    let language: String?
    let minimumPasswordLength: Int?
    let maximumPasswordLength: Int?
    let transport: String?
    let senderBcc: Assignment<MailAddress>?
    let recipientBcc: Assignment<MailAddress>?
    let isBackupMX: Bool?
    let primaryMX: String?
    let catchAll: [MailAddress]?
    let outboundRelay: Assignment<String>?
    let services: ListChange
    let domainProfiles: ListChange
    let userProfiles: ListChange
    let userPreferences: ListChange
    let aliasDomains: [DomainName]?
    let addedAliasDomains: [DomainName]?
    let removedAliasDomains: [DomainName]?

    init(_ form: inout Form) throws(APIError) {
        Self.checkAccess(&form)
        try Self.checkConflicts(form)
        title = try form.optional(
            "name", legacy: "cn", .longText, "Short description, e.g. a company's name.", example: "Example Ltd")
        status = try form.optional("accountStatus", .status, "Whether the domain accepts mail.", example: "active")
        quota = try form.optional("quota", .megabytes, "Quota of all mailboxes together, in MB.", example: "2048")
        mailboxLimit = try form.optional("numberOfUsers", .limit, "How many users there may be.", example: "100")
        aliasLimit = try form.optional("numberOfAliases", .limit, "How many aliases there may be.", example: "100")
        listLimit = try form.optional("numberOfLists", .limit, "How many mailing lists there may be.", example: "10")
        defaultQuota = try form.optional("defaultQuota", .megabytes, "Quota of a new user, in MB.", example: "1024")
        maximumUserQuota = try form.optional(
            "maxUserQuota", .megabytes, "Largest quota one user may have, in MB.", example: "4096")
        language = try form.optional(
            "language", legacy: "preferredLanguage", .domainLanguage, "Language of new users.", example: "en_US")
        minimumPasswordLength = try form.optional(
            "minPasswordLength", .number, "Least length of a password; 0 for the server's own.", example: "10")
        maximumPasswordLength = try form.optional(
            "maxPasswordLength", .number, "Greatest length of a password; 0 for the server's own.", example: "64")
        transport = try form.optional(
            "transport", .transport, "Where mail for the domain goes; empty for the usual.", example: "dovecot")
        senderBcc = try form.optional(
            "senderBcc", .addressOrNone, "Gets a copy of what the domain's users send; empty for nobody.",
            example: "archive@example.com")
        recipientBcc = try form.optional(
            "recipientBcc", .addressOrNone, "Gets a copy of what the domain receives; empty for nobody.",
            example: "archive@example.com")
        isBackupMX = try form.optional("is_backupmx", .yesNo, "Whether mail is only passed on.", example: "yes")
        primaryMX = try form.optional(
            "primarymx", .nextHop, "The server mail is passed on to.", example: "[192.0.2.1]:25")
        catchAll = try form.optional(
            "catchall", .addressList, "Get what is sent to unknown addresses; empty for nobody.",
            example: "jo@example.com")
        outboundRelay = try form.optional(
            "outboundRelay", .relay, "Next hop of the mail the domain's users send; empty for none.",
            example: "[192.0.2.1]:25")
        services = try ListChange(services: &form)
        domainProfiles = try ListChange(
            &form, "DomainProfile", Self.domainProfileNames, "parts of the domain's profile")
        userProfiles = try ListChange(&form, "UserProfile", Self.userProfileNames, "parts of the users' profiles")
        userPreferences = try ListChange(&form, "UserPreference", Self.userPreferenceNames, "preferences of the users")
        aliasDomains = try form.optional(
            "aliasDomains", .domainList, "All alias domains; empty for none.", example: "example.net")
        addedAliasDomains = try form.optional(
            "addAliasDomain", .domainItems, "Alias domains to be added.", example: "example.net")
        removedAliasDomains = try form.optional(
            "removeAliasDomain", .domainItems, "Alias domains to be removed.", example: "example.net")
    }

    /// Which fields are closed to whom. The mapping of fields to parts of the profile.
    private static func checkAccess(_ form: inout Form) {
        form.closed(
            by: Access.globalAdmin.rawValue, "accountStatus", "disableDomainProfile", "enableDomainProfile",
            "disableUserProfile", "enableUserProfile")
        form.closed(
            by: Access.domainCreator.rawValue, "quota", "numberOfUsers", "numberOfAliases", "numberOfLists",
            "maxUserQuota")
        form.closed(
            by: "advanced", "language", "preferredLanguage", "minPasswordLength", "maxPasswordLength", "enableService",
            "disableService", "removeAllServices", "addService", "removeService", "services", "disableUserPreference",
            "enableUserPreference")
        form.closed(by: "password_policies", "minPasswordLength", "maxPasswordLength")
        form.closed(by: "relay", "transport", "outboundRelay")
        // Mail that is only forwarded through this server may have a sender of that name.
        form.closed(by: Access.waitingProfile, "outboundRelay")
        form.closed(by: "bcc", "senderBcc", "recipientBcc")
        form.closed(by: "backupmx", "is_backupmx", "primarymx")
        form.closed(by: "catchall", "catchall")
        form.closed(by: "aliases", "aliasDomains", "addAliasDomain", "removeAliasDomain")
    }

    private static func checkConflicts(_ form: Form) throws(APIError) {
        try form.exclusive("transport", "is_backupmx", "primarymx")
        try form.exclusive(
            "services", "addService", "removeService", "enableService", "disableService", "removeAllServices")
        try form.exclusive("aliasDomains", "addAliasDomain", "removeAliasDomain")
    }

    func check() throws(APIError) {
        if primaryMX != nil, isBackupMX == nil { throw .missingParameter.at("is_backupmx") }
    }

    static let domainProfileNames = [
        "bcc", "relay", "catchall", "aliases", "throttle", "greylisting", "wblist", "spampolicy", "backupmx",
        "advanced",
        "password_policies",
    ]
    static let userProfileNames = [
        "bcc", "forwarding", "relay", "aliases", "throttle", "greylisting", "wblist", "spampolicy",
    ]
    static let userPreferenceNames = [
        "personal_info", "forwarding", "wblist", "quarantine", "rcvd_mails", "spampolicy",
    ]
}

/// How a list of names in a `settings` column changes.
struct ListChange: Sendable {
    private let replaced: [String]?
    private let added: [String]
    private let removed: [String]

    /// `disable…` puts names on the list, `enable…` takes them off, in this order.
    init(_ form: inout Form, _ suffix: String, _ known: [String], _ what: String) throws(APIError) {
        replaced = nil
        added =
            try form.optional(
                "disable\(suffix)", .names(known), "Closes \(what) to normal admins or users.", example: known[0]) ?? []
        removed = try form.optional("enable\(suffix)", .names(known), "Opens \(what) again.", example: known[0]) ?? []
    }

    /// The domain's services, under their older and newer names.
    init(services form: inout Form) throws(APIError) {
        let known = ["self-service"]
        let removesAll = try form.optional("removeAllServices", .presence, "Removes all services.", example: "yes")
        let list = try form.optional("services", .names(known), "All services; empty for none.", example: known[0])
        replaced = removesAll == true ? [] : list
        var added = try form.optional("enableService", .names(known), "Services to be added.", example: known[0]) ?? []
        added += try form.optional("addService", .names(known), "Services to be added.", example: known[0]) ?? []
        var removed =
            try form.optional("disableService", .names(known), "Services to be removed.", example: known[0]) ?? []
        removed += try form.optional("removeService", .names(known), "Services to be removed.", example: known[0]) ?? []
        self.added = added
        self.removed = removed
    }

    func applied(to list: [String]) -> [String] {
        Array(Set(replaced ?? list).union(added).subtracting(removed))
    }
}
