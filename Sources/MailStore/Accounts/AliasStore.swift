package import Mail
package import Storage

/// An alias or a mailing list: an address that stands for its members.
package struct AliasRow: Sendable {
    package let address: MailAddress
    package let status: AccountStatus
    package let isList: Bool
}

/// Who may send to an alias or a mailing list. iRedAPD's plugin `sql_alias_access_policy` enforces it; the names are
/// iRedMail's.
package enum AccessPolicy: String, CaseIterable, Sendable {
    case `public`, domain, subdomain, membersonly, moderatorsonly, membersandmoderatorsonly

    /// In any case; `allowedonly` is an older name of `moderatorsonly`. Nil for any other word.
    package init?(word: String) {
        let word = word.lowercased()
        self.init(rawValue: word == "allowedonly" ? "moderatorsonly" : word)
    }
}

/// The tables `alias` and `maillists`. A mailing list has a row in both: `Contract.md` 9.2.
package struct AliasStore {
    let vmail: Database
    let aliasColumns: String
    let listColumns: String

    /// - Parameter isList: true finds mailing lists only, false aliases only.
    package func find(_ address: MailAddress, isList: Bool) throws -> AliasRow? {
        try vmail.first(
            """
            SELECT active FROM alias
             WHERE address = \(address)
               AND \(name: isList ? "" : "NOT") EXISTS (SELECT 1 FROM maillists WHERE maillists.address = alias.address)
            """
        ) { row in
            AliasRow(address: address, status: try row.status("active"), isList: isList)
        }
    }

    /// What is to be written of an alias or list. Nil leaves the column as it is; in a new row it gets its default.
    package struct Changes: Sendable {
        package var name: String?
        package var policy: AccessPolicy?
        package var status: AccountStatus?
        package init() {}
    }

    /// Makes an alias; it is active.
    package func insert(_ address: MailAddress, _ values: Changes, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO alias (address, name, accesspolicy, domain, created)
            VALUES (\(address), \(values.name ?? ""), \((values.policy ?? .public).rawValue), \(address.domain), \(now))
            """)
    }

    /// Makes a mailing list; it is active.
    /// - Parameters:
    ///   - id: a UUID, 36 characters.
    ///   - transport: never empty (`Contract.md` 9.2).
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

    /// Changes an alias, or both rows of a mailing list.
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

    /// Calls `body` with every column of the row: of `maillists` for a mailing list, else of `alias`.
    /// - Returns: false when there is no such row.
    package func withProfile(of address: MailAddress, isList: Bool, _ body: (Row) throws -> Void) throws -> Bool {
        let (table, columns) = isList ? ("maillists", listColumns) : ("alias", aliasColumns)
        return try vmail.first(
            SQL(trusted: "SELECT \(columns) FROM \(table) WHERE address = ?", [address.sqlValue]), body) != nil
    }
}

/// Members, moderators and owners of an alias or mailing list, ascending.
extension AliasStore {
    package func members(of address: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT forwarding FROM forwardings WHERE address = \(address) AND is_list = 1 ORDER BY forwarding COLLATE BINARY"
        )
    }

    package func moderators(of address: MailAddress) throws -> [String] {
        try vmail.texts("SELECT moderator FROM moderators WHERE address = \(address) ORDER BY moderator COLLATE BINARY")
    }

    package func owners(of address: MailAddress) throws -> [String] {
        try vmail.texts("SELECT owner FROM maillist_owners WHERE address = \(address) ORDER BY owner COLLATE BINARY")
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

    /// Deletes an alias or a mailing list of any kind and every row that names it: `Contract.md` 9.1 to 9.3.
    package func deleteAlias(_ address: MailAddress, now: Moment) throws {
        // In a domain that waits for its proof only rows of that domain go.
        let own = try domains.isWaiting(address.domain) ? address.domain : nil
        try queueReplacement(of: address, by: nil, inListsOf: own, now: now)
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

    /// Gives an alias another address, also in another domain, in every table: `Contract.md` 9.1.
    /// - Parameter new: must be free. Neither domain may wait for its proof.
    package func renameAlias(_ old: MailAddress, to new: MailAddress, now: Moment) throws {
        try policies.renameAccount(old, to: new)
        try queueReplacement(of: old, by: new, now: now)
        let tables: [StaticString] = ["alias", "maillists"]
        for table in tables {
            try vmail.change(
                """
                UPDATE \(name: table) SET address = \(new), domain = \(new.domain), modified = \(now)
                 WHERE address = \(old)
                """)
        }
        // As a member of itself it would get its mail back.
        try vmail.change(
            "DELETE FROM forwardings WHERE address = \(old) AND forwarding IN (\(old), \(new)) AND is_list = 1")
        try renameReferences(to: old, as: new)
    }
}
