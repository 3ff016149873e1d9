import Mail
package import Storage

extension StagedState {
    package func columns(of table: String) throws -> [TableColumn] { try database(with: table).columns(of: table) }

    package func count(of table: String) throws -> Int {
        try database(with: table).number(SQL(trusted: "SELECT count(*) FROM \(table)"))
    }

    /// Whether a table has a row with these values.
    package func contains(_ table: String, where values: [(column: String, value: SQL.Value)]) throws -> Bool {
        let condition = values.map { "\"\($0.column)\" = ?" }.joined(separator: " AND ")
        return try database(with: table).exists(
            SQL(trusted: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(condition))", values.map(\.value)))
    }

    /// The addresses of the mailing lists that are mlmmj's, or of those that are not, in order.
    ///
    /// - Parameter address: looks for this one only; nil for all.
    package func lists(ofMlmmj isMlmmj: Bool, address: String? = nil) throws -> [String] {
        let isOfKind = isMlmmj ? SubscribableListStore.isMlmmj : "NOT \(SubscribableListStore.isMlmmj)"
        return try database(.vmail).texts(
            SQL(
                trusted: """
                    SELECT address FROM maillists WHERE \(isOfKind) \(address == nil ? "" : "AND address = ?") ORDER BY address
                    """, address.map { [.text($0)] } ?? []))
    }

    /// The mailboxes of which no row of `forwardings` says where their mail goes, in order.
    package func mailboxesWithoutForwarding() throws -> [String] {
        try database(.vmail).texts(
            """
            SELECT username FROM mailbox
             WHERE NOT EXISTS (SELECT 1 FROM forwardings WHERE address = username AND is_forwarding = 1)
             ORDER BY username
            """)
    }

    /// Whether a directory is none of the domain of a mailbox.
    private func isGuest(_ address: String, in place: String) -> Bool {
        guard let domain = MailAddress(address)?.domain.text else { return true }
        return !place.split(separator: "/").contains { $0 == domain }
    }

    /// Removes the mailboxes whose directory has another one's in it, all but the first of those that have the same, and
    /// those whose directory leads upwards.
    ///
    /// - Returns: each with the other one; nil for one that leads upwards.
    package func leaveOutNestedMailboxes() throws -> [(address: String, other: String?)] {
        let vmail = try database(.vmail)
        var nested: [(address: String, other: String?)] = []
        // In the order of this key what lies in a directory comes behind it.
        try vmail.script(
            "CREATE TEMP TABLE places (place TEXT, username TEXT, PRIMARY KEY (place, username)) WITHOUT ROWID")
        let directories: SQL = """
            SELECT username, storagebasedirectory || '/' || storagenode || '/' || maildir FROM mailbox ORDER BY username
            """
        try vmail.forEach(directories) { row in
            let place = MailboxPath.place(of: row.text(1))
            guard !place.contains("/../") else { return nested.append((row.text(0), nil)) }
            try vmail.execute("INSERT INTO places (place, username) VALUES (\(place), \(row.text(0)))")
        }
        var last: (place: String, address: String)?
        try vmail.forEach("SELECT username, place FROM places ORDER BY place, username") { row in
            let (address, place) = (row.text(0), row.text(1))
            if let before = last, place.utf8.starts(with: before.place.utf8) {
                // Whoever lies in the directory of another domain has no right to what is there.
                let isKept = !isGuest(before.address, in: before.place)
                let isSame = before.place.utf8.count == place.utf8.count
                if isSame ? isKept || isGuest(address, in: place) : isKept && isGuest(address, in: before.place) {
                    return nested.append((address, before.address))
                }
                nested.append((before.address, address))
            }
            last = (place, address)
        }
        try vmail.script("DROP TABLE places")
        for (address, _) in nested { try vmail.execute("DELETE FROM mailbox WHERE username = \(address)") }
        return nested
    }
}
