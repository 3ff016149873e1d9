extension Shape {
    /// Those of the table `domain`.
    package static let domainColumns: [Member] =
        [
            Member("domain", .domain("The domain's name.")),
            Member("description", .text("What the domain is called, for people.")),
            Member("disclaimer", .text("Text for programs that add it to outgoing mail.")),
            Member("aliases", .limit("How many aliases may exist: 0 for no limit, -1 for none.")),
            Member("mailboxes", .limit("How many mail users may exist: 0 for no limit, -1 for none.")),
            Member("maillists", .limit("How many mailing lists may exist: 0 for no limit, -1 for none.")),
            Member("maxquota", .count("Quota of all mailboxes together, megabytes; 0 for no limit.")),
            Member("quota", .count("Not used; kept for iRedMail's tools.")),
            Member("transport", .text("Postfix transport, with a next hop or without, that takes the domain's mail.")),
            .settings([
                ("default_user_quota", "Quota of a new mailbox, megabytes."),
                ("max_user_quota", "Greatest quota of one mailbox, megabytes."),
                ("min_passwd_length", "Least length of a user's password, characters."),
                ("max_passwd_length", "Greatest length of a user's password, characters."),
                ("default_language", "Language of new users, such as en_US."),
                ("timezone", "The domain's time zone."),
                ("enabled_services", "Services switched on for the domain, such as self-service."),
                ("disabled_mail_services", "Mail services switched off for new users."),
                ("disabled_domain_profiles", "Parts of the domain's profile that are closed to its admins."),
                ("disabled_user_profiles", "Parts of its users' profiles that are closed to its admins."),
                ("disabled_user_preferences", "Preferences that are closed to its users."),
                ("default_groups", "Groups of new users, for iRedMail's tools."),
                ("default_mailing_lists", "Mailing lists of new users, for iRedMail's tools."),
            ]),
            Member("backupmx", .bit("Whether mail is only passed on to another server.")),
        ]
        + .closing(
            expired: "Kept for iRedMail's tools, UTC; mail does not depend on it.",
            active: "Whether the domain has mail and its users can log in.")

    package static let domainProfile: Shape = .object(
        domainColumns + [
            Member("num_existing_users", .count("How many mail users there are.")),
            Member("num_existing_aliases", .count("How many aliases there are.")),
            Member("num_existing_maillists", .count("How many mailing lists there are.")),
            Member("quota_count", .count("Quotas of all mailboxes together, megabytes.")),
            Member("stored_bytes", .number("What all mailboxes hold, bytes.")),
            Member("stored_messages", .number("How many messages all mailboxes hold.")),
            Member("alias_domains", .domains("Domains whose addresses stand for the same ones here, ascending.")),
            Member("waiting_alias_domains", .domains("Those of them that are not active yet.")),
            Member("catchall", .addresses("Who gets what is sent to unknown addresses, ascending.")),
            Member("sender_bcc", .text("Address that gets a copy of what the users send; empty for none.")),
            Member("recipient_bcc", .text("Address that gets a copy of what the domain receives; empty for none.")),
            Member("outbound_relay", .text("Next hop of the mail the users send; empty for the usual one.")),
            Member("primarymx", .text("The server mail is passed on to; empty where backupmx is 0.")),
            Member("admins", .addresses("The domain's own admins, ascending; global admins are not among them.")),
            Member("ownership", .object(ownership, "Proof that the domain is its admin's."), isOptional: true),
            Member(
                "ownership_of_alias_domains",
                .list(
                    .object([Member("domain", .domain("The alias domain."))] + ownership),
                    "Proofs that alias domains are their admin's."),
                isOptional: true),
        ],
        "A mail domain with what belongs to it; the proofs of ownership only in its own profile, for global admins and"
            + " the admin who is to give them.",
        name: "DomainProfile")

    private static let ownership = [
        Member("status", .word(["verified", "waiting"], "Whether the proof was given.")),
        Member("code", .text("The code to be published.")),
        Member("publish", .text("What to publish in the DNS, while the proof is waited for."), isOptional: true),
        Member("expires", .time("Until when the proof is waited for, UTC."), isOptional: true),
        Member("message", .text("What was missing when the name servers were asked last."), isOptional: true),
    ]

    package static let domainNames: Shape = .domains("Names of mail domains, ascending.")

    package static let domainListing: Shape = .either(
        [.list(domainProfile, "Profiles of mail domains, by name."), domainNames],
        "The domains' profiles, or with name_only=yes their names.")
}
