package import Mail
import Storage

/// iRedAPD's tables `greylisting_whitelists` and `greylisting_whitelist_domains`: who is exempt from greylisting.
/// `Contract.md` 15.2, 16.1.
package struct GreylistingWhitelistStore {
    let iredapd: Database

    /// The scope's senders, ascending, without those found through SPF.
    package func senders(of scope: Scope) throws -> [String] {
        try iredapd.texts(
            "SELECT sender FROM greylisting_whitelists WHERE account = \(scope.key) ORDER BY sender COLLATE BINARY")
    }

    /// Adds a sender to the scope's list. One that is there stays as it is.
    package func add(_ sender: ListedParty, to scope: Scope) throws {
        let added = try iredapd.changedRows(
            """
            INSERT INTO greylisting_whitelists (account, sender)
            VALUES (\(scope.key), \(sender.description))
            ON CONFLICT (account, sender) DO NOTHING
            """)
        // The triplets of a client that is exempt now are of no use any more.
        if added > 0, case .network(let network, _) = sender, network.isSingleAddress {
            try iredapd.change("DELETE FROM greylisting_tracking WHERE client_address = \(network.address.description)")
        }
    }

    /// - Parameter sender: as stored.
    package func remove(_ sender: String, from scope: Scope) throws {
        try iredapd.change("DELETE FROM greylisting_whitelists WHERE account = \(scope.key) AND sender = \(sender)")
    }

    /// A sender that is exempt under one of some keys.
    package struct Entry: Sendable {
        package let account: String
        package let sender: String
        package fileprivate(set) var comment: String
        /// Whether it was found through SPF.
        package let isFromSPF: Bool

        var withoutComment: Self {
            var entry = self
            entry.comment = ""
            return entry
        }
    }

    /// The exempt senders of some keys, in the order in which iRedAPD reads them: those found through SPF first.
    package func all(_ keys: [String]) throws -> [Entry] {
        try entries(of: keys, in: "greylisting_whitelist_domain_spf", isFromSPF: true)
            + entries(of: keys, in: "greylisting_whitelists", isFromSPF: false)
    }

    private func entries(of keys: [String], in table: StaticString, isFromSPF: Bool) throws -> [Entry] {
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        return try iredapd.all(
            SQL(
                trusted: "SELECT account, sender, comment FROM \(table) WHERE account IN (\(places)) ORDER BY id",
                keys.map(\.sqlValue))
        ) { row in
            Entry(
                account: try row.text("account"), sender: try row.text("sender"), comment: try row.text("comment"),
                isFromSPF: isFromSPF)
        }
    }

    // MARK: Domains whose mail servers are looked up

    /// The listed domains, ascending.
    package func domains() throws -> [String] {
        try iredapd.texts("SELECT domain FROM greylisting_whitelist_domains ORDER BY domain COLLATE BINARY")
    }

    package func add(_ domain: SPFDomain) throws {
        try iredapd.change(
            """
            INSERT INTO greylisting_whitelist_domains (domain) VALUES (\(domain.text)) ON CONFLICT (domain) DO NOTHING
            """)
    }

    /// Removes a domain, and what was found through it.
    /// - Parameter domain: as stored.
    package func remove(domain: String) throws {
        try iredapd.change("DELETE FROM greylisting_whitelist_domains WHERE domain = \(domain)")
        try iredapd.change(
            "DELETE FROM greylisting_whitelist_domain_spf WHERE comment = \("AUTO-UPDATE: " + domain)")
    }
}

extension Store {
    package var greylistingWhitelists: GreylistingWhitelistStore { GreylistingWhitelistStore(iredapd: iredapd) }
}
