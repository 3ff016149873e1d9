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
        let bytes = Array(directory.utf8)
        // The character after `/`: what sorts before it lies in the directory.
        let next = String(decoding: bytes.dropLast() + [UInt8(ascii: "0")], as: UTF8.self)
        // Every directory it lies in, itself included; as many as the query has places for, or more.
        var around = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }
            .map { String(decoding: bytes[...$0], as: UTF8.self).sqlValue }
        while around.count < Self.usualDepth { around.append(directory.sqlValue) }
        let address = (address?.text ?? "").sqlValue
        return try vmail.number(
            SQL(
                trusted: around.count == Self.usualDepth ? Self.usualQuery : Self.takenQuery(depth: around.count),
                around + [address, directory.sqlValue, next.sqlValue, address] + around
                    + [directory.sqlValue, next.sqlValue])) != 0
    }

    private static let usualDepth = 12
    private static let usualQuery = takenQuery(depth: usualDepth)

    /// - Parameter depth: how many directories there are to be compared with.
    private static func takenQuery(depth: Int) -> String {
        let places = [String](repeating: "?", count: depth).joined(separator: ", ")
        let stored = "storagebasedirectory || '/' || storagenode || '/' || maildir"
        return """
            SELECT EXISTS (SELECT 1 FROM mailbox WHERE \(stored) IN (\(places)) AND username <> ?)
                OR EXISTS (SELECT 1 FROM mailbox WHERE \(stored) >= ? AND \(stored) < ? AND username <> ?)
                OR EXISTS (SELECT 1 FROM deleted_mailboxes WHERE maildir IN (\(places)))
                OR EXISTS (SELECT 1 FROM deleted_mailboxes WHERE maildir >= ? AND maildir < ?)
            """
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
        let (homes, holders) = try usedPlaces(rows.map(\.path))
        return rows.map { row in
            KeptDirectory(
                id: row.id, username: row.username, path: row.path, deleteDate: row.deleteDate,
                isInUse: Self.around(row.path).contains(where: homes.contains)
                    || Self.around(row.path).suffix(1).contains(where: holders.contains))
        }
    }

    /// The living mailboxes' directories that these lie in or are, and those of these that a living one's lies in.
    ///
    /// One pass over all mailboxes and no index: rows of other programs may have capitals, or no slash at the end, and
    /// Dovecot finds the directory all the same.
    private func usedPlaces(_ paths: [String]) throws(SQLiteError) -> (homes: Set<String>, holders: Set<String>) {
        if paths.isEmpty { return ([], []) }
        let around = Set(paths.flatMap(Self.around))
        let kept = Set(paths.compactMap { Self.around($0).last })
        let used = try vmail.all("SELECT storagebasedirectory || '/' || storagenode || '/' || maildir FROM mailbox") {
            (row) throws(SQLiteError) in
            let places = Self.around(row.text(0))
            return (homes: places.suffix(1).filter(around.contains), holders: places.filter(kept.contains))
        }
        return (Set(used.flatMap(\.homes)), Set(used.flatMap(\.holders)))
    }

    /// Every directory that a path lies in, itself the last; written as Dovecot finds it.
    private static func around(_ path: String) -> [String] {
        var place = ""
        return path.lowercased().split(separator: "/").map { part in
            place += "/\(part)"
            return place
        }
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
