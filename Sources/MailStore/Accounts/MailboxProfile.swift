package import Mail
package import SQLite

/// One mailbox with what belongs to it in other tables. Good only inside the function it is handed to.
package struct MailboxProfile {
    /// The address; every column of `mailbox`, the address once more among them; `sender_bcc`, `recipient_bcc` and
    /// `relayhost`, empty for none.
    package let row: Row
    package fileprivate(set) var stored = UsageStore.Stored(bytes: 0, messages: 0)
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

    /// Reads one table after the other in step: each query answers its rows in the order of the addresses.
    ///
    /// - Parameter addresses: ascending, all in the domain.
    /// - Returns: how many there are.
    private func forEachMailboxProfile(
        in domain: DomainName, _ addresses: [String], _ body: (MailboxProfile) throws -> Void
    ) throws -> Int {
        guard let first = addresses.first, let last = addresses.last else { return 0 }
        let usage = addresses.count == 1 ? try usageCounts.cursor(of: first) : try usageCounts.cursor(of: addresses)
        let destinations = try vmail.cursor(
            """
            SELECT mailbox.username, forwarding
              FROM mailbox CROSS JOIN forwardings ON forwardings.address = mailbox.username AND is_forwarding = 1
             WHERE mailbox.domain = \(domain) AND mailbox.username BETWEEN \(first) AND \(last)
             ORDER BY mailbox.username
            """)
        let leading = try vmail.cursor(
            """
            SELECT mailbox.username, forwardings.address, is_alias,
                   is_list AND EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address)
              FROM mailbox CROSS JOIN forwardings
                   ON forwardings.forwarding = mailbox.username AND (is_alias = 1 OR is_list = 1)
             WHERE mailbox.domain = \(domain) AND mailbox.username BETWEEN \(first) AND \(last)
             ORDER BY mailbox.username
            """)
        let managed = try vmail.cursor(
            """
            SELECT mailbox.username, domain_admins.domain
              FROM mailbox CROSS JOIN domain_admins ON domain_admins.username = mailbox.username
             WHERE mailbox.domain = \(domain) AND mailbox.username BETWEEN \(first) AND \(last)
               AND domain_admins.domain <> 'ALL'
             ORDER BY mailbox.username
            """)
        let rows = try vmail.cursor(SQL(trusted: mailboxProfileQuery, [domain.sqlValue, first.sqlValue, last.sqlValue]))
        var wanted = addresses[...]
        var count = 0
        while let row = rows.row {
            // Between the first and the last there may be others than the chosen ones.
            if row.text(0) == wanted.first {
                wanted.removeFirst()
                var profile = MailboxProfile(row: row)
                try row.withText(0) { (key) throws(SQLiteError) in
                    try usage.forEach(of: key) {
                        profile.stored = UsageStore.Stored(bytes: $0.integer(1), messages: $0.integer(2))
                    }
                    try destinations.forEach(of: key) { profile.destinations.append($0.text(1)) }
                    try leading.forEach(of: key) { profile.add($0) }
                    try managed.forEach(of: key) { profile.managedDomains.append($0.text(1)) }
                }
                profile.sort()
                try body(profile)
                count += 1
            }
            try rows.advance()
        }
        return count
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

extension MailboxProfile {
    /// A row that leads to the mailbox.
    fileprivate mutating func add(_ row: Row) {
        let address = row.text(1)
        if row.integer(2) != 0 {
            aliases.append(address)
        } else if row.integer(3) != 0 {
            listMemberships.append(address)
        } else {
            aliasMemberships.append(address)
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
