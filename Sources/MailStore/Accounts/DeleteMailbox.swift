package import Mail
import Storage

extension Store {
    /// Deletes a mailbox and every row that names it, except sessions: `Contract.md` 7.4. Message files stay. In a
    /// domain that waits for its proof only rows of that domain go.
    ///
    /// - Parameters:
    ///   - admin: who deletes it, for `deleted_mailboxes`.
    ///   - deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    package func deleteMailbox(_ address: MailAddress, by admin: MailAddress, deleteDate: String?, now: Moment) throws {
        let own = try domains.isWaiting(address.domain) ? address.domain : nil
        if own == nil { try policies.removeAccount(address) }
        try queueReplacement(of: address, by: nil, inListsOf: own, now: now)
        try mailboxes.recordDirectory(of: address, usage: usage, by: admin, deleteDate: deleteDate, now: now)
        for table in ["used_quota", "last_login"] {
            try usage.change(SQL(trusted: "DELETE FROM \(table) WHERE username = ?", [address.sqlValue]))
        }
        try usage.change("DELETE FROM share_folder WHERE from_user = \(address)")
        if own == nil { try usage.change("DELETE FROM share_folder WHERE to_user = \(address)") }
        try usage.change("DELETE FROM anyone_shares WHERE from_user = \(address)")
        for table in ["mailbox", "domain_admins", "recipient_bcc_user", "sender_bcc_user"] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE username = ?", [address.sqlValue]))
        }
        for table in ["recipient_bcc_user", "sender_bcc_user", "recipient_bcc_domain", "sender_bcc_domain"] {
            try removeReferences(in: table, "bcc_address", to: address, of: own)
        }
        try vmail.change("DELETE FROM forwardings WHERE address = \(address)")
        try forwardings.removeAll(to: address, of: own)
        try removeReferences(in: "moderators", "moderator", to: address, of: own)
        try removeReferences(in: "maillist_owners", "owner", to: address, of: own)
        if own == nil { try vmail.change("DELETE FROM sender_relayhost WHERE account = \(address)") }
        try ownership.removeAll(of: address)
    }

    /// Deletes the rows of a table that have an address in a column.
    /// - Parameter domain: only rows of this domain; nil for those of all.
    func removeReferences(in table: String, _ column: String, to address: MailAddress, of domain: DomainName?) throws {
        let condition = domain == nil ? "" : "AND domain = ?"
        let values = [address.sqlValue] + (domain.map { [$0.sqlValue] } ?? [])
        try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE \(column) = ? \(condition)", values))
    }
}
