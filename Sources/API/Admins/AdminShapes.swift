extension Shape {
    /// Those of the table `admin`, without the secret ones.
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

    /// What the column `settings` says of an admin, with a mailbox or without.
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
