package import Mail
import SQLite

/// An account that may use the API, as its rights stand now.
package struct AdminRow: Sendable {
    package let username: MailAddress
    /// The hash as stored.
    package let password: String
    package let isGlobal: Bool
    /// A mail user with rights; false for a standalone admin.
    package let isMailbox: Bool
    /// Creation limits and the like.
    package let settings: AccountSettings

    /// Whoever works on the machine itself; in logs under a name nobody can log in with.
    package static var machineOperator: AdminRow? {
        MailAddress("postern@localhost.localdomain").map {
            AdminRow(username: $0, password: "", isGlobal: true, isMailbox: false, settings: AccountSettings())
        }
    }
}

/// One admin in the list of all.
package struct ListedAdmin: Sendable {
    package let username: String
    package let status: AccountStatus
    package let isMailbox: Bool
    package let isGlobal: Bool
    /// Ascending; empty for a global one.
    package let domains: [String]
}

/// The tables `admin` and `domain_admins`, and the admin flags of `mailbox`.
package struct AdminStore {
    let vmail: Database
    let memory: Memory<AdminRow>

    /// The active admin of that name: a standalone one first, else a mail user with admin rights; nil for anybody else.
    ///
    /// - Parameter now: whoever has expired by then is none. Other programs set `expired`; `Security.md` A11.
    package func find(_ username: MailAddress, now: Moment) throws -> AdminRow? {
        try memory.row(username.text, now: now) { try search(username, now) }
    }

    private func search(_ username: MailAddress, _ now: Moment) throws -> AdminRow? {
        if let standalone = try vmail.first(
            """
            SELECT password, settings,
                   EXISTS (SELECT 1 FROM domain_admins
                            WHERE domain_admins.username = admin.username AND domain = 'ALL' AND active = 1) AS isglobal
              FROM admin
             WHERE username = \(username) AND active = 1 AND expired > \(now)
            """,
            { row in Self.admin(username, row, isMailbox: false) })
        {
            return standalone
        }
        return try vmail.first(
            """
            SELECT password, settings, isglobaladmin AS isglobal
              FROM mailbox
             WHERE username = \(username) AND active = 1 AND expired > \(now)
               AND (isadmin = 1 OR isglobaladmin = 1)
            """,
            { row in Self.admin(username, row, isMailbox: true) })
    }

    /// Every admin of both kinds, active or not, ascending.
    package func all() throws -> [ListedAdmin] {
        let rows = try vmail.all(
            """
            SELECT username, active, 0 AS ismailbox FROM admin
            UNION ALL
            SELECT username, active, 1 AS ismailbox FROM mailbox WHERE isadmin = 1 OR isglobaladmin = 1
            ORDER BY 1
            """
        ) { row in
            (username: row.text(0), status: try row.status("active"), isMailbox: row.integer(2) != 0)
        }
        var admins: [ListedAdmin] = []
        for row in rows {
            let domains = try vmail.texts(
                "SELECT domain FROM domain_admins WHERE username = \(row.username) ORDER BY domain"
            )
            admins.append(
                ListedAdmin(
                    username: row.username, status: row.status, isMailbox: row.isMailbox,
                    isGlobal: domains.contains("ALL"), domains: domains.filter { $0 != "ALL" }))
        }
        return admins
    }

    /// Whether a normal admin manages the domain.
    package func manages(_ username: MailAddress, _ domain: DomainName) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain_admins
                            WHERE username = \(username) AND domain = \(domain) AND active = 1)
            """)
    }

    /// Whether an account has rights over a domain that this normal admin does not manage: who set its password or had
    /// its name would have them too. Those that are switched off count, because they may be switched on again.
    package func isBeyond(_ caller: MailAddress, _ username: MailAddress) throws -> Bool {
        guard username != caller else { return false }
        return try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain_admins
                            WHERE username = \(username)
                              AND domain NOT IN (SELECT domain FROM domain_admins
                                                  WHERE username = \(caller) AND active = 1))
            """)
    }

    /// Whether a domain holds the mailbox of such an account.
    package func hasMailboxBeyond(_ caller: MailAddress, in domain: DomainName) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1
                             FROM domain_admins CROSS JOIN mailbox ON mailbox.username = domain_admins.username
                            WHERE mailbox.domain = \(domain) AND mailbox.username <> \(caller)
                              AND domain_admins.domain NOT IN (SELECT domain FROM domain_admins
                                                                WHERE username = \(caller) AND active = 1))
            """)
    }

    /// Takes every right from a name that no account has: they can only be left over from one that is gone, and whoever
    /// gets the name next must not inherit them.
    package func dropLeftovers(of username: MailAddress) throws {
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username)")
    }

    /// What a normal admin may do with a domain.
    package enum DomainRights: Sendable {
        case none
        /// It is his only when he has proved that; see `DomainStore.isWaiting`.
        case waiting
        case full
    }

    package func rights(of username: MailAddress, over domain: DomainName) throws -> DomainRights {
        try vmail.first(
            SQL(
                trusted: """
                    SELECT \(DomainStore.isWaiting("domain_admins.domain")) FROM domain_admins
                     WHERE username = ? AND domain = ? AND active = 1
                    """, [username.sqlValue, domain.sqlValue])
        ) { row in row.integer(0) == 0 ? DomainRights.full : .waiting } ?? .none
    }

    /// The domains a normal admin manages, ascending; `ALL` is no domain.
    package func managedDomains(of username: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT domain FROM domain_admins WHERE username = \(username) AND domain <> 'ALL' ORDER BY domain"
        )
    }

    /// The normal admins of a domain, ascending.
    package func normalAdmins(of domain: DomainName) throws -> [String] {
        try vmail.texts("SELECT username FROM domain_admins WHERE domain = \(domain) ORDER BY username")
    }

    /// A mail user becomes an admin by it.
    package func addDomain(_ domain: DomainName, to username: MailAddress, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO domain_admins (username, domain, created, active) VALUES (\(username), \(domain), \(now), 1)
            ON CONFLICT (username, domain) DO NOTHING
            """)
        try vmail.change(
            "UPDATE mailbox SET isadmin = 1, modified = \(now) WHERE username = \(username) AND isadmin = 0")
    }

    package func removeDomain(_ domain: DomainName, from username: String) throws {
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username) AND domain = \(domain)")
    }

    /// Makes a mail user a global admin, or takes that back; he stays an admin only of domains he still manages.
    package func setGlobal(mailbox address: MailAddress, _ isGlobal: Bool, now: Moment) throws {
        if isGlobal {
            try vmail.change("UPDATE mailbox SET isadmin = 1, isglobaladmin = 1 WHERE username = \(address)")
            try vmail.change(
                """
                INSERT INTO domain_admins (username, domain, created, active) VALUES (\(address), 'ALL', \(now), 1)
                ON CONFLICT (username, domain) DO UPDATE SET active = 1
                """)
        } else {
            try vmail.change("UPDATE mailbox SET isglobaladmin = 0 WHERE username = \(address)")
            try vmail.change("DELETE FROM domain_admins WHERE username = \(address) AND domain = 'ALL'")
            try dropRightsWithoutDomain(address.text)
        }
    }

    /// A mail user who manages nothing any more and is not global loses the admin flag.
    package func dropRightsWithoutDomain(_ username: String) throws {
        try vmail.change(
            """
            UPDATE mailbox SET isadmin = 0
             WHERE username = \(username) AND isglobaladmin = 0
               AND NOT EXISTS (SELECT 1 FROM domain_admins WHERE domain_admins.username = mailbox.username)
            """)
    }

    /// A new standalone admin of everything.
    package func insertGlobal(_ username: MailAddress, password: String, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO admin (username, password, passwordlastchange, created, active)
            VALUES (\(username), \(password), \(now), \(now), 1)
            """)
        try vmail.change(
            """
            INSERT INTO domain_admins (username, domain, created, active) VALUES (\(username), 'ALL', \(now), 1)
            """)
    }

    /// Whether an active global admin who has not expired, of either kind, remains without this account.
    package func hasGlobalAdmin(besides account: MailAddress, now: Moment) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox
                            WHERE isglobaladmin = 1 AND active = 1 AND expired > \(now) AND username <> \(account))
                OR EXISTS (SELECT 1 FROM admin JOIN domain_admins ON domain_admins.username = admin.username
                            WHERE admin.active = 1 AND admin.expired > \(now)
                              AND domain_admins.domain = 'ALL' AND domain_admins.active = 1
                              AND admin.username <> \(account))
            """)
    }

    /// Whether an active global admin who has not expired, of either kind, remains without the mailboxes of this domain.
    package func hasGlobalAdmin(outside domain: DomainName, now: Moment) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox
                            WHERE isglobaladmin = 1 AND active = 1 AND expired > \(now) AND domain <> \(domain))
                OR EXISTS (SELECT 1 FROM admin JOIN domain_admins ON domain_admins.username = admin.username
                            WHERE admin.active = 1 AND admin.expired > \(now)
                              AND domain_admins.domain = 'ALL' AND domain_admins.active = 1)
            """)
    }

    /// What an admin's domains are allowed together, without the one named.
    package func allotted(to username: MailAddress, besides domain: DomainName) throws -> Allotment {
        let most = 1_000_000_000_000  // More of a kind in one domain would let the sums overflow.
        return try vmail.first(
            """
            SELECT COUNT(*) AS domains, COALESCE(SUM(maxquota), 0) AS quota,
                   COALESCE(SUM(MIN(MAX(mailboxes, 0), \(most))), 0) AS mailboxes,
                   COALESCE(SUM(MIN(MAX(aliases, 0), \(most))), 0) AS aliases,
                   COALESCE(SUM(MIN(MAX(maillists, 0), \(most))), 0) AS lists
              FROM domain
             WHERE domain <> \(domain)
               AND domain IN (SELECT domain FROM domain_admins WHERE username = \(username) AND active = 1)
            """,
            Allotment.init) ?? .none
    }

    /// - Parameter row: password, settings, whether it is a global admin.
    private static func admin(_ username: MailAddress, _ row: Row, isMailbox: Bool) -> AdminRow {
        AdminRow(
            username: username, password: row.text(0), isGlobal: row.integer(2) != 0, isMailbox: isMailbox,
            settings: AccountSettings(stored: row.text(1)))
    }
}

/// Sums over the domains of one admin; a limit of -1 counts as 0.
package struct Allotment: Sendable {
    package let domains: Int
    /// Σ `maxquota`, MB.
    package let quota: Int
    package let mailboxes: Int
    package let aliases: Int
    package let lists: Int

    static let none = Allotment(domains: 0, quota: 0, mailboxes: 0, aliases: 0, lists: 0)

    init(domains: Int, quota: Int, mailboxes: Int, aliases: Int, lists: Int) {
        self.domains = domains
        self.quota = quota
        self.mailboxes = mailboxes
        self.aliases = aliases
        self.lists = lists
    }

    init(_ row: Row) throws {
        self.init(
            domains: try row.integer("domains"), quota: try row.integer("quota"),
            mailboxes: try row.integer("mailboxes"), aliases: try row.integer("aliases"),
            lists: try row.integer("lists"))
    }
}

extension Store {
    package var admins: AdminStore { AdminStore(vmail: vmail, memory: adminMemory) }
}
