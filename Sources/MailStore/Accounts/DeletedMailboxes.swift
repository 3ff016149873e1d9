import Storage
package import Mail

/// The table `deleted_mailboxes`: directories that are kept after their mailbox was deleted.
extension MailboxStore {
    /// Records the directory of a mailbox that is about to be deleted.
    func recordDirectory(
        of address: MailAddress, usage: Database, by admin: MailAddress, deleteDate: String?, now: Moment
    ) throws {
        let used = try usage.first("SELECT bytes, messages FROM used_quota WHERE username = \(address)") {
            row in (bytes: row.integer(0), messages: row.integer(1))
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

    /// The same for the mailboxes of a domain from one address to another, both included.
    func keepDirectories(
        of domain: DomainName, from first: String, to last: String, usage: Database, _ change: LongChangeRow
    ) throws {
        let range = [domain.sqlValue, first.sqlValue, last.sqlValue]
        try vmail.change(
            SQL(
                trusted: """
                    INSERT INTO deleted_mailboxes (timestamp, username, domain, maildir, bytes, messages, admin, delete_date)
                    SELECT ?, username, domain, storagebasedirectory || '/' || storagenode || '/' || maildir, 0, 0, ?, ?
                      FROM mailbox
                     WHERE domain = ? AND username COLLATE BINARY BETWEEN ? AND ?
                     ORDER BY username COLLATE BINARY
                    """,
                [change.begun.sqlValue, change.admin.sqlValue, change.deleteDate?.sqlValue ?? .null] + range))
        let used = try usage.all(UsageStore.storedQuery(range)) { row in
            (username: row.text(0), bytes: row.integer(1), messages: row.integer(2))
        }
        for row in used where row.bytes != 0 || row.messages != 0 {
            try vmail.change(
                """
                UPDATE deleted_mailboxes SET bytes = \(row.bytes), messages = \(row.messages)
                 WHERE id = (SELECT MAX(id) FROM deleted_mailboxes WHERE username = \(row.username))
                """)
        }
    }

    /// Why a directory cannot be that of a mailbox (`Contract.md` 7.2): another mailbox, existing or deleted, uses it,
    /// or lies in it or around it. Nil when none does.
    ///
    /// - Parameter address: the mailbox whose own directory does not count; directories that are kept under its name do.
    package func obstacle(to path: MailboxPath, besides address: MailAddress? = nil) throws -> DirectoryObstacle? {
        // A server is asked for all at once. Of a file little is read with each step.
        if vmail.isShared { return try obstacleAtServer(to: path, besides: address) }
        let directory = Array(path.directory.utf8)
        let deleted = try obstacle(to: directory, in: .deleted, besides: nil)
        if deleted == .around { return .around }
        let living = try obstacle(to: directory, in: .living, besides: address)
        return living == .around ? .around : deleted ?? living
    }

    /// Forgets that a directory was kept: it is in use again.
    func takeBackDirectory(_ path: MailboxPath) throws {
        try vmail.change("DELETE FROM deleted_mailboxes WHERE maildir = \(path.directory)")
    }

    private func obstacleAtServer(to path: MailboxPath, besides address: MailAddress?) throws -> DirectoryObstacle? {
        let directory = path.directory.utf8
        var found: DirectoryObstacle?
        try vmail.forEach(Self.obstacleQuery(path, besides: address)) { row in
            row.withText(0) { other in
                // As long as the path, or as long without the slash at the end: the same, or inside.
                if other.count >= directory.count - 1 {
                    guard other.starts(with: directory.prefix(other.count)) else { return }
                    found = found ?? .inside
                } else if directory.starts(with: other) {
                    found = .around
                }
            }
        }
        return found
    }

    /// The same among the directories of one table.
    ///
    /// In the order of bytes, the paths below a directory come directly after its own path; one look-up finds them. A
    /// directory around it comes before it, but other paths may be between. So take the last path that is not behind
    /// `directory`: whatever is around `directory` is no longer than the beginning that the two have in common. The
    /// next look-up asks for that beginning, and so on. However many rows there are, this takes at most two look-ups
    /// for each component.
    ///
    /// Rows of other programs may have no slash at the end.
    private func obstacle(
        to directory: [UInt8], in table: DirectoryTable, besides address: MailAddress?
    ) throws -> DirectoryObstacle? {
        let next = try vmail.first(
            table.next(from: String(decoding: directory, as: UTF8.self), besides: address), Self.bytes)
        var found: DirectoryObstacle? = next?.starts(with: directory) == true ? .inside : nil
        var around = directory[...]
        while !around.isEmpty {
            let last = try vmail.first(
                table.last(to: String(decoding: around, as: UTF8.self), besides: address), Self.bytes)
            guard let last, !last.isEmpty else { break }
            var common = 0
            while common < min(directory.count, last.count), directory[common] == last[common] { common += 1 }
            if common == last.count, Self.isBoundary(common, of: directory) {
                if common < directory.count - 1 { return .around }
                found = .inside
            }
            // Shorter by at least a byte: a path equal to `around` has been compared.
            around = directory[..<min(common, around.count - 1)]
            while !around.isEmpty, !Self.isBoundary(around.count, of: directory) { around.removeLast() }
        }
        return found
    }

    /// Whether the first `length` bytes of a directory's path name that directory or one around it.
    private static func isBoundary(_ length: Int, of directory: [UInt8]) -> Bool {
        length > 0 && (directory[length - 1] == slash || length < directory.count && directory[length] == slash)
    }

    private static let slash = UInt8(ascii: "/")

    private static func bytes(_ row: Row) -> [UInt8] { row.withText(0) { Array($0) } }

    /// Selects the directories that are around the path or the same, and for each table the first that is not before it:
    /// in the order of bytes, what lies in a directory comes directly after its path.
    ///
    /// Rows of other programs may have no slash at the end.
    static func obstacleQuery(_ path: MailboxPath, besides address: MailAddress?) -> SQL {
        let directory = path.directory
        var around: [SQL.Value] = []
        for slash in directory.utf8.indices where directory.utf8[slash] == UInt8(ascii: "/") {
            if slash > directory.startIndex { around.append(.text(String(directory[..<slash]))) }
            around.append(.text(String(directory[..<directory.utf8.index(after: slash)])))
        }
        // A few texts of statements do for paths of any depth.
        let count = (around.count + placesAtOnce - 1) / placesAtOnce * placesAtOnce
        around += Array(repeating: .null, count: count - around.count)
        let query = count == placesAtOnce ? usualObstacleQuery : obstacleQuery(places: count)
        return SQL(trusted: query, [.text(directory), address?.sqlValue ?? .null] + around)
    }

    /// How many paths a statement compares: with and without a slash, of nine directories. More are compared in multiples
    /// of it.
    private static let placesAtOnce = 18
    private static let usualObstacleQuery = obstacleQuery(places: placesAtOnce)

    private static func obstacleQuery(places: Int) -> String {
        let marks = (0..<places).map { "?\($0 + 3)" }.joined(separator: ", ")
        let tables = [(DirectoryTable.deleted, ""), (.living, "AND username IS DISTINCT FROM ?2")]
        return tables.map { table, others in
            """
            SELECT (\(table.path)) COLLATE BINARY AS place FROM \(table.name)
             WHERE (\(table.path)) COLLATE BINARY IN (\(marks)) \(others)
            UNION ALL
            SELECT place
              FROM (SELECT (\(table.path)) COLLATE BINARY AS place FROM \(table.name)
                     WHERE (\(table.path)) COLLATE BINARY >= ?1 \(others) ORDER BY 1 LIMIT 1) AS next
            """
        }.joined(separator: "\nUNION ALL\n")
    }

    /// The kept directories whose date is `day` or earlier, the oldest date first: `Contract.md` 5.7. Those without a
    /// date are kept for ever.
    package func dueDirectories(on day: Moment) throws -> [KeptDirectory] {
        let today = day.date(addingDays: 0) ?? ""
        let rows = try vmail.all(
            """
            SELECT id, username, maildir, delete_date FROM deleted_mailboxes
             WHERE delete_date IS NOT NULL AND delete_date <= \(today)
             ORDER BY delete_date, id
            """
        ) { row in
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

    /// Compares directories with those of all existing mailboxes. No index helps: rows of other programs may have
    /// capital letters or no slash at the end, and Dovecot finds the directory all the same.
    ///
    /// - Returns: homes: the directories of mailboxes that are one of `paths` or lie around one; holders: those of
    ///   `paths` that are the directory of a mailbox or lie around one.
    private func usedPlaces(_ paths: [String]) throws -> (homes: Set<String>, holders: Set<String>) {
        if paths.isEmpty { return ([], []) }
        let around = Set(paths.flatMap(Self.around))
        let kept = Set(paths.compactMap { Self.around($0).last })
        let used = try vmail.all("SELECT storagebasedirectory || '/' || storagenode || '/' || maildir FROM mailbox") {
            row in
            let places = Self.around(row.text(0))
            return (homes: places.suffix(1).filter(around.contains), holders: places.filter(kept.contains))
        }
        return (Set(used.flatMap(\.homes)), Set(used.flatMap(\.holders)))
    }

    /// The directories around a path, and last itself; in lower case, as Dovecot looks for them.
    private static func around(_ path: String) -> [String] {
        var place = ""
        return path.lowercased().split(separator: "/").map { part in
            place += "/\(part)"
            return place
        }
    }

    /// Deletes a row, after its directory has been removed.
    /// - Returns: false when there is no such row.
    package func deleteDirectoryRecord(_ id: Int) throws -> Bool {
        try vmail.changedRows("DELETE FROM deleted_mailboxes WHERE id = \(id)") > 0
    }
}

/// A table with the directories of mailboxes.
private struct DirectoryTable {
    fileprivate let name: StaticString
    fileprivate let path: StaticString

    static let deleted = Self(name: "deleted_mailboxes", path: "maildir")
    static let living = Self(name: "mailbox", path: "storagebasedirectory || '/' || storagenode || '/' || maildir")

    func next(from directory: String, besides address: MailAddress?) -> SQL {
        """
        SELECT (\(name: path)) COLLATE BINARY FROM \(name: name)
         WHERE (\(name: path)) COLLATE BINARY >= \(directory) AND username IS DISTINCT FROM \(address) ORDER BY 1 LIMIT 1
        """
    }

    func last(to directory: String, besides address: MailAddress?) -> SQL {
        """
        SELECT (\(name: path)) COLLATE BINARY FROM \(name: name)
         WHERE (\(name: path)) COLLATE BINARY <= \(directory) AND username IS DISTINCT FROM \(address) ORDER BY 1 DESC LIMIT 1
        """
    }
}

/// Where the directory of another mailbox is, as seen from that of a new one.
package enum DirectoryObstacle: Sendable {
    /// Above it, so that a new directory of another name beside it would lie in that mailbox, too.
    case around
    /// The same directory, or below it.
    case inside
}

/// The directory of a deleted mailbox, kept until its date.
package struct KeptDirectory: Sendable {
    package let id: Int
    package let username: String
    /// The absolute path.
    package let path: String
    /// `YYYY-MM-DD`.
    package let deleteDate: String
    /// Whether an existing mailbox uses it, or lies in it or around it.
    package let isInUse: Bool
}
