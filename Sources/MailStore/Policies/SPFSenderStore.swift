package import Mail
import SQLite

/// Whose servers are exempt from greylisting (`greylisting_whitelist_domains`), and the rows that say which servers
/// those are (`greylisting_whitelist_domain_spf`).
///
/// A sender has one row, owned by the first listed domain in alphabetical order that yields it; the row's comment names
/// the owner. Rows with comments of another kind are not ours and stay. Source: `Contract.md` 16.2, "Writing".
package struct SPFSenderStore {
    let iredapd: Database

    /// What a change did to the rows.
    package struct Change: Sendable, Hashable {
        package var added = 0
        /// From a domain that comes later, or is no longer listed.
        package var takenOver = 0
        package var removed = 0
    }

    private static let prefix = "AUTO-UPDATE: "
    /// The first text behind all that begin with the prefix.
    private static let prefixEnd = "AUTO-UPDATE:!"

    /// The key of what holds for every recipient.
    private static let account = Scope.global.key

    /// The listed domains in alphabetical order, as stored: other programs may have written what is no domain.
    package func listedDomains() throws -> [String] {
        try iredapd.texts(
            """
            SELECT domain
              FROM greylisting_whitelist_domains
             ORDER BY domain
            """
        )
    }

    /// Makes the senders of a domain what they are now. Nothing is written where nothing has changed.
    ///
    /// When this is done for all domains in alphabetical order, every sender ends with its first domain.
    /// - Parameter senders: in canonical text.
    /// - Returns: nil, with nothing changed, for a domain that is not listed.
    package func replace(_ senders: [IPNetwork], of domain: SPFDomain) throws -> Change? {
        let listed = Set(try listedDomains())
        guard listed.contains(domain.text) else { return nil }
        var change = Change()
        let wanted = Set(senders.map(\.description))
        let comment = Self.prefix + domain.text
        for row in try rows(commented: comment) where row.account != Self.account || !wanted.contains(row.sender) {
            change.removed += try iredapd.change("DELETE FROM greylisting_whitelist_domain_spf WHERE id = \(row.id)")
        }
        for sender in senders {
            if let owner = try self.comment(of: sender.description) {
                guard owner.hasPrefix(Self.prefix) else { continue }
                let other = String(owner.dropFirst(Self.prefix.count))
                guard other != domain.text, other > domain.text || !listed.contains(other) else { continue }
                change.takenOver += try iredapd.change(
                    """
                    UPDATE greylisting_whitelist_domain_spf
                       SET comment = \(comment)
                     WHERE account = \(Self.account) AND sender = \(sender.description)
                    """)
            } else {
                change.added += try add(sender, comment)
            }
        }
        return change
    }

    /// Removes the rows of domains that are no longer listed, and those that former programs kept in
    /// `greylisting_whitelists`.
    /// - Returns: how many went.
    package func removeStale() throws -> Int {
        var removed = 0
        let listed = Set(try listedDomains().map { Self.prefix + $0 })
        let owners = try iredapd.texts(
            """
            SELECT DISTINCT comment
              FROM greylisting_whitelist_domain_spf
             WHERE comment >= \(Self.prefix) AND comment < \(Self.prefixEnd)
            """
        )
        for owner in owners where !listed.contains(owner) {
            removed += try iredapd.change("DELETE FROM greylisting_whitelist_domain_spf WHERE comment = \(owner)")
        }
        let legacy = try iredapd.number(
            """
            SELECT EXISTS (SELECT 1
                             FROM greylisting_whitelists
                            WHERE comment >= \(Self.prefix) AND comment < \(Self.prefixEnd))
            """)
        // A file that nobody needs to change is not locked.
        guard legacy != 0 else { return removed }
        return try removed
            + iredapd.change(
                """
                DELETE FROM greylisting_whitelists
                 WHERE comment >= \(Self.prefix) AND comment < \(Self.prefixEnd)
                """)
    }

    private struct OwnRow {
        let id: Int
        let account: String
        let sender: String
    }

    private func rows(commented comment: String) throws -> [OwnRow] {
        try iredapd.all(
            """
            SELECT id, account, sender
              FROM greylisting_whitelist_domain_spf
             WHERE comment = \(comment)
             ORDER BY id
            """
        ) { row in
            OwnRow(id: try row.integer("id"), account: try row.text("account"), sender: try row.text("sender"))
        }
    }

    /// Nil when the sender has no row.
    private func comment(of sender: String) throws -> String? {
        try iredapd.text(
            """
            SELECT comment
              FROM greylisting_whitelist_domain_spf
             WHERE account = \(Self.account) AND sender = \(sender)
            """
        )
    }

    /// A client that is exempt now waits for nothing any more: what iRedAPD noted of its first attempts goes.
    private func add(_ sender: IPNetwork, _ comment: String) throws -> Int {
        let added = try iredapd.change(
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES (\(Self.account), \(sender.description), \(comment))
                ON CONFLICT (account, sender) DO NOTHING
            """)
        if added > 0, sender.isSingleAddress {
            try iredapd.change("DELETE FROM greylisting_tracking WHERE client_address = \(sender.description)")
        }
        return added
    }
}

extension Store {
    package var spfSenders: SPFSenderStore { SPFSenderStore(iredapd: iredapd) }
}
