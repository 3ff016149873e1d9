package import Mail
package import SQLite

/// What Dovecot has counted: `used_quota`. Postern only reads, deletes and renames here.
package struct UsageStore {
    let usage: Database

    package struct Stored: Sendable {
        package let bytes: Int
        package let messages: Int
    }

    /// Zero for a mailbox that has received nothing yet.
    package func stored(by mailbox: MailAddress) throws(SQLiteError) -> Stored {
        try one("SELECT bytes, messages FROM used_quota WHERE username = \(mailbox)")
    }

    /// All mailboxes of a domain together.
    package func stored(in domain: DomainName) throws(SQLiteError) -> Stored {
        try one(
            """
            SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(messages), 0) FROM used_quota WHERE domain = \(domain)
            """)
    }

    private func one(_ sql: SQL) throws(SQLiteError) -> Stored {
        try usage.first(sql) { (row) throws(SQLiteError) in
            Stored(bytes: row.integer(0), messages: row.integer(1))
        } ?? Stored(bytes: 0, messages: 0)
    }
}

extension Store {
    package var usageCounts: UsageStore { UsageStore(usage: usage) }
}
