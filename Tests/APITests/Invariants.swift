import MailStore
import SQLite

/// What is true of the account tables after any calls: `accounts.md` Appendix B, 1 to 6, in SQL of its own.
extension TestAPI {
    /// - Parameter copyless: mailboxes whose user forwards without keeping a copy.
    /// - Returns: a line for every row that breaks a rule.
    func violations(copyless: Set<String>) throws -> [String] {
        let connection = try Connection("\(directory)/\(StoreFile.vmail.relativePath)", .reader)
        var lines: [String] = []
        for (rule, query) in Self.rules {
            let broken = try connection.all(SQL(trusted: query)) { (row) throws(SQLiteError) in
                (0..<row.columnCount).map { row.text($0) }.joined(separator: "|")
            }
            lines += broken.map { "\(rule): \($0)" }
        }
        let kept = try connection.all(
            """
            SELECT username, (SELECT COUNT(*) FROM forwardings
                               WHERE address = username AND forwarding = username AND is_forwarding = 1)
              FROM mailbox
            """
        ) { (row) throws(SQLiteError) in (username: row.text(0), selfRows: row.integer(1)) }
        for row in kept where row.selfRows != (copyless.contains(row.username) ? 0 : 1) {
            lines.append("1 self rows: \(row.username) has \(row.selfRows)")
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
    ]

    private static func inactive(owner table: String, _ key: String) -> String {
        """
        SELECT address, forwarding FROM forwardings
         WHERE active = 1 AND is_alias = 0 AND address IN (SELECT \(key) FROM \(table) WHERE active = 0)
        """
    }
}
