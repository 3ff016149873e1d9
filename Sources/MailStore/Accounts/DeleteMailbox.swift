package import Mail
package import SQLite

extension Store {
    /// Removes a mailbox and everything that speaks of it. Message files stay.
    ///
    /// - Parameters:
    ///   - admin: recorded in `deleted_mailboxes` as the one who removed it.
    ///   - deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    package func deleteMailbox(
        _ address: MailAddress, by admin: MailAddress, deleteDate: String?, now: Moment
    ) throws(SQLiteError) {
        try policies.removeAccount(address)
        try mailboxes.keepDirectory(of: address, usage: usage, by: admin, deleteDate: deleteDate, now: now)
        for table in ["used_quota", "last_login"] {
            try usage.change(SQL(trusted: "DELETE FROM \(table) WHERE username = ?", [address.sqlValue]))
        }
        try usage.change("DELETE FROM share_folder WHERE from_user = \(address) OR to_user = \(address)")
        try usage.change("DELETE FROM anyone_shares WHERE from_user = \(address)")
        for table in ["mailbox", "domain_admins", "recipient_bcc_user", "sender_bcc_user"] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE username = ?", [address.sqlValue]))
        }
        for table in ["recipient_bcc_user", "sender_bcc_user", "recipient_bcc_domain", "sender_bcc_domain"] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE bcc_address = ?", [address.sqlValue]))
        }
        try vmail.change("DELETE FROM forwardings WHERE address = \(address)")
        try forwardings.removeAll(to: address)
        try vmail.change("DELETE FROM moderators WHERE moderator = \(address)")
        try vmail.change("DELETE FROM maillist_owners WHERE owner = \(address)")
        try vmail.change("DELETE FROM sender_relayhost WHERE account = \(address)")
    }
}
