import Mail
import MailStore
import PasswordHash

/// What POST and PUT of an admin take.
struct AdminInput: FormInput {
    let name: String?
    let password: Secret?
    let status: AccountStatus?
    let language: String?
    let isGlobal: Bool?
    let domainLimit: AccountLimit?
    let quota: Int?
    let quotaUnit: String?
    let userLimit: AccountLimit?
    let aliasLimit: AccountLimit?
    let listLimit: AccountLimit?
    let hidesMailLog: Bool?
    let hidesQuarantine: Bool?

    init(_ form: inout Form) throws(APIError) {
        name = try form.optional("name", older: "cn", .text, by: .caller, "The admin's name.", example: "Jo Example")
        password = try form.optional(
            "password", .password(.admin), by: .caller, "The new password; a new admin needs one.",
            example: "Secret-1234")
        status = try form.optional(
            "accountStatus", .status, by: .caller, "Whether the admin may log in.", example: "active")
        language = try form.optional(
            "language", older: "preferredLanguage", .language, by: .caller, "Language of the admin.", example: "en_US")
        isGlobal = try form.optional(
            "isGlobalAdmin", .yesNo, by: .caller, "Whether the admin manages everything.", example: "no")
        form.leaveUnread(
            "maxDomains", "maxQuota", "quotaUnit", "maxUsers", "maxAliases", "maxLists", beside: "isGlobalAdmin=yes",
            when: isGlobal == true)
        domainLimit = try form.optional(
            "maxDomains", .limit, by: .caller, "How many domains the admin may create; -1 takes the right away.",
            example: "5")
        quota = try form.optional(
            "maxQuota", .number, by: .caller,
            "Quota of all domains together, in the unit of quotaUnit; 0 for no limit.", example: "10")
        quotaUnit = try form.optional(
            "quotaUnit", .quotaUnit, by: .caller, needs: "maxQuota", "Unit of maxQuota.", example: "GB")
        userLimit = try form.optional(
            "maxUsers", .limit, by: .caller, "How many users all domains may have.", example: "100")
        aliasLimit = try form.optional(
            "maxAliases", .limit, by: .caller, "How many aliases all domains may have.", example: "100")
        listLimit = try form.optional(
            "maxLists", .limit, by: .caller, "How many lists all domains may have.", example: "10")
        hidesMailLog = try form.optional(
            "disableViewingMailLog", .yesNo, by: .caller, "Whether the mail log is closed to the admin.", example: "no")
        hidesQuarantine = try form.optional(
            "disableManagingQuarantinedMails", .yesNo, by: .caller, "Whether the quarantine is closed to the admin.",
            example: "no")
    }

    /// A quota above 0 needs its unit.
    func check() throws(APIError) {
        if let quota, quota > 0, quotaUnit == nil { throw .missingParameter.at("quotaUnit") }
    }

    /// Writes the parameters that are kept in the column `settings`. A global admin has no limits: stored ones go.
    func apply(to settings: inout AccountSettings, isGlobal: Bool) {
        if let hidesMailLog { settings["disable_viewing_mail_log"] = hidesMailLog ? "yes" : nil }
        if let hidesQuarantine { settings["disable_managing_quarantined_mails"] = hidesQuarantine ? "yes" : nil }
        guard !isGlobal else {
            for key in [
                "new_domains", "max_domains", "max_users", "max_aliases", "max_lists", "max_quota", "quota_unit",
            ] {
                settings["create_" + key] = nil
            }
            return
        }
        if let domainLimit {
            settings[number: "create_max_domains"] = domainLimit.stored
            settings["create_new_domains"] = domainLimit == .none ? nil : "yes"
        }
        if let quota {
            settings[number: "create_max_quota"] = quota
            settings["create_quota_unit"] = quota == 0 ? nil : quotaUnit
        }
        if let userLimit { settings[number: "create_max_users"] = userLimit.stored }
        if let aliasLimit { settings[number: "create_max_aliases"] = aliasLimit.stored }
        if let listLimit { settings[number: "create_max_lists"] = listLimit.stored }
    }
}

extension Shape {
    /// The columns of the table `admin`, without the secret ones.
    package static let adminColumns: [Member] =
        [
            Member("username", .address("The admin's address, which is the login name too.")),
            Member("name", .text("The admin's name, as it is displayed.")),
            Member("language", .text("Language of the web pages, such as en_US; empty for the default.")),
            .passwordLastChange,
            .settings([("timezone", "The admin's time zone.")] + adminSettings),
        ]
        + .closing(
            expired: "Until when the admin can act, UTC.",
            active: "Whether the admin can log in.")

    package static let adminProfile: Shape = .object(
        adminColumns.hideable + [
            Member("isglobaladmin", .bit("Whether the admin manages everything.")),
            Member("managed_domains", .domains("Domains the admin manages, ascending: all for a global admin.")),
        ],
        "An admin without a mailbox here; without the fields that API_HIDDEN_ADMIN_PROFILES names.",
        name: "AdminProfile")

    /// Keys of the column `settings` that concern an admin, in `admin` and in `mailbox`. Source: `Contract.md` 1.2.
    static let adminSettings: [(key: String, meaning: String)] = [
        ("create_new_domains", "The word yes: the admin may create domains."),
        ("create_max_domains", "How many domains the admin may create; missing for no limit."),
        ("create_max_users", "How many mail users the admin's domains may have together; -1 for none."),
        ("create_max_aliases", "How many aliases the admin's domains may have together; -1 for none."),
        ("create_max_lists", "How many mailing lists the admin's domains may have together; -1 for none."),
        ("create_max_quota", "Quota of the admin's domains together, in the unit of create_quota_unit."),
        ("create_quota_unit", "Unit of create_max_quota: MB, GB or TB."),
        ("disable_viewing_mail_log", "The word yes: the mail log is closed to the admin."),
        ("disable_managing_quarantined_mails", "The word yes: the quarantine is closed to the admin."),
    ]
}
