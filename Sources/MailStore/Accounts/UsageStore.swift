package import Mail
import SQLite

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

        /// - Parameter first: where bytes and messages are among the columns.
        init(_ row: Row, first: Int = 0) { self.init(bytes: row.integer(first), messages: row.integer(first + 1)) }
    }

    /// Hands over what mailboxes hold; not those of which Dovecot has not counted any yet.
    /// - Parameter range: the domain, and the addresses from one to another.
    func forEachStored(_ range: [SQL.Value], _ body: (String, Stored) -> Void) throws {
        let query = "SELECT username, bytes, messages FROM used_quota WHERE domain = ? AND username BETWEEN ? AND ?"
        try usage.forEach(SQL(trusted: query, range)) { row in body(row.text(0), Stored(row, first: 1)) }
    }

    /// All mailboxes of a domain together.
    package func stored(in domain: DomainName) throws -> Stored {
        try usage.first("SELECT bytes, messages FROM used_quota_totals WHERE domain = \(domain)") {
            row in Stored(row)
        } ?? .nothing
    }
}

extension Store {
    package var usageCounts: UsageStore { UsageStore(usage: usage) }
}
