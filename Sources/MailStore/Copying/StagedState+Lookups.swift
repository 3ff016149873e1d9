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

    /// Removes the mailboxes whose directory has another one's in it, and all but the first of those that have the same.
    ///
    /// - Returns: each with the other one.
    package func leaveOutNestedMailboxes() throws -> [(address: String, other: String)] {
        var nested: [(address: String, other: String)] = []
        var last: (path: String, address: String)?
        // In this order what lies in a directory comes behind it.
        let query: SQL = """
            SELECT username, rtrim(storagebasedirectory || '/' || storagenode || '/' || maildir, '/') || '/' AS path
              FROM mailbox
             ORDER BY path COLLATE BINARY, username
            """
        try database(.vmail).forEach(query) { row in
            let (address, path) = (row.text(0), row.text(1))
            if let before = last {
                if before.path == path { return nested.append((address, before.address)) }
                if path.utf8.starts(with: before.path.utf8) { nested.append((before.address, address)) }
            }
            last = (path, address)
        }
        for (address, _) in nested { try database(.vmail).execute("DELETE FROM mailbox WHERE username = \(address)") }
        return nested
    }
}
