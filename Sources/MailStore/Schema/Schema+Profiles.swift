extension Schema {
    /// With these, what belongs to many mailboxes of one domain is found in one go: each index begins with the domain,
    /// and an ordinary mailbox has no entry in the first two.
    static let profileIndexes = [
        // A query uses it only if it says the condition literally.
        """
        CREATE INDEX forwardings_received
            ON forwardings (dest_domain, forwarding) WHERE is_alias = 1 OR is_list = 1
        """,
        "DROP INDEX domain_admins_username_domain",
        """
        CREATE INDEX domain_admins_username_domain
            ON domain_admins (substr(username, instr(username, '@') + 1), username)
        """,
    ]

    static let usageProfileIndexes = [
        "DROP INDEX used_quota_domain",
        "CREATE INDEX used_quota_domain ON used_quota (domain, username)",
    ]
}
