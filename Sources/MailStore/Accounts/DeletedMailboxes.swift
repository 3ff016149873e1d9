package import SQLite
import Mail

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

    /// Whether messages of another mailbox, living or deleted, lie in this very directory.
    package func isDirectoryTaken(_ path: MailboxPath) throws(SQLiteError) -> Bool {
        try vmail.number(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox
                            WHERE storagebasedirectory || '/' || storagenode || '/' || maildir = \(path.directory))
                OR EXISTS (SELECT 1 FROM deleted_mailboxes WHERE maildir = \(path.directory))
            """) != 0
    }
}
