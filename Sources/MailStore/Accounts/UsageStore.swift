package import Mail
package import SQLite

/// What Dovecot has counted: `used_quota`. Postern only reads, deletes and renames here.
package struct UsageStore {
    let usage: Database

    package struct Stored: Sendable {
        package let bytes: Int
        package let messages: Int

        static let nothing = Stored(bytes: 0, messages: 0)

        init(bytes: Int, messages: Int) {
            self.bytes = bytes
            self.messages = messages
        }

        /// Bytes and messages are its first columns.
        init(_ row: Row) { self.init(bytes: row.integer(0), messages: row.integer(1)) }
    }

    /// Of one mailbox; nothing when Dovecot has not counted any yet.
    func stored(of mailbox: String) throws(SQLiteError) -> Stored {
        try usage.first("SELECT bytes, messages FROM used_quota WHERE username = \(mailbox)", Stored.init) ?? .nothing
    }

    /// All mailboxes of a domain together.
    package func stored(in domain: DomainName) throws(SQLiteError) -> Stored {
        try usage.first("SELECT bytes, messages FROM used_quota_totals WHERE domain = \(domain)", Stored.init) ?? .nothing
    }
}

extension Store {
    package var usageCounts: UsageStore { UsageStore(usage: usage) }
}
