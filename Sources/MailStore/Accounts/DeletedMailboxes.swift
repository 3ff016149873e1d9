package import SQLite
package import Mail

/// The table `deleted_mailboxes`: directories that outlive their mailbox.
extension MailboxStore {
    /// Records the directory of one mailbox that is about to be deleted.
    func keepDirectory(
        of address: MailAddress, usage: Database, by admin: MailAddress, deleteDate: String?, now: Moment
    ) throws(SQLiteError) {
        let used = try usage.first("SELECT bytes, messages FROM used_quota WHERE username = \(address)") {
            (row) throws(SQLiteError) in (bytes: row.integer(0), messages: row.integer(1))
        }
        try vmail.change(
            """
            INSERT INTO deleted_mailboxes (timestamp, username, domain, maildir, bytes, messages, admin, delete_date)
            SELECT \(now), username, domain, storagebasedirectory || '/' || storagenode || '/' || maildir,
                   \(used?.bytes ?? 0), \(used?.messages ?? 0), \(admin), \(deleteDate)
              FROM mailbox
             WHERE username = \(address)
            """)
    }

    /// The same for every mailbox of a domain.
    func keepDirectories(
        of domain: DomainName, usage: Database, by admin: MailAddress, deleteDate: String?, now: Moment
    ) throws(SQLiteError) {
        let addresses = try vmail.all("SELECT username FROM mailbox WHERE domain = \(domain)") {
            (row) throws(SQLiteError) in try row.get("username", MailAddress.init)
        }
        for address in addresses {
            try keepDirectory(of: address, usage: usage, by: admin, deleteDate: deleteDate, now: now)
        }
    }

    /// Whether a directory is that of another mailbox, living or deleted, or lies in or around one.
    ///
    /// - Parameter address: whose own directory does not count.
    package func isDirectoryTaken(_ path: MailboxPath, besides address: MailAddress? = nil) throws(SQLiteError) -> Bool {
        let directory = path.directory
        let next = directory.dropLast() + "0"  // The character after `/`: what sorts before it lies in the directory.
        // Every directory it lies in, itself included.
        let around = directory.indices.filter { directory[$0] == "/" }.map { String(directory[...$0]) }
        let places = around.map { _ in "?" }.joined(separator: ", ")
        let stored = "storagebasedirectory || '/' || storagenode || '/' || maildir"
        return try vmail.number(
            SQL(
                trusted: """
                    SELECT EXISTS (SELECT 1 FROM mailbox WHERE \(stored) IN (\(places)) AND username <> ?)
                        OR EXISTS (SELECT 1 FROM mailbox WHERE \(stored) >= ? AND \(stored) < ? AND username <> ?)
                        OR EXISTS (SELECT 1 FROM deleted_mailboxes WHERE maildir IN (\(places)))
                        OR EXISTS (SELECT 1 FROM deleted_mailboxes WHERE maildir >= ? AND maildir < ?)
                    """,
                around.map(\.sqlValue) + [(address?.text ?? "").sqlValue, directory.sqlValue, String(next).sqlValue]
                    + [(address?.text ?? "").sqlValue] + around.map(\.sqlValue)
                    + [directory.sqlValue, String(next).sqlValue])) != 0
    }
}
