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
    let services: SettingsListChange
    let domainProfiles: SettingsListChange
    let userProfiles: SettingsListChange
    let userPreferences: SettingsListChange
    let aliasDomains: ListChange<DomainName, DomainName>

    init(_ form: inout Form) throws(APIError) {
        title = try form.optional(
            "name", older: "cn", .longText, by: .caller, "Short description, e.g. a company's name.",
            example: "Example Ltd")
        status = try form.optional(
            "accountStatus", .status, by: .globalAdmin, "Whether the domain accepts mail.", example: "active")
        quota = try form.optional(
            "quota", .megabytes, by: .domainCreator, "Quota of all mailboxes together, in MB.", example: "2048")
        mailboxLimit = try form.optional(
            "numberOfUsers", .limit, by: .domainCreator, "How many users there may be.", example: "100")
        aliasLimit = try form.optional(
            "numberOfAliases", .limit, by: .domainCreator, "How many aliases there may be.", example: "100")
        listLimit = try form.optional(
            "numberOfLists", .limit, by: .domainCreator, "How many mailing lists there may be.", example: "10")
        defaultQuota = try form.optional(
            "defaultQuota", .megabytes, by: .caller, "Quota of a new user, in MB.", example: "1024")
        maximumUserQuota = try form.optional(
            "maxUserQuota", .megabytes, by: .domainCreator, "Largest quota one user may have, in MB.", example: "4096")
        language = try form.optional(
            "language", older: "preferredLanguage", .domainLanguage, by: .profile(.advanced), "Language of new users.",
            example: "en_US")
        minimumPasswordLength = try form.optional(
            "minPasswordLength", .number, by: .profile(.advanced, .passwordPolicies),
            "Least length of a password; 0 for the server's own.", example: "10")
        maximumPasswordLength = try form.optional(
            "maxPasswordLength", .number, by: .profile(.advanced, .passwordPolicies),
            "Greatest length of a password; 0 for the server's own.", example: "64")
        transport = try form.optional(
            "transport", .transport, by: .profile(.relay), conflicts: ["is_backupmx", "primarymx"],
            "Where mail for the domain goes; empty for the usual.", example: "dovecot")
        senderBcc = try form.optional(
            "senderBcc", .addressOrNone, by: .profile(.bcc),
            "Gets a copy of what the domain's users send; empty for nobody.", example: "archive@example.com")
        recipientBcc = try form.optional(
            "recipientBcc", .addressOrNone, by: .profile(.bcc),
            "Gets a copy of what the domain receives; empty for nobody.", example: "archive@example.com")
        isBackupMX = try form.optional(
            "is_backupmx", .yesNo, by: .profile(.backupmx),
            "Whether mail is only passed on; yes needs primarymx, unless the server allows it without.", example: "yes")
        primaryMX = try form.optional(
            "primarymx", .nextHop, by: .profile(.backupmx), needs: "is_backupmx", "The server mail is passed on to.",
            example: "[192.0.2.1]:25")
        catchAll = try form.optional(
            "catchall", .addressList, by: .profile(.catchall),
            "Who gets what is sent to unknown addresses; empty for nobody.", example: "jo@example.com")
        outboundRelay = try form.optional(
            // Mail that is forwarded through this server may have a sender in a domain that is not proved: it would go
            // to this next hop.
            "outboundRelay", .relay, by: [.profile(.relay), .provenDomain],
            "Next hop of the mail the domain's users send; empty for none.", example: "[192.0.2.1]:25")
        services = try SettingsListChange(services: &form, by: .profile(.advanced))
        domainProfiles = try SettingsListChange(
            &form, "DomainProfile", ProfilePart.ofDomains, "parts of the domain's profile", by: .globalAdmin)
        userProfiles = try SettingsListChange(
            &form, "UserProfile", ProfilePart.ofUsers, "parts of the users' profiles", by: .globalAdmin)
        userPreferences = try SettingsListChange(
            &form, "UserPreference", Self.userPreferenceNames, "preferences of the users", by: .profile(.advanced))
        aliasDomains = try form.list(
            "aliasDomains", add: "addAliasDomain", remove: "removeAliasDomain", .domainList, .domainItems,
            removing: .domainItems, by: .profile(.aliases), "Alias domains", example: "example.net")
    }

    private static let userPreferenceNames = [
        "personal_info", "forwarding", "wblist", "quarantine", "rcvd_mails", "spampolicy",
    ]
}

/// How a list of names in a `settings` column changes.
struct SettingsListChange: Sendable {
    private let replaced: [String]?
    private let added: [String]
    private let removed: [String]

    /// `disable<suffix>` adds names to the list, then `enable<suffix>` removes names, so that a name in both is open.
    init(
        _ form: inout Form, _ suffix: String, _ known: [String], _ what: String, by access: FieldAccess
    ) throws(APIError) {
        replaced = nil
        added =
            try form.optional(
                "disable\(suffix)", .names(known), by: access, "Closes \(what) to normal admins or users.",
                example: known[0]) ?? []
        removed =
            try form.optional(
                "enable\(suffix)", .names(known), by: access, "Opens \(what) again.", example: known[0]) ?? []
    }

    /// The domain's services: `enableService` means the same as `addService`, `disableService` as `removeService`.
    init(services form: inout Form, by access: FieldAccess) throws(APIError) {
        let type = FieldType<[String]>.names(["self-service"])
        let removesAll = try form.optional(
            "removeAllServices", .presence, by: access, "Removes all services.", example: "yes")
        let list = try form.optional(
            "services", type, by: access,
            conflicts: ["addService", "removeService", "enableService", "disableService", "removeAllServices"],
            "All services; empty for none.", example: "self-service")
        replaced = removesAll == true ? [] : list
        var (added, removed): ([String], [String]) = ([], [])
        for name in ["enableService", "addService"] {
            added += try form.optional(name, type, by: access, "Services to be added.", example: "self-service") ?? []
        }
        for name in ["disableService", "removeService"] {
            removed +=
                try form.optional(name, type, by: access, "Services to be removed.", example: "self-service") ?? []
        }
        self.added = added
        self.removed = removed
    }

    /// Adds first, then removes.
    func applied(to list: [String]) -> [String] {
        Array(Set(replaced ?? list).union(added).subtracting(removed))
    }
}
