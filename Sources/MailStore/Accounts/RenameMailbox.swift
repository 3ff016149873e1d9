package import Mail
import Storage

extension Store {
    /// Gives a mailbox another address, also in another domain, in every table except `sessions`: `Contract.md` 7.5.
    /// - Parameter new: must be free. Neither domain may wait for its proof.
    package func renameMailbox(_ old: MailAddress, to new: MailAddress, now: Moment) throws {
        try policies.renameAccount(old, to: new)
        try queueReplacement(of: old, by: new, now: now)
        for table: StaticString in ["used_quota", "last_login"] {
            try usage.change("DELETE FROM \(name: table) WHERE username = \(new)")
            try usage.change(
                "UPDATE \(name: table) SET username = \(new), domain = \(new.domain) WHERE username = \(old)")
        }
        try renameShares(of: old, to: new)
        try vmail.change(
            """
            UPDATE mailbox SET username = \(new), domain = \(new.domain), modified = \(now) WHERE username = \(old)
            """)
        try admins.deleteRights(of: new)
        try vmail.change("UPDATE domain_admins SET username = \(new) WHERE username = \(old)")
        try ownership.rename(old, to: new)
        try routing.deleteAll(of: new)
        for table: StaticString in ["sender_bcc_user", "recipient_bcc_user"] {
            try vmail.change(
                "UPDATE \(name: table) SET username = \(new), domain = \(new.domain) WHERE username = \(old)")
        }
        try vmail.change("UPDATE sender_relayhost SET account = \(new) WHERE account = \(old)")
        try vmail.change(
            """
            UPDATE forwardings SET domain = \(new.domain), dest_domain = \(new.domain)
             WHERE forwarding = \(old) AND is_alias = 1
            """)
        try renameReferences(to: old, as: new)
    }

    /// Gives an address another name in `forwardings`, `moderators` and `maillist_owners`, on either side, and where it
    /// gets copies.
    func renameReferences(to old: MailAddress, as new: MailAddress) throws {
        for table: StaticString in [
            "sender_bcc_user", "recipient_bcc_user", "sender_bcc_domain", "recipient_bcc_domain",
        ] {
            try vmail.change("UPDATE \(name: table) SET bcc_address = \(new) WHERE bcc_address = \(old)")
        }
        // No account had the new address, but rows may lead to it already. Where the same address leads to the old one,
        // only that row stays; it is renamed below. The account's own rows lose the one to the new address, and the
        // self row stays.
        try vmail.change(
            """
            DELETE FROM forwardings
             WHERE forwarding = \(new) AND address <> \(new)
               AND EXISTS (SELECT 1 FROM forwardings AS kept
                            WHERE kept.address = forwardings.address AND kept.forwarding = \(old))
            """)
        try vmail.change(
            """
            UPDATE forwardings SET forwarding = \(new), dest_domain = \(new.domain)
             WHERE forwarding = \(old)
            """)
        try vmail.change("UPDATE forwardings SET address = \(new), domain = \(new.domain) WHERE address = \(old)")
        let people: [(table: StaticString, column: StaticString)] = [
            ("moderators", "moderator"), ("maillist_owners", "owner"),
        ]
        for (table, column) in people {
            try vmail.change(
                """
                DELETE FROM \(name: table)
                 WHERE \(name: column) = \(new)
                   AND address IN (SELECT address FROM \(name: table) WHERE \(name: column) = \(old))
                """)
            try vmail.change(
                """
                UPDATE \(name: table) SET \(name: column) = \(new), dest_domain = \(new.domain)
                 WHERE \(name: column) = \(old)
                """)
            try vmail.change(
                "UPDATE \(name: table) SET address = \(new), domain = \(new.domain) WHERE address = \(old)")
        }
        try forwardings.refreshActivity(touching: new)
    }

    private func renameShares(of old: MailAddress, to new: MailAddress) throws {
        // Shares under the new name can only be left over from a mailbox that is gone.
        try usage.change("DELETE FROM share_folder WHERE from_user = \(new) OR to_user = \(new)")
        try usage.change("DELETE FROM anyone_shares WHERE from_user = \(new)")
        try usage.change("UPDATE share_folder SET from_user = \(new) WHERE from_user = \(old)")
        try usage.change("UPDATE share_folder SET to_user = \(new) WHERE to_user = \(old)")
        try usage.change("UPDATE anyone_shares SET from_user = \(new) WHERE from_user = \(old)")
    }
}
