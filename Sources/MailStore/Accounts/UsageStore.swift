package import Mail
package import SQLite

/// What Dovecot has counted: `used_quota`. Postern only reads, deletes and renames here.
package struct UsageStore {
    let usage: Database

    package struct Stored: Sendable {
        package let bytes: Int
        package let messages: Int
    }

    /// Address, bytes and messages of one mailbox, if Dovecot has counted any.
    func cursor(of mailbox: String) throws(SQLiteError) -> Cursor {
        try usage.cursor("SELECT username, bytes, messages FROM used_quota WHERE username = \(mailbox)")
    }

    /// The same of several, in their order.
    func cursor(of mailboxes: [String]) throws(SQLiteError) -> Cursor {
        // An address that JSON would have to escape is none that Dovecot has counted for.
        let plain = mailboxes.filter { $0.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") } }
        let array = plain.isEmpty ? "[]" : "[\"\(plain.joined(separator: "\",\""))\"]"
        return try usage.cursor(
            """
            SELECT used_quota.username, bytes, messages
              FROM json_each(\(array)) AS wanted CROSS JOIN used_quota ON used_quota.username = wanted.value
            """)
    }

    /// All mailboxes of a domain together.
    package func stored(in domain: DomainName) throws(SQLiteError) -> Stored {
        try usage.first(
            """
            SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(messages), 0) FROM used_quota WHERE domain = \(domain)
            """
        ) { (row) throws(SQLiteError) in
            Stored(bytes: row.integer(0), messages: row.integer(1))
        } ?? Stored(bytes: 0, messages: 0)
    }
}

extension Store {
    package var usageCounts: UsageStore { UsageStore(usage: usage) }
}
