package import Mail
package import SQLite

/// One mailbox with what belongs to it in other tables. Good only inside the function it is handed to.
package struct MailboxProfile {
    /// The address; every column of `mailbox`, the address once more among them; `sender_bcc`, `recipient_bcc` and
    /// `relayhost`, empty for none; and without a name, whether it keeps a copy of its mail.
    package let row: Row
    package let stored: UsageStore.Stored
    /// Its own destinations, the self row included; as all the following ascending.
    package let destinations: [String]
    /// Its per-user aliases.
    package let aliases: [String]
    /// The domains it manages as an admin.
    package let managedDomains: [String]
    /// The alias accounts that have it as a member, and the mailing lists.
    package let aliasMemberships: [String]
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
    /// Hands over one mailbox.
    /// - Returns: false when there is no such mailbox.
    package func withMailboxProfile(of address: MailAddress, _ body: (MailboxProfile) throws -> Void) throws -> Bool {
        try forEachMailboxProfile(in: address.domain, [address.text]) { profile in try body(profile) } > 0
    }

    /// Hands over a part of a domain's mailboxes, in the order of their addresses. A long list may go over several
    /// snapshots; what it says of one mailbox is always of one moment.
    package func forEachMailboxProfile(
        _ selection: AccountSelection, in domain: DomainName, _ body: (MailboxProfile) throws -> Void
    ) throws {
        try accounts.forEachKeys(selection, atOnce: selection.isSparse ? 1 : 64) { keys in
            _ = try forEachMailboxProfile(in: domain, keys, body)
        }
    }

    /// - Parameter addresses: ascending, all in the domain and with few others between them.
    /// - Returns: how many there are.
    private func forEachMailboxProfile(
        in domain: DomainName, _ addresses: [String], _ body: (MailboxProfile) throws -> Void
    ) throws -> Int {
        guard let first = addresses.first, let last = addresses.last else { return 0 }
        let range = [domain.sqlValue, first.sqlValue, last.sqlValue]
        var wanted = addresses[...]
        var belongings: [String: Belongings]?
        try vmail.forEach(SQL(trusted: mailboxProfileQuery, range)) { row in
            let address = row.text(0)
            // Others may have come meanwhile.
            guard address == wanted.first else { return }
            wanted.removeFirst()
            // From the same moment: the query that is running holds it.
            let all = try belongings ?? self.belongings(of: range)
            belongings = all
            try body(MailboxProfile(row, address, all.isEmpty ? nil : all[address]))
        }
        return addresses.count - wanted.count
    }

    /// What other tables say of the mailboxes of a domain from one address to another; not of those of which they say
    /// nothing.
    private func belongings(of range: [SQL.Value]) throws -> [String: Belongings] {
        var all: [String: Belongings] = [:]
        try vmail.forEach(SQL(trusted: Belonging.query, range)) { row in
            guard let kind = Belonging(rawValue: row.integer(0)) else { return }
            all[row.text(1), default: Belongings()].names[kind, default: []].append(row.text(2))
        }
        for address in all.keys { all[address]?.sort() }
        try usageCounts.forEachStored(range) { address, stored in all[address, default: Belongings()].stored = stored }
        return all
    }

    static func mailboxProfileQuery(columns: String) -> String {
        """
        SELECT mailbox.username, \(columns),
               COALESCE(sender_bcc_user.bcc_address, '') AS sender_bcc,
               COALESCE(recipient_bcc_user.bcc_address, '') AS recipient_bcc,
               COALESCE(sender_relayhost.relayhost, '') AS relayhost,
               EXISTS (SELECT 1 FROM forwardings
                        WHERE address = mailbox.username AND forwarding = mailbox.username AND is_forwarding = 1) AS ""
          FROM mailbox
               LEFT JOIN sender_bcc_user ON sender_bcc_user.username = mailbox.username
               LEFT JOIN recipient_bcc_user ON recipient_bcc_user.username = mailbox.username
               LEFT JOIN sender_relayhost ON sender_relayhost.account = mailbox.username
         WHERE mailbox.domain = ? AND mailbox.username BETWEEN ? AND ?
         ORDER BY mailbox.username
        """
    }
}

/// What other tables may say of a mailbox.
enum Belonging: Int {
    case destination, alias, aliasMembership, listMembership, managedDomain

    /// Kind, address and name: of a domain's addresses from one to another, in the order of their names. The conditions
    /// on flags are those of the indexes; where else an address is a member that its domain only claims, is not told; the mailboxes' own copies, one for each, are left out.
    static let query = """
        SELECT \(destination.rawValue), address, forwarding
          FROM forwardings
         WHERE domain = ?1 AND address BETWEEN ?2 AND ?3 AND is_forwarding = 1 AND forwarding <> address
        UNION ALL
        SELECT CASE WHEN is_alias = 1 THEN \(alias.rawValue)
                    WHEN EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address)
                    THEN \(listMembership.rawValue)
                    ELSE \(aliasMembership.rawValue) END,
               forwarding, address
          FROM forwardings
         WHERE dest_domain = ?1 AND forwarding BETWEEN ?2 AND ?3 AND (is_alias = 1 OR is_list = 1)
           AND (domain = ?1 OR NOT \(DomainStore.isWaiting("?1")))
        UNION ALL
        SELECT \(managedDomain.rawValue), username, domain
          FROM domain_admins
         WHERE substr(username, instr(username, '@') + 1) = ?1 AND username BETWEEN ?2 AND ?3 AND domain <> 'ALL'
        """
}

/// What they do say of one.
private struct Belongings {
    var stored = UsageStore.Stored.nothing
    var names: [Belonging: [String]] = [:]

    mutating func sort() {
        for kind in names.keys { names[kind]?.sort() }
    }
}
