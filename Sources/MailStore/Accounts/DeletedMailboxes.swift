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

    /// Kept directories whose date has come; those without a date are kept for ever.
    package func dueDirectories(on day: Moment) throws(SQLiteError) -> [KeptDirectory] {
        let today = day.date(addingDays: 0) ?? ""
        let rows = try vmail.all(
            """
            SELECT id, username, maildir, delete_date FROM deleted_mailboxes
             WHERE delete_date IS NOT NULL AND delete_date <= \(today)
             ORDER BY delete_date, id
            """
        ) { (row) throws(SQLiteError) in
            (id: row.integer(0), username: row.text(1), path: row.text(2), deleteDate: row.text(3))
        }
        var due: [KeptDirectory] = []
        for row in rows {
            due.append(
                KeptDirectory(
                    id: row.id, username: row.username, path: row.path, deleteDate: row.deleteDate,
                    isInUse: try hasMailbox(inOrAround: row.path)))
        }
        return due
    }

    /// Whether a living mailbox' directory is this one, or lies in it or around it.
    private func hasMailbox(inOrAround path: String) throws(SQLiteError) -> Bool {
        let directory = path.hasSuffix("/") ? path : path + "/"
        let next = directory.dropLast() + "0"
        let around = directory.indices.filter { directory[$0] == "/" }.map { String(directory[...$0]) }
        let stored = "storagebasedirectory || '/' || storagenode || '/' || maildir"
        return try vmail.number(
            SQL(
                trusted: """
                    SELECT EXISTS (SELECT 1 FROM mailbox WHERE \(stored) IN (\(around.map { _ in "?" }.joined(separator: ", "))))
                        OR EXISTS (SELECT 1 FROM mailbox WHERE \(stored) >= ? AND \(stored) < ?)
                    """,
                around.map(\.sqlValue) + [directory.sqlValue, String(next).sqlValue])) != 0
    }

    /// - Returns: false when there is no such row.
    package func forgetDirectory(_ id: Int) throws(SQLiteError) -> Bool {
        try vmail.change("DELETE FROM deleted_mailboxes WHERE id = \(id)") > 0
    }
}

/// The directory of a deleted mailbox, kept until its date.
package struct KeptDirectory: Sendable {
    package let id: Int
    package let username: String
    /// Absolute.
    package let path: String
    /// `YYYY-MM-DD`.
    package let deleteDate: String
    /// A living mailbox uses it, or lies in it or around it.
    package let isInUse: Bool
}
