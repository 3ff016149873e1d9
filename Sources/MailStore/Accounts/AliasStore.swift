package import Mail
package import SQLite

/// An alias account, or a mailing list: an address that stands for its members.
package struct AliasRow: Sendable {
    package let address: MailAddress
    package let status: AccountStatus
    package let isList: Bool
}

/// Who may send to an alias or a mailing list.
/// Source: iRedAPD's `sql_alias_access_policy`; the names are those of iRedMail.
package enum AccessPolicy: String, CaseIterable, Sendable {
    case `public`, domain, subdomain, membersonly, moderatorsonly, membersandmoderatorsonly

    /// An older name counts too; nil for any other.
    package init?(word: String) {
        let word = word.lowercased()
        self.init(rawValue: word == "allowedonly" ? "moderatorsonly" : word)
    }
}

/// The tables `alias` and `maillists`. A mailing list has a row in both: the one in `maillists` says what it is, the one
/// in `alias` makes iRedAPD enforce its access policy.
package struct AliasStore {
    let vmail: Database
    let aliasColumns: String
    let listColumns: String

    /// - Parameter isList: whether a mailing list is looked for; an account of the other kind is not found.
    package func find(_ address: MailAddress, isList: Bool) throws -> AliasRow? {
        try vmail.first(
            """
            SELECT active FROM alias
             WHERE address = \(address)
               AND EXISTS (SELECT 1 FROM maillists WHERE maillists.address = alias.address) = \(isList ? 1 : 0)
            """
        ) { row in
            AliasRow(address: address, status: try row.status("active"), isList: isList)
        }
    }

    /// What is to be written of an alias or list; nil leaves it alone, or at its default on creation.
    package struct Changes: Sendable {
        package var name: String?
        package var policy: AccessPolicy?
        package var status: AccountStatus?
        package init() {}
    }

    package func insert(_ address: MailAddress, _ values: Changes, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO alias (address, name, accesspolicy, domain, created)
            VALUES (\(address), \(values.name ?? ""), \((values.policy ?? .public).rawValue), \(address.domain), \(now))
            """)
    }

    /// - Parameters:
    ///   - id: 36 characters, unique.
    ///   - transport: never empty: Postfix warns about an empty result and ignores it.
    package func insertList(
        _ address: MailAddress, _ values: Changes, id: String, transport: String, now: Moment
    ) throws {
        try insert(address, values, now: now)
        try vmail.change(
            """
            INSERT INTO maillists (address, domain, name, accesspolicy, transport, mlid, is_newsletter, settings,
                                   created, active)
            VALUES (\(address), \(address.domain), \(values.name ?? ""), \((values.policy ?? .public).rawValue),
                    \(transport), \(id), 0, '', \(now), 1)
            """)
    }

    /// Changes the row, and that of the mailing list where it is one.
    package func update(_ address: MailAddress, _ changes: Changes, now: Moment) throws {
        let tables: [StaticString] = ["alias", "maillists"]
        for table in tables {
            try vmail.change(
                """
                UPDATE \(name: table)
                   SET name = COALESCE(\(changes.name), name),
                       accesspolicy = COALESCE(\(changes.policy?.rawValue), accesspolicy),
                       active = COALESCE(\(changes.status), active), modified = \(now)
                 WHERE address = \(address)
                """)
        }
    }

    /// Hands over every column of the account's own row: that of `maillists` for a mailing list.
    /// - Returns: false when there is none.
    package func withProfile(of address: MailAddress, isList: Bool, _ body: (Row) throws -> Void) throws -> Bool {
        let (table, columns) = isList ? ("maillists", listColumns) : ("alias", aliasColumns)
        return try vmail.first(
            SQL(trusted: "SELECT \(columns) FROM \(table) WHERE address = ?", [address.sqlValue]), body) != nil
    }
}

/// The people of an alias or mailing list: members, moderators, owners.
extension AliasStore {
    /// Ascending, as the following.
    package func members(of address: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT forwarding FROM forwardings WHERE address = \(address) AND is_list = 1 ORDER BY forwarding")
    }

    package func moderators(of address: MailAddress) throws -> [String] {
        try vmail.texts("SELECT moderator FROM moderators WHERE address = \(address) ORDER BY moderator")
    }

    package func owners(of address: MailAddress) throws -> [String] {
        try vmail.texts("SELECT owner FROM maillist_owners WHERE address = \(address) ORDER BY owner")
    }

    package func add(member: MailAddress, to address: MailAddress) throws {
        try vmail.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_list)
            VALUES (\(address), \(member), \(address.domain), \(member.domain), 1)
            ON CONFLICT (address, forwarding) DO NOTHING
            """)
    }

    package func remove(member: MailAddress, from address: MailAddress) throws {
        try vmail.change(
            "DELETE FROM forwardings WHERE address = \(address) AND forwarding = \(member) AND is_list = 1")
    }

    package func add(moderator: MailAddress, to address: MailAddress) throws {
        try vmail.change(
            """
            INSERT INTO moderators (address, moderator, domain, dest_domain)
            VALUES (\(address), \(moderator), \(address.domain), \(moderator.domain))
            ON CONFLICT (address, moderator) DO NOTHING
            """)
    }

    package func remove(moderator: MailAddress, from address: MailAddress) throws {
        try vmail.change("DELETE FROM moderators WHERE address = \(address) AND moderator = \(moderator)")
    }
}

extension Store {
    package var aliases: AliasStore {
        AliasStore(vmail: vmail, aliasColumns: aliasColumns, listColumns: listColumns)
    }

    /// Removes an alias or mailing list and everything that speaks of it.
    package func deleteAlias(_ address: MailAddress) throws {
        // To others an address in a domain that waits for its proof is an outside one.
        let own = try domains.isWaiting(address.domain) ? address.domain : nil
        if own == nil { try policies.removeAccount(address) }
        for table in ["alias", "maillists", "maillist_owners", "moderators", "forwardings"] {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE address = ?", [address.sqlValue]))
        }
        for (table, column) in [
            ("maillist_owners", "owner"), ("moderators", "moderator"),
            ("sender_bcc_user", "bcc_address"), ("recipient_bcc_user", "bcc_address"),
            ("sender_bcc_domain", "bcc_address"), ("recipient_bcc_domain", "bcc_address"),
        ] {
            try removeReferences(in: table, column, to: address, of: own)
        }
        try forwardings.removeAll(to: address, of: own)
    }

    /// Gives an alias another address, also in another domain, in every table.
    /// - Parameter new: free; neither address lies in a domain that waits for its proof.
    package func renameAlias(_ old: MailAddress, to new: MailAddress, now: Moment) throws {
        try policies.renameAccount(old, to: new)
        let tables: [StaticString] = ["alias", "maillists"]
        for table in tables {
            try vmail.change(
                """
                UPDATE \(name: table) SET address = \(new), domain = \(new.domain), modified = \(now)
                 WHERE address = \(old)
                """)
        }
        // What it passed on to its new address would come back to it.
        try vmail.change(
            "DELETE FROM forwardings WHERE address = \(old) AND forwarding IN (\(old), \(new)) AND is_list = 1")
        try renameReferences(to: old, as: new)
    }
}
