package import Mail
import Storage

/// How much mail is stored, as Dovecot has counted it: `used_quota`.
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

        /// - Parameter first: the number of the column `bytes`; `messages` is next.
        init(_ row: Row, first: Int = 0) { self.init(bytes: row.integer(first), messages: row.integer(first + 1)) }
    }

    /// Calls `body` for each mailbox, except those for which Dovecot has counted nothing yet.
    /// - Parameter range: the domain, the first address and the last one.
    func forEachStored(_ range: [SQL.Value], _ body: (String, Stored) -> Void) throws {
        try usage.forEach(Self.storedQuery(range)) { row in body(row.text(0), Stored(row, first: 1)) }
    }

    static func storedQuery(_ range: [SQL.Value]) -> SQL {
        SQL(
            trusted: """
                SELECT username, bytes, messages FROM used_quota
                 WHERE domain = ? AND username COLLATE BINARY BETWEEN ? AND ?
                """, range)
    }

    /// How much all mailboxes of a domain hold together.
    package func stored(in domain: DomainName) throws -> Stored {
        try usage.first("SELECT bytes, messages FROM used_quota_totals WHERE domain = \(domain)") {
            row in Stored(row)
        } ?? .nothing
    }
}

extension Store {
    package var usedQuota: UsageStore { UsageStore(usage: usage) }
}
