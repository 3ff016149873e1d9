package import Mail
import Storage

/// An active admin, with the rights that the tables hold: `Contract.md` 3.1.
package struct AdminRow: Sendable {
    package let username: MailAddress
    /// The hash as stored.
    package let password: String
    package let isGlobal: Bool
    /// True for a mail user with rights, false for a standalone admin.
    package let isMailbox: Bool
    /// The admin's limits, among others: `Contract.md` 1.2.
    package let settings: AccountSettings

    /// The operator, who uses the tools on the machine itself. Nobody can log in under this name. Never nil.
    package static var machineOperator: AdminRow? {
        MailAddress("postern@localhost.localdomain").map {
            AdminRow(username: $0, password: "", isGlobal: true, isMailbox: false, settings: AccountSettings())
        }
    }
}

/// An admin in the list of all.
package struct ListedAdmin: Sendable {
    package let username: String
    package let status: AccountStatus
    package let isMailbox: Bool
    package let isGlobal: Bool
    /// The domains that a normal admin manages, ascending.
    package let domains: [String]
}

/// The tables `admin` and `domain_admins`, and the admin flags of `mailbox`.
package struct AdminStore {
    let vmail: Database
    let memory: Memory<AdminRow>

    /// The active admin of that name: a standalone admin, or if there is none, a mail user with rights. Nil for anybody
    /// else, and for an admin whose `expired` is over at `now` (`Security.md` A11).
    package func find(_ username: MailAddress, now: Moment) throws -> AdminRow? {
        try memory.row(username.text, now: now) { try search(username, now) }
    }

    private func search(_ username: MailAddress, _ now: Moment) throws -> AdminRow? {
        // The parts of the query come in their order: a damaged `mailbox` keeps no standalone admin out.
        try vmail.first(Self.query(username, now)) { row in Self.admin(username, row) }
    }

    /// Announces `find`.
    func announce(_ username: MailAddress, now: Moment) {
        if !memory.isKept(username.text, now: now) { vmail.announce([Self.query(username, now)]) }
    }

    /// Selects password, settings, whether it is a global admin, and whether it is a mail user.
    static func query(_ username: MailAddress, _ now: Moment) -> SQL {
        SQL(trusted: both, [username.sqlValue, now.sqlValue])
    }

    private static let both = """
        SELECT password, settings,
               CASE WHEN EXISTS (SELECT 1 FROM domain_admins
                                  WHERE domain_admins.username = admin.username AND domain = 'ALL' AND active = 1)
                    THEN 1 ELSE 0 END, 0
          FROM admin
         WHERE username = ?1 AND active = 1 AND expired > ?2
        UNION ALL
        SELECT password, settings, isglobaladmin, 1
          FROM mailbox
         WHERE username = ?1 AND active = 1 AND expired > ?2 AND (isadmin = 1 OR isglobaladmin = 1)
        """

    /// All admins of both kinds, active or not, ascending.
    package func all() throws -> [ListedAdmin] {
        let rows = try vmail.all(
            """
            SELECT username COLLATE BINARY, active, 0 AS ismailbox FROM admin
            UNION ALL
            SELECT username COLLATE BINARY, active, 1 AS ismailbox FROM mailbox WHERE isadmin = 1 OR isglobaladmin = 1
            ORDER BY 1
            """
        ) { row in
            (username: row.text(0), status: try row.status("active"), isMailbox: row.integer(2) != 0)
        }
        var admins: [ListedAdmin] = []
        for row in rows {
            let domains = try vmail.texts(
                "SELECT domain FROM domain_admins WHERE username = \(row.username) ORDER BY domain COLLATE BINARY"
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

    /// Whether an account has a right over a domain that the caller, a normal admin, does not manage. Then the caller
    /// must not change the account (`Security.md` B18). A right with `active=0` counts too, because it may be switched
    /// on again. False for the caller's own account.
    package func managesOthersDomain(_ caller: MailAddress, _ username: MailAddress) throws -> Bool {
        guard username != caller else { return false }
        return try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM domain_admins
                            WHERE username = \(username)
                              AND domain NOT IN (SELECT domain FROM domain_admins
                                                  WHERE username = \(caller) AND active = 1))
            """)
    }

    /// Whether a domain has a mailbox of which `managesOthersDomain` is true.
    package func hasMailboxOfOthersAdmin(_ caller: MailAddress, in domain: DomainName) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1
                             FROM domain_admins CROSS JOIN mailbox ON mailbox.username = domain_admins.username
                            WHERE mailbox.domain = \(domain) AND mailbox.username <> \(caller)
                              AND domain_admins.domain NOT IN (SELECT domain FROM domain_admins
                                                                WHERE username = \(caller) AND active = 1))
            """)
    }

    /// Deletes the rights under a name that no account has. They are left over from an account that is gone, and the
    /// next one of that name must not have them.
    package func deleteRights(of username: MailAddress) throws {
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username)")
    }

    /// What a normal admin may do with a domain.
    package enum DomainRights: Sendable {
        case none
        /// The admin manages it, but it waits for a proof: `Contract.md` 3.2.
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

    /// The domains that an admin manages, ascending, without `ALL`.
    package func managedDomains(of username: MailAddress) throws -> [String] {
        try vmail.texts(
            "SELECT domain FROM domain_admins WHERE username = \(username) AND domain <> 'ALL' ORDER BY domain COLLATE BINARY"
        )
    }

    /// The normal admins of a domain, ascending.
    package func normalAdmins(of domain: DomainName) throws -> [String] {
        try vmail.texts("SELECT username FROM domain_admins WHERE domain = \(domain) ORDER BY username COLLATE BINARY")
    }

    /// Gives an admin a domain. A mail user becomes an admin by it.
    package func addDomain(_ domain: DomainName, to username: MailAddress, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO domain_admins (username, domain, created, active) VALUES (\(username), \(domain), \(now), 1)
            ON CONFLICT (username, domain) DO NOTHING
            """)
        try vmail.change(
            "UPDATE mailbox SET isadmin = 1, modified = \(now) WHERE username = \(username) AND isadmin = 0")
    }

    /// Takes a domain from an admin. `dropRightsWithoutDomain` is to follow.
    package func removeDomain(_ domain: DomainName, from username: String) throws {
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username) AND domain = \(domain)")
    }

    /// Makes a mail user a global admin, or takes that back. Who still manages a domain then remains a normal admin.
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

    /// Sets `isadmin=0` for a mail user who manages no domain and is no global admin.
    package func dropRightsWithoutDomain(_ username: String) throws {
        try vmail.change(
            """
            UPDATE mailbox SET isadmin = 0
             WHERE username = \(username) AND isglobaladmin = 0
               AND NOT EXISTS (SELECT 1 FROM domain_admins WHERE domain_admins.username = mailbox.username)
            """)
    }

    /// Makes a standalone admin who is a global admin.
    /// - Parameter password: the hash to store.
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

    /// Whether there is a global admin besides this account, standalone or not, who is active and has not expired.
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

    /// The same besides all mailboxes of a domain.
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

    /// The sums for the limits of a normal admin (`Contract.md` 4) over all their domains except one.
    package func allotted(to username: MailAddress, besides domain: DomainName) throws -> Allotment {
        let most = 1_000_000_000_000  // Larger limits count as this one, so that no sum overflows.
        return try vmail.first(
            """
            SELECT COUNT(*) AS domains, COALESCE(SUM(maxquota), 0) AS quota,
                   COALESCE(SUM(LEAST(GREATEST(mailboxes, 0), \(most))), 0) AS mailboxes,
                   COALESCE(SUM(LEAST(GREATEST(aliases, 0), \(most))), 0) AS aliases,
                   COALESCE(SUM(LEAST(GREATEST(maillists, 0), \(most))), 0) AS lists
              FROM domain
             WHERE domain <> \(domain)
               AND domain IN (SELECT domain FROM domain_admins WHERE username = \(username) AND active = 1)
            """,
            Allotment.init) ?? .none
    }

    private static func admin(_ username: MailAddress, _ row: Row) -> AdminRow {
        AdminRow(
            username: username, password: row.text(0), isGlobal: row.integer(2) != 0, isMailbox: row.integer(3) != 0,
            settings: AccountSettings(stored: row.text(1)))
    }
}

/// What the domains of an admin may have together, by their own limits. A limit of -1 counts as 0.
package struct Allotment: Sendable {
    package let domains: Int
    /// The sum of `maxquota`, in MB.
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

/// Tells which changed rows concern `AdminStore.find`.
struct AdminColumns {
    /// The numbers of the columns of `mailbox` that make a user an admin.
    private let flags: [Int]

    init(in vmail: Database) throws {
        flags = try vmail.columns(of: "mailbox").enumerated()
            .filter { ["isadmin", "isglobaladmin"].contains($0.element.name) }.map(\.offset)
    }

    func concern(_ change: RowChange) -> Bool {
        switch change.table {
        case "admin", "domain_admins": true
        // Of other users' rows it reads nothing.
        case "mailbox":
            flags.contains { flag in
                [change.old(flag), change.new(flag)].contains { $0 != .null && $0 != .integer(0) }
            }
        default: false
        }
    }
}
