package import Mail
package import SQLite

extension Store {
    /// Removes a domain and everything that speaks of it or of an account in it. Message files stay; so do rows of
    /// other domains that point to an address of this one, and `domain_ownership`.
    ///
    /// - Parameters:
    ///   - admin: recorded in `deleted_mailboxes` as the one who removed the mailboxes.
    ///   - deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    package func deleteDomain(
        _ name: DomainName, by admin: MailAddress, deleteDate: String?, now: Moment
    ) throws(SQLiteError) {
        try policies.removeDomain(name)
        try mailboxes.keepDirectories(of: name, usage: usage, by: admin, deleteDate: deleteDate, now: now)
        for table in ["used_quota", "last_login"] {
            try usage.change(SQL(trusted: "DELETE FROM \(table) WHERE domain = ?", [name.sqlValue]))
        }
        try usage.change(
            """
            DELETE FROM share_folder
             WHERE substr(from_user, instr(from_user, '@') + 1) = \(name)
                OR substr(to_user, instr(to_user, '@') + 1) = \(name)
            """)
        try usage.change("DELETE FROM anyone_shares WHERE substr(from_user, instr(from_user, '@') + 1) = \(name)")
        try removeAccountRows(of: name)
    }

    private func removeAccountRows(of name: DomainName) throws(SQLiteError) {
        // Per-user alias addresses under an alias domain carry the primary domain, and go with `domain` below; those
        // that other domains' users have under this one or its alias domains do not.
        for domain in [name.text] + (try domains.aliasDomains(of: name)) {
            try vmail.change(
                """
                DELETE FROM forwardings WHERE is_alias = 1 AND substr(address, instr(address, '@') + 1) = \(domain)
                """)
        }
        // Admins who live elsewhere and lose their last domain are no admins any more; those of this domain go anyway.
        let affected = try admins.normalAdmins(of: name)
        for table in [
            "domain", "alias", "domain_admins", "mailbox", "recipient_bcc_domain", "recipient_bcc_user",
            "sender_bcc_domain", "sender_bcc_user", "forwardings", "moderators", "maillists", "maillist_owners",
        ] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE domain = ?", [name.sqlValue]))
        }
        try vmail.change("DELETE FROM alias_domain WHERE alias_domain = \(name) OR target_domain = \(name)")
        try vmail.change("DELETE FROM domain_admins WHERE substr(username, instr(username, '@') + 1) = \(name)")
        try vmail.change("DELETE FROM sender_relayhost WHERE substr(account, instr(account, '@') + 1) = \(name)")
        for admin in affected { try admins.dropRightsWithoutDomain(admin) }
        // What other domains forward to a mailbox that was disabled goes to an outside address from now on.
        try forwardings.refreshActivity(in: name)
    }
}
