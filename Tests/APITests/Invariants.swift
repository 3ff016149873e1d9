import MailStore
import Storage
import Support

/// What is true of the account tables after any calls: `Contract.md` Appendix B, 1 to 6, in SQL of its own.
extension TestAPI {
    /// - Parameter copies: who keeps copies; learns what the calls left open.
    /// - Returns: a line for every row that breaks a rule, each beginning with the rule's number.
    func violations(_ copies: inout KeptCopies) throws -> [String] {
        let connection = try connection(StoreFile.vmail)
        var lines: [String] = []
        for (rule, query) in AccountRules.all {
            let broken = try connection.all(SQL(trusted: query)) { row in
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
        ) { row in (username: row.text(0), own: row.integer(1), others: row.integer(2)) }
        for row in rows where !copies.explain(row.username, selfRows: row.own, others: row.others) {
            lines.append("1 self rows: \(row.username) has \(row.own), beside \(row.others) others")
        }
        let settings = try connection.all(
            "SELECT settings FROM domain UNION ALL SELECT settings FROM mailbox UNION ALL SELECT settings FROM admin"
        ) { $0.text(0) }
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
    private func orphans(_ accounts: Engine) throws -> [String] {
        let here = try Set(
            accounts.all(
                """
                SELECT username FROM mailbox UNION SELECT address FROM alias
                 UNION SELECT '@' || domain FROM domain UNION SELECT '@.'
                """
            ) { $0.text(0) })
        var lines: [String] = []
        for (file, query) in [
            (StoreFile.usage, "SELECT username FROM used_quota UNION SELECT username FROM last_login"),
            (.usage, "SELECT from_user FROM share_folder UNION SELECT to_user FROM share_folder"),
            (.usage, "SELECT from_user FROM anyone_shares"),
            (.amavisd, "SELECT text_of(email) FROM users UNION SELECT policy_name FROM policy"),
            (.iredapd, "SELECT account FROM throttle UNION SELECT account FROM greylisting"),
        ] {
            for key in try rows(SQL(trusted: query), in: file) where !here.contains(key) && key.contains("@") {
                lines.append("5 rows without an account: \(key) in \(file)")
            }
        }
        return lines
    }
}
