import MailStore
import SQLite

/// What is true of the account tables after any calls: `accounts.md` Appendix B, 1 to 6, in SQL of its own.
extension TestAPI {
    /// - Parameter copies: who keeps copies; learns what the calls left open.
    /// - Returns: a line for every row that breaks a rule, each beginning with the rule's number.
    func violations(_ copies: inout KeptCopies) throws -> [String] {
        let connection = try Connection("\(directory)/\(StoreFile.vmail.relativePath)", .reader)
        var lines: [String] = []
        for (rule, query) in Self.rules {
            let broken = try connection.all(SQL(trusted: query)) { (row) throws(SQLiteError) in
                (0..<row.columnCount).map { row.text($0) }.joined(separator: "|")
            }
            lines += broken.map { "\(rule): \($0)" }
        }
        let rows = try connection.all(
            """
            SELECT username,
                   (SELECT COUNT(*) FROM forwardings
                     WHERE address = username AND forwarding = username AND is_forwarding = 1),
                   (SELECT COUNT(*) FROM forwardings
                     WHERE address = username AND forwarding <> username AND is_forwarding = 1)
              FROM mailbox
            """
        ) { (row) throws(SQLiteError) in (username: row.text(0), own: row.integer(1), others: row.integer(2)) }
        for row in rows where !copies.explain(row.username, selfRows: row.own, others: row.others) {
            lines.append("1 self rows: \(row.username) has \(row.own), beside \(row.others) others")
        }
        let settings = try connection.all(
            "SELECT settings FROM domain UNION ALL SELECT settings FROM mailbox UNION ALL SELECT settings FROM admin"
        ) { (row) throws(SQLiteError) in row.text(0) }
        for text in settings where !text.isEmpty {
            let pairs = text.split(separator: ";", omittingEmptySubsequences: false)
            let isSound =
                pairs.last == ""
                && pairs.dropLast().allSatisfy { $0.contains(":") && $0.last != ":" && $0.first != ":" }
            if !isSound { lines.append("6 settings: \(text)") }
        }
        return try lines + orphans(connection)
    }

    /// Rule 5 for the files beside the accounts' own: whose rows nobody owns any more.
    private func orphans(_ accounts: Connection) throws -> [String] {
        let here = try Set(
            accounts.all(
                """
                SELECT username FROM mailbox UNION SELECT address FROM alias
                 UNION SELECT '@' || domain FROM domain UNION SELECT '@.'
                """
            ) { (row) throws(SQLiteError) in row.text(0) })
        var lines: [String] = []
        for (file, query) in [
            (StoreFile.usage, "SELECT username FROM used_quota UNION SELECT username FROM last_login"),
            (.usage, "SELECT from_user FROM share_folder UNION SELECT to_user FROM share_folder"),
            (.usage, "SELECT from_user FROM anyone_shares"),
            (.amavisd, "SELECT email FROM users UNION SELECT policy_name FROM policy"),
            (.iredapd, "SELECT account FROM throttle UNION SELECT account FROM greylisting"),
        ] {
            for key in try rows(SQL(trusted: query), in: file) where !here.contains(key) && key.contains("@") {
                lines.append("5 rows without an account: \(key) in \(file)")
            }
        }
        return lines
    }

