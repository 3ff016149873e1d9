package import Mail
package import SQLite

/// The table `forwardings`: what Postfix expands an address to. One kind of row has one flag.
package struct ForwardingStore {
    let vmail: Database

    /// The mailbox' own destinations, the self row included, ascending.
    package func destinations(of mailbox: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT forwarding FROM forwardings WHERE address = \(mailbox) AND is_forwarding = 1 ORDER BY forwarding")
    }

    /// A new mailbox keeps its mail itself. Its activity and that of the rows that lead to it is as it was: it is active,
    /// and a destination that was no mailbox counted as active.
    package func addSelf(of mailbox: MailAddress) throws {
        try insertDestination(mailbox, of: mailbox)
    }

    /// Replaces the mailbox' own destinations. The mailbox itself among them means that a copy is kept; an empty list
    /// leaves the mailbox as its only destination.
    package func setDestinations(of mailbox: MailAddress, to destinations: [MailAddress]) throws {
        try vmail.change("DELETE FROM forwardings WHERE address = \(mailbox) AND is_forwarding = 1")
        for destination in destinations.isEmpty ? [mailbox] : destinations {
            try insertDestination(destination, of: mailbox)
        }
        try refreshActivity(touching: mailbox)
    }

    /// Removes every row that leads to an address that is about to be deleted. A mailbox that forwarded nowhere else is
    /// its own destination again: its user still wants his mail.
    /// - Parameter domain: only rows of this domain; nil for those of all.
    package func removeAll(to address: MailAddress, of domain: DomainName?) throws {
        let forwarding = try vmail.texts(
            """
            SELECT address FROM forwardings
             WHERE forwarding = \(address) AND is_forwarding = 1 AND address <> \(address)
               AND domain = COALESCE(\(domain?.text), domain)
            """)
        try vmail.change(
            "DELETE FROM forwardings WHERE forwarding = \(address) AND domain = COALESCE(\(domain?.text), domain)")
        for mailbox in forwarding.compactMap({ MailAddress($0) })
        where try destinations(of: mailbox).isEmpty {
            try insertDestination(mailbox, of: mailbox)
            try refreshActivity(touching: mailbox)
        }
    }

    private func insertDestination(_ destination: MailAddress, of mailbox: MailAddress) throws {
        try vmail.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
            VALUES (\(mailbox), \(destination), \(mailbox.domain), \(destination.domain), 1)
            """)
    }

    /// The per-user aliases of a mailbox, ascending.
    package func aliases(of mailbox: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT address FROM forwardings WHERE forwarding = \(mailbox) AND is_alias = 1 ORDER BY address")
    }

    /// Those of them that lie in an active domain or alias domain.
    package func activeAliases(of mailbox: MailAddress) throws -> [String] {
        try vmail.texts(
            SQL(
                trusted: """
                    SELECT address FROM forwardings
                     WHERE forwarding = ? AND is_alias = 1
                       AND (substr(address, instr(address, '@') + 1) = domain OR \(Self.isBelowActiveDomain))
                     ORDER BY address
                    """, [mailbox.sqlValue]))
    }

    /// - Parameter address: free (`isTaken`), else the row already there stays and counts.
    package func addAlias(_ address: MailAddress, to mailbox: MailAddress) throws {
        // `domain` is the mailbox' own also for an address under an alias domain: the Postfix map joins on it.
        try vmail.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_alias)
            VALUES (\(address), \(mailbox), \(mailbox.domain), \(mailbox.domain), 1)
            ON CONFLICT (address, forwarding) DO NOTHING
            """)
        try refreshActivity(touching: address)
    }

    package func removeAlias(_ address: MailAddress, of mailbox: MailAddress) throws {
        try vmail.change(
            "DELETE FROM forwardings WHERE address = \(address) AND forwarding = \(mailbox) AND is_alias = 1")
    }

    /// Alias accounts (or, with `lists`, mailing lists) that have the mailbox among their members, ascending.
    package func memberships(of mailbox: MailAddress, lists: Bool) throws -> [String] {
        try vmail.texts(
            """
            SELECT address FROM forwardings
             WHERE forwarding = \(mailbox) AND is_list = 1
               AND EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address) = \(lists ? 1 : 0)
             ORDER BY address
            """)
    }

    /// The catch-all destinations of a domain, ascending.
    package func catchAll(of domain: DomainName) throws -> [String] {
        try vmail.texts("SELECT forwarding FROM forwardings WHERE address = \(domain) ORDER BY forwarding")
    }

    /// Replaces the catch-all destinations of a domain; an empty list turns catch-all off.
    package func setCatchAll(of domain: DomainName, to destinations: [MailAddress]) throws {
        try vmail.change("DELETE FROM forwardings WHERE address = \(domain)")
        for destination in destinations {
            try vmail.change(
                """
                INSERT INTO forwardings (address, forwarding, domain, dest_domain)
                VALUES (\(domain), \(destination), \(domain), \(destination.domain))
                """)
        }
        try refreshActivity(touching: domain)
    }

    /// Whether an account or a per-user alias has this address already.
    package func isTaken(_ address: MailAddress) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM forwardings WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
                OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
            """)
    }

    /// The one rule of `forwardings.active`, applied to every row that names the address on either side: a row is
    /// active when the account it belongs to is (catch-all rows have none; for a per-user alias it is the domain that its
    /// address lies under), and its destination is no disabled mailbox. A mailbox in a domain that waits for its proof is
    /// none for other domains: to them the address is an outside one.
    package func refreshActivity(touching address: some Bindable) throws {
        for side in ["address", "forwarding"] { try refreshActivity(where: "\(side) = ?", address.sqlValue) }
    }

    /// The same for the per-user aliases below a domain or alias domain, when that has become active or inactive.
    package func refreshAliases(below domain: DomainName) throws {
        try refreshActivity(
            where: "is_alias = 1 AND substr(address, instr(address, '@') + 1) = ?", domain.sqlValue)
    }

    /// The same for the rows that lead to disabled mailboxes of a domain, when its mailboxes have become ones for others.
    func refreshDestinations(in domain: DomainName) throws {
        try refreshActivity(
            where: "forwarding IN (SELECT username FROM mailbox WHERE domain = ? AND active = 0)", domain.sqlValue)
    }

    private static let isBelowActiveDomain = """
        COALESCE((SELECT domain.active FROM domain WHERE domain.domain = substr(address, instr(address, '@') + 1)),
                 (SELECT alias_domain.active FROM alias_domain
                   WHERE alias_domain.alias_domain = substr(address, instr(address, '@') + 1)), 0) = 1
        """

    private func refreshActivity(where condition: String, _ value: SQL.Value) throws {
        try vmail.change(
            SQL(
                trusted: """
                    UPDATE forwardings
                       SET active = CASE
                                     WHEN is_alias = 1 THEN \(Self.isBelowActiveDomain)
                                     WHEN instr(address, '@') = 0 THEN 1
                                     ELSE COALESCE((SELECT active FROM mailbox WHERE username = forwardings.address),
                                                 (SELECT active FROM alias WHERE alias.address = forwardings.address),
                                                 (SELECT active FROM maillists WHERE maillists.address = forwardings.address),
                                                 1) = 1 END
                                    AND NOT EXISTS (SELECT 1 FROM mailbox
                                                     WHERE username = forwardings.forwarding AND mailbox.active = 0
                                                       AND (mailbox.domain = forwardings.domain
                                                            OR NOT \(DomainStore.isWaiting("mailbox.domain"))))
                     WHERE \(condition)
                    """,
                [value]))
    }
}

extension Store {
    package var forwardings: ForwardingStore { ForwardingStore(vmail: vmail) }
}
