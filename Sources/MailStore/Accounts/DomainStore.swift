package import Mail
package import Storage

/// The tables `domain` and `alias_domain`.
package struct DomainStore {
    let vmail: Database
    let profileColumns: String

    /// Nil when the name is not a primary domain here.
    package func find(_ name: DomainName) throws -> DomainRow? {
        try vmail.first(Self.query(name), DomainRow.init)
    }

    /// Announces `find`.
    package func announce(_ name: DomainName) { vmail.announce([Self.query(name)]) }

    static func query(_ name: DomainName) -> SQL {
        """
        SELECT domain, description, active, backupmx, transport, maxquota, mailboxes, aliases, maillists, settings
          FROM domain
         WHERE domain = \(name)
        """
    }

    /// Whether there is any domain at all.
    package func hasAny() throws -> Bool {
        try vmail.exists("SELECT EXISTS (SELECT 1 FROM domain)")
    }

    /// Whether a primary domain or an alias domain has the name (`Contract.md` 4), also one that is being deleted.
    package func isTaken(_ name: DomainName) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain WHERE domain = \(name))
                OR EXISTS (SELECT 1 FROM alias_domain WHERE alias_domain = \(name))
                OR EXISTS (SELECT 1 FROM long_changes WHERE domain = \(name))
            """)
    }

    /// The primary domain that mail for this name reaches: the domain itself, or the target of an alias domain. Nil
    /// when the name is not hosted, is switched off, or waits for its proof.
    package func activePrimary(of name: DomainName) throws -> DomainName? {
        try vmail.first(
            """
            SELECT domain FROM domain WHERE domain = \(name) AND active = 1
            UNION ALL
            SELECT target_domain FROM alias_domain WHERE alias_domain = \(name) AND active = 1
            """
        ) { row in try row.get("domain", DomainName.init) }
    }

    package func insert(_ domain: DomainRow, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO domain (domain, description, active, backupmx, transport, maxquota,
                                mailboxes, aliases, maillists, settings, created)
            VALUES (\(domain.name), \(domain.title), \(domain.status), \(domain.isBackupMX ? 1 : 0), \(domain.transport),
                    \(domain.quota), \(domain.mailboxLimit), \(domain.aliasLimit), \(domain.listLimit),
                    \(domain.settings), \(now))
            """)
    }

    /// Writes all members of the row.
    package func update(_ domain: DomainRow, now: Moment) throws {
        try vmail.change(
            """
            UPDATE domain
               SET description = \(domain.title), active = \(domain.status), backupmx = \(domain.isBackupMX ? 1 : 0),
                   transport = \(domain.transport), maxquota = \(domain.quota), mailboxes = \(domain.mailboxLimit),
                   aliases = \(domain.aliasLimit), maillists = \(domain.listLimit), settings = \(domain.settings),
                   modified = \(now)
             WHERE domain = \(domain.name)
            """)
    }

    /// Sets `modified` alone, for a change of other tables: `Contract.md` 1.
    package func touch(_ name: DomainName, now: Moment) throws {
        try vmail.change("UPDATE domain SET modified = \(now) WHERE domain = \(name)")
    }

    /// - Parameter alias: must be free (`isTaken`).
    package func addAliasDomain(
        _ alias: DomainName, of target: DomainName, _ status: AccountStatus, now: Moment
    ) throws {
        try vmail.change(
            """
            INSERT INTO alias_domain (alias_domain, target_domain, created, active)
            VALUES (\(alias), \(target), \(now), \(status))
            """)
    }

    /// Deletes an alias domain of `target`, and the per-user aliases under it. Does nothing if it is not there.
    package func removeAliasDomain(_ alias: DomainName, of target: DomainName) throws {
        let removed = try vmail.changedRows(
            "DELETE FROM alias_domain WHERE alias_domain = \(alias) AND target_domain = \(target)")
        guard removed > 0 else { return }
        try vmail.change(
            """
            DELETE FROM forwardings WHERE is_alias = 1 AND substr(address, instr(address, '@') + 1) = \(alias)
            """)
    }

    /// The alias domains of a domain, active or not, ascending.
    package func aliasDomains(of name: DomainName) throws -> [String] {
        try aliasDomainsAndStatus(of: name).map(\.name)
    }

    /// The active alias domains of a domain, ascending.
    package func activeAliasDomains(of name: DomainName) throws -> [String] {
        try aliasDomainsAndStatus(of: name).filter { $0.status == .active }.map(\.name)
    }

    package func aliasDomainsAndStatus(of name: DomainName) throws -> [(name: String, status: AccountStatus)] {
        try vmail.all(
            "SELECT alias_domain, active FROM alias_domain WHERE target_domain = \(name) ORDER BY alias_domain COLLATE BINARY"
        ) {
            row in (row.text(0), try row.status("active"))
        }
    }

    /// What the domain has now: a row of `domain_totals`.
    package func usage(of name: DomainName) throws -> DomainUsage {
        try vmail.first("SELECT mailboxes, aliases, maillists, quota FROM domain_totals WHERE domain = \(name)") {
            row in
            DomainUsage(
                mailboxes: row.integer(0), aliases: row.integer(1), lists: row.integer(2), quota: row.integer(3))
        } ?? DomainUsage(mailboxes: 0, aliases: 0, lists: 0, quota: 0)
    }

    /// Calls `body` with every column of the row.
    /// - Returns: false when there is no such domain.
    package func withProfile(of name: DomainName, _ body: (Row) throws -> Void) throws -> Bool {
        try vmail.first(
            SQL(trusted: "SELECT \(profileColumns) FROM domain WHERE domain = ?", [name.sqlValue]), body) != nil
    }

    /// Every hosted primary domain, ascending.
    package func names() throws -> [String] {
        try vmail.texts("SELECT domain FROM domain ORDER BY domain COLLATE BINARY")
    }

    /// Calls `body` for each name, ascending. A long list may be read from several snapshots: `Security.md` F3.
    package func forEachName(_ selection: DomainSelection, _ body: (DomainName) throws -> Void) throws {
        try vmail.forEachKey(selection.query, "domain", selection.values, selection.page) { key in
            if let name = DomainName(key) { try body(name) }
        }
    }

    /// The last name of the selection's page; nil when none follows it.
    package func lastName(_ selection: DomainSelection) throws -> String? {
        try selection.page.last(selection.query, "domain", selection.values, in: vmail)
    }
}

/// Some of the hosted domains.
package struct DomainSelection: Sendable {
    let query: String
    let values: [SQL.Value]
    let page: Page

    /// - Parameters:
    ///   - admin: only the domains that this normal admin manages; nil for all.
    ///   - disabledOnly: only those with `active=0`.
    package init(managedBy admin: MailAddress?, disabledOnly: Bool, page: Page = .all) {
        let onlyManaged =
            """
            EXISTS (SELECT 1 FROM domain_admins
                     WHERE domain_admins.domain = domain.domain AND username = ? AND domain_admins.active = 1)
            """
        query = """
            SELECT domain FROM domain
             WHERE \(admin == nil ? "TRUE" : onlyManaged) AND \(disabledOnly ? "active = 0" : "TRUE")
            """
        values = admin.map { [$0.sqlValue] } ?? []
        self.page = page
    }
}

/// How many accounts a domain has, and the sum of their quotas.
package struct DomainUsage: Sendable {
    package let mailboxes: Int
    package let aliases: Int
    package let lists: Int
    /// In MB.
    package let quota: Int
}

extension Store {
    package var domains: DomainStore { DomainStore(vmail: vmail, profileColumns: domainColumns) }
}
