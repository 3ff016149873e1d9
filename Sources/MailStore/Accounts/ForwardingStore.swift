package import Mail
package import Storage

/// The table `forwardings`: what Postfix expands an address to. `Contract.md` 1.1 tells the kinds of rows.
package struct ForwardingStore {
    let vmail: Database

    /// The destinations of a mailbox, the mailbox itself included if it has a self row, ascending.
    package func destinations(of mailbox: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT forwarding FROM forwardings WHERE address = \(mailbox) AND is_forwarding = 1 ORDER BY forwarding COLLATE BINARY"
        )
    }

    /// Inserts the self row of a new mailbox. Other rows keep their `active`: those that led to this address counted as
    /// leading outside, which is active, and the new mailbox is active too.
    package func addSelf(of mailbox: MailAddress) throws {
        try insertDestination(mailbox, of: mailbox)
    }

    /// Replaces the destinations of a mailbox. With the mailbox itself among them a copy is kept. With none the mailbox
    /// becomes the only one.
    package func setDestinations(of mailbox: MailAddress, to destinations: [MailAddress]) throws {
        try vmail.change("DELETE FROM forwardings WHERE address = \(mailbox) AND is_forwarding = 1")
        for destination in destinations.isEmpty ? [mailbox] : destinations {
            try insertDestination(destination, of: mailbox)
        }
        try refreshActivity(touching: mailbox)
    }

    /// Deletes every row that leads to an address that is about to be deleted. A mailbox whose only destination this
    /// was gets its self row back.
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
            "SELECT address FROM forwardings WHERE forwarding = \(mailbox) AND is_alias = 1 ORDER BY address COLLATE BINARY"
        )
    }

    /// The per-user aliases under the mailbox's own domain, and those under an active domain or alias domain.
    package func activeAliases(of mailbox: MailAddress) throws -> [String] {
        try vmail.texts(
            SQL(
                trusted: """
                    SELECT address FROM forwardings
                     WHERE forwarding = ? AND is_alias = 1
                       AND (substr(address, instr(address, '@') + 1) = domain OR \(Self.isBelowActiveDomain))
                     ORDER BY address COLLATE BINARY
                    """, [mailbox.sqlValue]))
    }

    /// Adds a per-user alias to a mailbox.
    /// - Parameter address: must be free (`isTaken`).
    package func addAlias(_ address: MailAddress, to mailbox: MailAddress) throws {
        // `domain` is that of the mailbox, also for an address under an alias domain, because Postfix joins on it.
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

    /// The aliases of which a mailbox is a member, or with `lists` the mailing lists, ascending.
    package func memberships(of mailbox: MailAddress, lists: Bool) throws -> [String] {
        try vmail.texts(
            """
            SELECT address FROM forwardings
             WHERE forwarding = \(mailbox) AND is_list = 1
               AND \(name: lists ? "" : "NOT") EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address)
             ORDER BY address COLLATE BINARY
            """)
    }

    /// The catch-all destinations of a domain, ascending.
    package func catchAll(of domain: DomainName) throws -> [String] {
        try vmail.texts(
            "SELECT forwarding FROM forwardings WHERE address = \(domain) ORDER BY forwarding COLLATE BINARY")
    }

    /// Replaces the catch-all destinations of a domain. With none it has no catch-all.
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

    /// Whether an account or a per-user alias has the address: `Contract.md` 4.
    package func isTaken(_ address: MailAddress) throws -> Bool {
        try vmail.exists(Self.takenQuery(address))
    }

    static func takenQuery(_ address: MailAddress) -> SQL {
        """
        SELECT EXISTS (SELECT 1 FROM forwardings WHERE address = \(address))
            OR EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
            OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
            OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
        """
    }

    /// Works out `active` anew, by the rule of `Contract.md` 1.1, for every row that names an address on either side.
    /// - Parameter address: for the rows of a catch-all the domain's name.
    package func refreshActivity(touching address: some Bindable) throws {
        for side in ["address", "forwarding"] { try refreshActivity(where: "\(side) = ?", address.sqlValue) }
    }

    /// The same for the per-user aliases under a domain or alias domain, when that has become active or inactive.
    package func refreshAliases(below domain: DomainName) throws {
        try refreshActivity(
            where: "is_alias = 1 AND substr(address, instr(address, '@') + 1) = ?", domain.sqlValue)
    }

    /// The same for the rows that lead to disabled mailboxes of a domain, when the domain has become active or
    /// inactive.
    func refreshDestinations(in domain: DomainName) throws {
        try refreshActivity(
            where: "forwarding IN (SELECT username FROM mailbox WHERE domain = ? AND active = 0)", domain.sqlValue)
    }

    /// The same for a whole domain: its rows, those that lead to it, and the per-user aliases below it.
    func refreshAll(of domain: DomainName) throws {
        for condition in ["domain = ?", "dest_domain = ?1 AND domain <> ?1"] {
            try refreshActivity(where: condition, domain.sqlValue)
        }
        for name in [domain.text] + (try DomainStore(vmail: vmail, profileColumns: "").aliasDomains(of: domain)) {
            try refreshActivity(
                where: "is_alias = 1 AND substr(address, instr(address, '@') + 1) = ?", name.sqlValue)
        }
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
                       SET active = CASE WHEN
                                    CASE
                                     WHEN is_alias = 1 THEN \(Self.isBelowActiveDomain)
                                     WHEN instr(address, '@') = 0 THEN TRUE
                                     ELSE COALESCE((SELECT active FROM mailbox WHERE username = forwardings.address),
                                                 (SELECT active FROM alias WHERE alias.address = forwardings.address),
                                                 (SELECT active FROM maillists WHERE maillists.address = forwardings.address),
                                                 1) = 1 END
                                    AND NOT EXISTS (SELECT 1 FROM mailbox
                                                     WHERE username = forwardings.forwarding AND mailbox.active = 0
                                                       AND (mailbox.domain = forwardings.domain
                                                            OR NOT \(DomainStore.isWaiting("mailbox.domain"))))
                                    AND NOT (is_alias = 1
                                             AND EXISTS (SELECT 1 FROM maillists
                                                          WHERE maillists.address = forwardings.forwarding
                                                            AND maillists.active = 0))
                                    THEN 1 ELSE 0 END
                     WHERE \(condition)
                    """,
                [value]))
    }
}

extension Store {
    package var forwardings: ForwardingStore { ForwardingStore(vmail: vmail) }
}
