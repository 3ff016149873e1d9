package import Mail
package import Storage

/// A mailbox with what other tables say of it. Valid only inside the closure that gets it.
package struct MailboxProfile {
    /// The address; every column of `mailbox`, the address among them again; `sender_bcc`, `recipient_bcc` and
    /// `relayhost`, each empty for none; and last, without a name, whether there is a self row.
    package let row: Row
    package let stored: UsageStore.Stored
    /// As `ForwardingStore.destinations`. All lists here are ascending.
    package let destinations: [String]
    /// The per-user aliases.
    package let aliases: [String]
    /// The domains that the mail user manages, without `ALL`.
    package let managedDomains: [String]
    /// The aliases of which the mailbox is a member.
    package let aliasMemberships: [String]
    /// The mailing lists of which it is a member.
    package let listMemberships: [String]

    fileprivate init(_ row: Row, _ address: String, _ belongings: Belongings?) {
        self.row = row
        let keepsCopy = row.integer(row.columnCount - 1) != 0
        stored = belongings?.stored ?? .nothing
        let elsewhere = belongings?.names[.destination] ?? []
        destinations =
            elsewhere.isEmpty ? (keepsCopy ? [address] : []) : ((keepsCopy ? [address] : []) + elsewhere).sorted()
        aliases = belongings?.names[.alias] ?? []
        managedDomains = belongings?.names[.managedDomain] ?? []
        aliasMemberships = belongings?.names[.aliasMembership] ?? []
        listMemberships = belongings?.names[.listMembership] ?? []
    }
}

extension Store {
    /// Calls `body` with one mailbox.
    /// - Returns: false when there is no such mailbox.
    package func withMailboxProfile(of address: MailAddress, _ body: (MailboxProfile) throws -> Void) throws -> Bool {
        try forEachMailboxProfile(in: address.domain, [address.text]) { profile in try body(profile) } > 0
    }

    /// Announces `withMailboxProfile` as the last thing that is read.
    package func announceMailboxProfile(of address: MailAddress) {
        let range = [address.domain.sqlValue, address.sqlValue, address.sqlValue]
        vmail.announce(
            [
                SQL(trusted: mailboxProfileQuery, range), SQL(trusted: Belonging.query, range),
                UsageStore.storedQuery(range),
            ], isLast: true)
    }

    /// Calls `body` for each selected mailbox of a domain, in the order of the addresses. A long list may be read from
    /// several snapshots (`Security.md` F3), but each mailbox from one.
    package func forEachMailboxProfile(
        _ selection: AccountSelection, in domain: DomainName, _ body: (MailboxProfile) throws -> Void
    ) throws {
        try accounts.forEachKeys(selection, atOnce: selection.isSparse ? 1 : 64) { keys in
            _ = try forEachMailboxProfile(in: domain, keys, body)
        }
    }

    /// - Parameter addresses: ascending, all in the domain, with few other mailboxes between them.
    /// - Returns: how many of them were found.
    func forEachMailboxProfile(
        in domain: DomainName, _ addresses: [String], _ body: (MailboxProfile) throws -> Void
    ) throws -> Int {
        guard let first = addresses.first, let last = addresses.last else { return 0 }
        let range = [domain.sqlValue, first.sqlValue, last.sqlValue]
        var wanted = addresses[...]
        var found = 0
        var belongings: [String: Belongings]?
        try vmail.forEach(SQL(trusted: mailboxProfileQuery, range)) { row in
            let address = row.text(0)
            // Outside of a snapshot, mailboxes may have been created and deleted meanwhile.
            if address != wanted.first {
                while let next = wanted.first, next.utf8.lexicographicallyPrecedes(address.utf8) {
                    wanted.removeFirst()
                }
                guard address == wanted.first else { return }
            }
            wanted.removeFirst()
            found += 1
            // Read while the query is running, so that it is of the same moment.
            let all = try belongings ?? self.belongings(of: range)
            belongings = all
            try body(MailboxProfile(row, address, all.isEmpty ? nil : all[address]))
        }
        return found
    }

    /// What other tables say of the mailboxes of a domain from one address to another, by address. Mailboxes of which
    /// they say nothing are missing.
    private func belongings(of range: [SQL.Value]) throws -> [String: Belongings] {
        var all: [String: Belongings] = [:]
        try vmail.forEach(SQL(trusted: Belonging.query, range)) { row in
            guard let kind = Belonging(rawValue: row.integer(0)) else { return }
            all[row.text(1), default: Belongings()].names[kind, default: []].append(row.text(2))
        }
        for address in all.keys { all[address]?.sort() }
        try usedQuota.forEachStored(range) { address, stored in all[address, default: Belongings()].stored = stored }
        return all
    }

    static func mailboxProfileQuery(columns: String) -> String {
        """
        SELECT mailbox.username, \(columns),
               COALESCE(sender_bcc_user.bcc_address, '') AS sender_bcc,
               COALESCE(recipient_bcc_user.bcc_address, '') AS recipient_bcc,
               COALESCE(sender_relayhost.relayhost, '') AS relayhost,
               EXISTS (SELECT 1 FROM forwardings
                        WHERE address = mailbox.username AND forwarding = mailbox.username AND is_forwarding = 1) AS " "
          FROM mailbox
               LEFT JOIN sender_bcc_user ON sender_bcc_user.username = mailbox.username
               LEFT JOIN recipient_bcc_user ON recipient_bcc_user.username = mailbox.username
               LEFT JOIN sender_relayhost ON sender_relayhost.account = mailbox.username
         WHERE mailbox.domain = ? AND mailbox.username COLLATE BINARY BETWEEN ? AND ?
         ORDER BY mailbox.username COLLATE BINARY
        """
    }
}

/// The kinds of names that other tables have for a mailbox.
enum Belonging: Int {
    case destination, alias, aliasMembership, listMembership, managedDomain

    /// Selects kind, address and name, for the addresses of a domain from one to another. The conditions on flags are
    /// written as in the indexes, or these would not be used. Self rows are left out. While the domain waits for its
    /// proof, so are rows of other domains.
    static let query = """
        SELECT \(destination.rawValue), address, forwarding
          FROM forwardings
         WHERE domain = ?1 AND address COLLATE BINARY BETWEEN ?2 AND ?3 AND is_forwarding = 1 AND forwarding <> address
        UNION ALL
        SELECT CASE WHEN is_alias = 1 THEN \(alias.rawValue)
                    WHEN EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address)
                    THEN \(listMembership.rawValue)
                    ELSE \(aliasMembership.rawValue) END,
               forwarding, address
          FROM forwardings
         WHERE dest_domain = ?1 AND forwarding COLLATE BINARY BETWEEN ?2 AND ?3 AND (is_alias = 1 OR is_list = 1)
           AND (domain = ?1 OR NOT \(DomainStore.isWaiting("?1")))
        UNION ALL
        SELECT \(managedDomain.rawValue), username, domain
          FROM domain_admins
         WHERE substr(username, instr(username, '@') + 1) = ?1 AND username COLLATE BINARY BETWEEN ?2 AND ?3 AND domain <> 'ALL'
        """
}

/// What other tables say of one mailbox.
private struct Belongings {
    var stored = UsageStore.Stored.nothing
    var names: [Belonging: [String]] = [:]

    mutating func sort() {
        for kind in names.keys { names[kind]?.sort() }
    }
}
