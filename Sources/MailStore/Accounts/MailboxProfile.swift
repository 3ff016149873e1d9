package import Mail
package import SQLite

/// One mailbox with what belongs to it in other tables. Good only inside the function it is handed to.
package struct MailboxProfile {
    /// The address; every column of `mailbox`, the address once more among them; `sender_bcc`, `recipient_bcc` and
    /// `relayhost`, empty for none.
    package let row: Row
    package fileprivate(set) var stored = UsageStore.Stored.nothing
    /// Its own destinations, the self row included; as all the following ascending.
    package fileprivate(set) var destinations: [String] = []
    /// Its extra addresses.
    package fileprivate(set) var aliases: [String] = []
    /// The domains it manages as an admin.
    package fileprivate(set) var managedDomains: [String] = []
    /// The alias accounts that have it as a member, and the mailing lists.
    package fileprivate(set) var aliasMemberships: [String] = []
    package fileprivate(set) var listMemberships: [String] = []
}

extension Store {
    /// Hands over one mailbox.
    /// - Returns: false when there is no such mailbox.
    package func withMailboxProfile(
        of address: MailAddress, _ body: (MailboxProfile) throws -> Void
    ) throws -> Bool {
        try forEachMailboxProfile(in: address.domain, [address.text]) { profile in try body(profile) } > 0
    }

    /// Hands over a part of a domain's mailboxes, in the order of their addresses. A long list may go over several
    /// snapshots; what it says of one mailbox is always of one moment.
    package func forEachMailboxProfile(
        _ selection: AccountSelection, in domain: DomainName, _ body: (MailboxProfile) throws -> Void
    ) throws {
        try accounts.forEachKeys(selection, atOnce: 64) { keys in
            _ = try forEachMailboxProfile(in: domain, keys, body)
        }
    }

    /// - Parameter addresses: ascending, all in the domain.
    /// - Returns: how many there are.
    private func forEachMailboxProfile(
        in domain: DomainName, _ addresses: [String], _ body: (MailboxProfile) throws -> Void
    ) throws -> Int {
        guard let first = addresses.first, let last = addresses.last else { return 0 }
        // Each query alone would lock and unlock the file.
        if addresses.count > 1 { try usage.beginSnapshot() }
        defer { if addresses.count > 1 { usage.endSnapshot() } }
        var wanted = addresses[...]
        try vmail.connection.forEach(
            SQL(trusted: mailboxProfileQuery, [domain.sqlValue, first.sqlValue, last.sqlValue])
        ) { row in
            let address = row.text(0)
            // Between the first and the last there may be others than the chosen ones.
            guard address == wanted.first else { return }
            wanted.removeFirst()
            var profile = MailboxProfile(row: row)
            profile.stored = try usageCounts.stored(of: address)
            try vmail.connection.forEach(Self.belongings(of: address)) { profile.add($0) }
            profile.sort()
            try body(profile)
        }
        return addresses.count - wanted.count
    }

    private static func belongings(of address: String) -> SQL {
        """
        SELECT \(Belonging.destination), forwarding FROM forwardings WHERE address = \(address) AND is_forwarding = 1
        UNION ALL
        SELECT CASE WHEN is_alias = 1 THEN \(Belonging.alias)
                    WHEN EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address)
                    THEN \(Belonging.listMembership)
                    ELSE \(Belonging.aliasMembership) END,
               address
          FROM forwardings
         WHERE forwarding = \(address) AND (is_alias = 1 OR is_list = 1)
        UNION ALL
        SELECT \(Belonging.managedDomain), domain FROM domain_admins WHERE username = \(address) AND domain <> 'ALL'
        """
    }

    static func mailboxProfileQuery(columns: String) -> String {
        """
        SELECT mailbox.username, \(columns),
               COALESCE(sender_bcc_user.bcc_address, '') AS sender_bcc,
               COALESCE(recipient_bcc_user.bcc_address, '') AS recipient_bcc,
               COALESCE(sender_relayhost.relayhost, '') AS relayhost
          FROM mailbox
               LEFT JOIN sender_bcc_user ON sender_bcc_user.username = mailbox.username
               LEFT JOIN recipient_bcc_user ON recipient_bcc_user.username = mailbox.username
               LEFT JOIN sender_relayhost ON sender_relayhost.account = mailbox.username
         WHERE mailbox.domain = ? AND mailbox.username BETWEEN ? AND ?
         ORDER BY mailbox.username
        """
    }
}

/// What other tables say of a mailbox.
private enum Belonging: Int, Bindable {
    case destination, alias, aliasMembership, listMembership, managedDomain

    var sqlValue: SQL.Value { .integer(rawValue) }
}

extension MailboxProfile {
    /// - Parameter row: of `belongings`.
    fileprivate mutating func add(_ row: Row) {
        let name = row.text(1)
        switch Belonging(rawValue: row.integer(0)) {
        case .destination: destinations.append(name)
        case .alias: aliases.append(name)
        case .aliasMembership: aliasMemberships.append(name)
        case .listMembership: listMemberships.append(name)
        case .managedDomain: managedDomains.append(name)
        case nil: break
        }
    }

    /// Rarely more than one: cheaper here than for SQLite.
    fileprivate mutating func sort() {
        if destinations.count > 1 { destinations.sort() }
        if aliases.count > 1 { aliases.sort() }
        if managedDomains.count > 1 { managedDomains.sort() }
        if aliasMemberships.count > 1 { aliasMemberships.sort() }
        if listMemberships.count > 1 { listMemberships.sort() }
    }
}
