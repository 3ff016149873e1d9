import Mail
import Storage

/// What must be true of a staged state by itself before it is compared with another: the rules of `Contract.md`
/// Appendix B, and that it has nothing of parts that it is not said to have.
struct StagedCheck {
    private let staged: StagedState
    private let header: ExportFormat.Header

    init(_ staged: StagedState, _ header: ExportFormat.Header) {
        self.staged = staged
        self.header = header
    }

    /// - Throws: `ExportFailure` for the first row that breaks a rule; `StoreError`.
    func run() throws {
        let vmail = try staged.database(.vmail)
        for domain in header.domains
        where try !vmail.exists("SELECT EXISTS (SELECT 1 FROM domain WHERE domain = \(domain))") {
            throw ExportFailure("the header names \(domain), and there is no such row of the table domain")
        }
        for (query, reason) in Self.rules {
            if let found = try vmail.text(SQL(trusted: "\(query) LIMIT 1")) {
                throw ExportFailure("\(found): \(reason)")
            }
        }
        try checkOwners()
    }

    /// Each query gives the names of those that break a rule.
    private static let rules: [(query: String, reason: String)] = [
        (
            "SELECT alias_domain FROM alias_domain WHERE alias_domain IN (SELECT domain FROM domain)",
            "it is a domain and an alias domain"
        ),
        (
            """
            SELECT address FROM (SELECT username AS address FROM mailbox
                                 UNION ALL SELECT address FROM alias WHERE address NOT IN (SELECT address FROM maillists)
                                 UNION ALL SELECT address FROM maillists
                                 UNION ALL SELECT address FROM forwardings WHERE is_alias = 1)
             GROUP BY address HAVING COUNT(*) > 1
            """, "it is two of a mailbox, an alias, a mailing list and a per-user alias"
        ),
        (
            "SELECT username FROM admin WHERE username IN (SELECT username FROM mailbox)",
            "it is a standalone admin and a mailbox"
        ),
        (
            "SELECT address FROM forwardings WHERE is_maillist + is_list + is_forwarding + is_alias > 1",
            "a row of forwardings is of two kinds"
        ),
        (
            """
            SELECT address FROM forwardings
             WHERE is_forwarding = 1 AND address NOT IN (SELECT username FROM mailbox)
                OR is_list = 1 AND address NOT IN (SELECT address FROM alias)
                OR is_maillist = 1 AND address NOT IN (SELECT address FROM maillists WHERE \(SubscribableListStore.isMlmmj))
                OR is_maillist + is_list + is_forwarding + is_alias = 0 AND address NOT IN (SELECT domain FROM domain)
            """, "a row of forwardings is of no account of the file"
        ),
        (
            """
            SELECT address FROM forwardings
             WHERE is_alias = 1 AND forwarding NOT IN (SELECT username FROM mailbox)
               AND forwarding NOT IN (SELECT address FROM maillists WHERE \(SubscribableListStore.isMlmmj))
            """, "the per-user alias leads to no mailbox of the file"
        ),
        (
            """
            SELECT username FROM mailbox
             WHERE NOT EXISTS (SELECT 1 FROM forwardings WHERE address = username AND is_forwarding = 1)
            """, "the mailbox has no row of forwardings that says where its mail goes"
        ),
        (
            """
            SELECT address FROM maillists
             WHERE CASE WHEN \(SubscribableListStore.isMlmmj)
                   THEN address IN (SELECT address FROM alias)
                        OR NOT EXISTS (SELECT 1 FROM forwardings
                                        WHERE forwardings.address = maillists.address AND is_maillist = 1
                                          AND forwarding = forwardings.address)
                   ELSE address NOT IN (SELECT address FROM alias) END
            """, "the mailing list has not the rows of alias and forwardings that its kind has"
        ),
        (
            """
            SELECT address FROM (SELECT address FROM moderators UNION ALL SELECT address FROM maillist_owners)
             WHERE address NOT IN (SELECT address FROM alias) AND address NOT IN (SELECT address FROM maillists)
            """, "it has moderators or owners, and is no alias or mailing list of the file"
        ),
        (
            """
            SELECT username FROM (SELECT username FROM sender_bcc_user UNION ALL SELECT username FROM recipient_bcc_user)
             WHERE username NOT IN (SELECT username FROM mailbox)
            """, "there is a blind copy of its mail, and no such mailbox in the file"
        ),
        (
            """
            SELECT account FROM sender_relayhost
             WHERE account NOT IN (SELECT username FROM mailbox) AND substr(account, 2) NOT IN (SELECT domain FROM domain)
            """, "it has a relay, and is no mailbox or domain of the file"
        ),
        (
            """
            SELECT username FROM domain_admins
             WHERE domain = 'ALL' AND username NOT IN (SELECT username FROM mailbox)
               AND username NOT IN (SELECT username FROM admin)
            """, "a global admin who is nobody in the file"
        ),
        (
            """
            SELECT username FROM mailbox
             WHERE isglobaladmin <> EXISTS (SELECT 1 FROM domain_admins
                                             WHERE domain_admins.username = mailbox.username AND domain = 'ALL')
            """, "isglobaladmin of the mailbox and the right ALL in domain_admins do not agree"
        ),
        (
            """
            SELECT username FROM mailbox
             WHERE isadmin = 0 AND EXISTS (SELECT 1 FROM domain_admins WHERE domain_admins.username = mailbox.username)
            """, "the mailbox has rights in domain_admins, and isadmin is 0"
        ),
    ]

    /// Rows that name their owner by a key: those of a domain are of an account that is there, others of the server.
    private func checkOwners() throws {
        let rows = try StateRows(staged)
        for table in try ExportedTable.all(usage: header.hasUsage) {
            // Those of the accounts' own database are looked at above, all at once.
            guard table.file != .vmail || table.name == "sender_relayhost" else { continue }
            let database = try rows.database(table.file)
            let stream = RowStream(try database.cursor(table.queryOfAll(in: database)), table) { _ in true }
            while let row = try stream.next() {
                if try rows.isLeftover(row, of: table) {
                    throw ExportFailure("\(table.name) \(table.name(of: row)): no such account is in the file")
                }
                guard !header.hasServer, let key = table.ownerKey(of: row) else { continue }
                if StateRows.domain(in: key).map({ rows.primary(of: $0.text) == nil }) ?? true {
                    throw ExportFailure("\(table.name) \(table.name(of: row)) is of no domain that the header names")
                }
            }
        }
    }
}
