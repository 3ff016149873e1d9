/// What the LDAP edition of iRedMail calls things that are columns or settings here: `Contract.md` 10.
package enum DirectoryNames {
    /// Keys of a domain's `accountSetting`, and those of the column `settings`.
    package static let domainSettings: [(name: String, key: String)] = [
        ("defaultQuota", "default_user_quota"), ("maxUserQuota", "max_user_quota"),
        ("minPasswordLength", "min_passwd_length"), ("maxPasswordLength", "max_passwd_length"),
        ("defaultLanguage", "default_language"), ("timezone", "timezone"),
    ]

    /// Keys of a domain's `accountSetting` of which each value is an item of a list in the column `settings`.
    package static let domainLists: [(name: String, key: String)] = [
        ("disabledDomainProfile", "disabled_domain_profiles"), ("disabledUserProfile", "disabled_user_profiles"),
        ("disabledUserPreference", "disabled_user_preferences"), ("disabledMailService", "disabled_mail_services"),
    ]

    /// Keys of a domain's `accountSetting`, and the columns with how many accounts of a kind there may be.
    package static let domainLimits: [(name: String, column: String)] = [
        ("numberOfUsers", "mailboxes"), ("numberOfAliases", "aliases"), ("numberOfLists", "maillists"),
    ]

    /// The key of a domain's `accountSetting` with the quota of all its mailboxes together: `domainQuota:10:GB`.
    package static let domainQuota = "domainQuota"

    /// What a standalone admin's `disabledService` names, and the keys of the column `settings` that are then "yes".
    package static let adminSettings: [(service: String, key: String)] = [
        ("view_mail_log", "disable_viewing_mail_log"),
        ("manage_quarantined_mails", "disable_managing_quarantined_mails"),
    ]
}
