package import Mail
import Storage

/// The mail servers that are exempt from greylisting because a listed domain (`greylisting_whitelist_domains`) names
/// them: the table `greylisting_whitelist_domain_spf`. The rules, and the comment that names the domain of a row, are
/// in `Contract.md` 16.2 under "Writing".
package struct SPFSenderStore {
    let iredapd: Database

    /// How many rows were changed.
    package struct Change: Sendable, Hashable {
        package var added = 0
        /// Rows that were those of a later domain, or of one that is no longer listed.
        package var reassigned = 0
        package var removed = 0
    }

    private static let prefix = "AUTO-UPDATE: "
    /// Every text that begins with the prefix sorts before this one.
    private static let prefixEnd = "AUTO-UPDATE:!"

    /// The rows are for every recipient.
    private static let account = Scope.global.key

    /// The listed domains as stored, ascending. Rows of other programs may be no domain names.
    package func listedDomains() throws -> [String] {
        try iredapd.texts(
            """
            SELECT domain
              FROM greylisting_whitelist_domains
             ORDER BY domain COLLATE BINARY
            """
        )
    }

    /// Brings the rows of a domain up to date. When all domains have been, in alphabetical order, each sender's row is
    /// that of the first domain that names it.
    /// - Returns: nil, with nothing changed, for a domain that is not listed.
    package func replace(_ senders: [IPNetwork], of domain: SPFDomain) throws -> Change? {
        let listed = Set(try listedDomains())
        guard listed.contains(domain.text) else { return nil }
        var change = Change()
        let wanted = Set(senders.map(\.description))
        let comment = Self.prefix + domain.text
        for row in try rows(commented: comment) where row.account != Self.account || !wanted.contains(row.sender) {
            change.removed += try iredapd.changedRows(
                "DELETE FROM greylisting_whitelist_domain_spf WHERE id = \(row.id)")
        }
        for sender in senders {
            if let owner = try self.comment(of: sender.description) {
                guard owner.hasPrefix(Self.prefix) else { continue }
                let other = String(owner.dropFirst(Self.prefix.count))
                guard other != domain.text, other > domain.text || !listed.contains(other) else { continue }
                change.reassigned += try iredapd.changedRows(
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

    /// Deletes the rows of domains that are no longer listed, and those that older programs left in
    /// `greylisting_whitelists`.
    /// - Returns: how many rows were deleted.
    package func removeStale() throws -> Int {
        var removed = 0
        let listed = Set(try listedDomains().map { Self.prefix + $0 })
        let owners = try iredapd.texts(
            """
            SELECT DISTINCT comment
              FROM greylisting_whitelist_domain_spf
             WHERE comment COLLATE BINARY >= \(Self.prefix) AND comment COLLATE BINARY < \(Self.prefixEnd)
            """
        )
        for owner in owners where !listed.contains(owner) {
            removed += try iredapd.changedRows("DELETE FROM greylisting_whitelist_domain_spf WHERE comment = \(owner)")
        }
        let legacy = try iredapd.number(
            """
            SELECT EXISTS (SELECT 1
                             FROM greylisting_whitelists
                            WHERE comment COLLATE BINARY >= \(Self.prefix) AND comment COLLATE BINARY < \(Self.prefixEnd))
            """)
        // Without a row to delete the file is not locked.
        guard legacy != 0 else { return removed }
        return try removed
            + iredapd.changedRows(
                """
                DELETE FROM greylisting_whitelists
                 WHERE comment COLLATE BINARY >= \(Self.prefix) AND comment COLLATE BINARY < \(Self.prefixEnd)
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

    /// Adds a row, and deletes the triplets of a single address, as `GreylistingWhitelistStore.add` does.
    private func add(_ sender: IPNetwork, _ comment: String) throws -> Int {
        let added = try iredapd.changedRows(
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