    private static let rules = [
        (
            "1 one flag a row",
            "SELECT address, forwarding FROM forwardings WHERE is_forwarding + is_alias + is_list + is_maillist > 1"
        ),
        ("2 domain", "SELECT address, domain FROM forwardings WHERE domain NOT IN (SELECT domain FROM domain)"),
        (
            "2 dest_domain",
            "SELECT forwarding, dest_domain FROM forwardings WHERE forwarding NOT LIKE '%@' || dest_domain"
        ),
        (
            "3 one name space",
            """
            SELECT address, COUNT(*) FROM (
                SELECT username AS address FROM mailbox
                UNION ALL SELECT address FROM alias WHERE address NOT IN (SELECT address FROM maillists)
                UNION ALL SELECT address FROM maillists
                UNION ALL SELECT address FROM forwardings WHERE is_alias = 1)
             GROUP BY address HAVING COUNT(*) > 1
            """
        ),
        ("3 domains", "SELECT domain FROM domain WHERE domain IN (SELECT alias_domain FROM alias_domain)"),
        ("3 domain of a mailbox", "SELECT username, domain FROM mailbox WHERE username NOT LIKE '%@' || domain"),
        ("4 disabled owner", inactive(owner: "mailbox", "username")),
        ("4 disabled alias", inactive(owner: "alias", "address")),
        ("4 disabled list", inactive(owner: "maillists", "address")),
        (
            "4 disabled destination",
            """
            SELECT address, forwarding FROM forwardings
             WHERE active = 1 AND forwarding IN (SELECT username FROM mailbox WHERE active = 0)
            """
        ),
        (
            "4 off without a reason",
            """
            SELECT address, forwarding FROM forwardings
             WHERE active = 0 AND forwarding NOT IN (SELECT username FROM mailbox WHERE active = 0)
               AND (is_alias = 1
                    OR address NOT IN (SELECT username FROM mailbox WHERE active = 0
                                       UNION SELECT address FROM alias WHERE active = 0
                                       UNION SELECT address FROM maillists WHERE active = 0))
            """
        ),
        (
            "4 global admins",
            """
            SELECT username FROM mailbox
             WHERE isglobaladmin <> (SELECT COUNT(*) FROM domain_admins
                                      WHERE domain_admins.username = mailbox.username AND domain = 'ALL')
            """
        ),
        (
            "4 admins",
            "SELECT username FROM mailbox WHERE isadmin = 0 AND username IN (SELECT username FROM domain_admins)"
        ),
        ("5 accounts without a domain", "SELECT username FROM mailbox WHERE domain NOT IN (SELECT domain FROM domain)"),
        ("5 aliases without a domain", "SELECT address FROM alias WHERE domain NOT IN (SELECT domain FROM domain)"),
        (
            "5 lists without a companion",
            "SELECT address FROM maillists WHERE (address, domain) NOT IN (SELECT address, domain FROM alias)"
        ),
        (
            "5 alias domains without a target",
            "SELECT alias_domain FROM alias_domain WHERE target_domain NOT IN (SELECT domain FROM domain)"
        ),
        (
            "5 copies for nobody",
            """
            SELECT username FROM (SELECT username, domain FROM sender_bcc_user
                                  UNION ALL SELECT username, domain FROM recipient_bcc_user)
             WHERE (username, domain) NOT IN (SELECT username, domain FROM mailbox)
            """
        ),
        (
            "5 copies for no domain",
            """
            SELECT domain FROM (SELECT domain FROM sender_bcc_domain UNION ALL SELECT domain FROM recipient_bcc_domain)
             WHERE domain NOT IN (SELECT domain FROM domain)
            """
        ),
        (
            "5 relays of nobody",
            """
            SELECT account FROM sender_relayhost
             WHERE account NOT IN (SELECT username FROM mailbox UNION SELECT '@' || domain FROM domain)
            """
        ),
        (
            "5 moderators of nothing",
            "SELECT address, moderator FROM moderators WHERE address NOT IN (SELECT address FROM alias)"
        ),
        (
            "5 admins of nothing",
            "SELECT username, domain FROM domain_admins WHERE domain NOT IN (SELECT domain FROM domain UNION SELECT 'ALL')"
        ),
        (
            "5 admins who are nobody",
            """
            SELECT username FROM domain_admins
             WHERE username NOT IN (SELECT username FROM mailbox UNION SELECT username FROM admin)
            """
        ),
        (
            "5 rows of nobody",
            """
            SELECT address, forwarding FROM forwardings
             WHERE is_forwarding = 1 AND address NOT IN (SELECT username FROM mailbox)
                OR is_alias = 1 AND forwarding NOT IN (SELECT username FROM mailbox)
                OR is_list = 1 AND address NOT IN (SELECT address FROM alias)
                OR is_forwarding + is_alias + is_list = 0 AND address NOT IN (SELECT domain FROM domain)
            """
        ),
        (
            "2 domain of the owner",
            """
            SELECT address, domain FROM forwardings
             WHERE is_alias = 0 AND substr(address, instr(address, '@') + 1) <> domain
                OR is_alias = 1 AND substr(forwarding, instr(forwarding, '@') + 1) <> domain
            """
        ),
    ]

    private static func inactive(owner table: String, _ key: String) -> String {
        """
        SELECT address, forwarding FROM forwardings
         WHERE active = 1 AND is_alias = 0 AND address IN (SELECT \(key) FROM \(table) WHERE active = 0)
        """
    }
}
