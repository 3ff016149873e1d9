/// One look-up table for Postfix: its parameter in `main.cf`, its file and its query.
///
/// In a query Postfix replaces `%s` by the key, `%u` by its local part and `%d` by its domain, all quoted. A query with
/// `%d` is not sent for a key without a domain, one with `%u` not for an empty local part (sqlite_table(5),
/// pgsql_table(5)). Keys arrive in lower case.
struct PostfixMap {
    /// The parameter of `main.cf`; tables of one parameter are asked in the order of `PostfixMap.all`.
    let parameter: String
    /// Of its file, without type and ending.
    let name: String
    let meaning: String
    /// In the words of `Dialect`.
    let query: String

    init(_ parameter: String, _ suffix: String, _ meaning: String, _ query: String) {
        self.parameter = parameter
        self.meaning = meaning
        self.query = query
        name = parameter.replacing("_", with: "-") + (suffix.isEmpty ? "" : "-" + suffix)
    }

    /// - Parameter type: of the table, `sqlite` or `pgsql`.
    func fileName(forType type: String) -> String { "\(type)-\(name).cf" }

    /// The columns that the queries read. Postfix may read no others on a PostgreSQL server.
    static let columns: [(table: String, columns: [String])] =
        [
            ("domain", ["domain", "transport", "backupmx", "active"]),
            ("alias_domain", ["alias_domain", "target_domain", "active"]),
            (
                "mailbox",
                [
                    "username", "domain", "transport", "storagenode", "maildir", "enabledeliver", "enablesmtp",
                    "active",
                ]
            ),
            ("maillists", ["address", "domain", "transport", "active"]),
            ("forwardings", ["address", "forwarding", "domain", "active"]),
            ("sender_relayhost", ["account", "relayhost"]),
        ]
        + ["sender", "recipient"].flatMap {
            [
                ("\($0)_bcc_user", ["username", "bcc_address", "domain", "active"]),
                ("\($0)_bcc_domain", ["domain", "bcc_address"]),
            ]
        }

    /// Source: `Contract.md` Appendix A.
    static let all = domains + transports + mailboxesAndAliases + bccMaps("sender") + bccMaps("recipient") + senders

    private static let domains = [
        PostfixMap(
            "virtual_mailbox_domains", "", "Domains whose mail ends here.",
            """
            SELECT domain
              FROM domain
             WHERE domain = '%s' AND active = 1 AND backupmx = 0
            UNION
            SELECT alias_domain.alias_domain
              FROM alias_domain
              JOIN domain ON domain.domain = alias_domain.target_domain
             WHERE alias_domain.alias_domain = '%s' AND alias_domain.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "relay_domains", "", "Domains we are the backup MX of.",
            "SELECT domain FROM domain WHERE domain = '%s' AND active = 1 AND backupmx = 1"),
    ]

    private static let transports = [
        PostfixMap(
            "transport_maps", "user", "A mailbox with a transport of its own.",
            """
            SELECT mailbox.transport
              FROM mailbox
              JOIN domain ON domain.domain = mailbox.domain
             WHERE mailbox.username = '%s' AND mailbox.transport <> ''
               AND mailbox.active = 1 AND mailbox.enabledeliver = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "transport_maps", "maillist", "A mailing list's transport.",
            """
            SELECT maillists.transport
              FROM maillists
              JOIN domain ON domain.domain = maillists.domain
             WHERE maillists.address = '%s' AND maillists.transport <> ''
               AND maillists.active = 1 AND domain.active = 1
            """),
        PostfixMap(
            "transport_maps", "domain", "A domain's transport; for a backup MX relay:...",
            "SELECT transport FROM domain WHERE domain = '%s' AND transport <> '' AND active = 1"),
    ]

    private static let mailboxesAndAliases = [
        PostfixMap(
            "virtual_mailbox_maps", "", "Mailboxes; only whether there is an answer counts.",
            """
            SELECT mailbox.storagenode || '/' || mailbox.maildir
              FROM mailbox
              JOIN domain ON domain.domain = mailbox.domain
             WHERE mailbox.username = '%s' AND mailbox.active = 1 AND mailbox.enabledeliver = 1
               AND domain.active = 1
            """),
        PostfixMap(
            "virtual_alias_maps", "", "Mailboxes, their per-user aliases, aliases and lists.",
            """
            SELECT forwardings.forwarding
              FROM forwardings
              JOIN domain ON domain.domain = forwardings.domain
             WHERE forwardings.address = '%s' AND forwardings.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "virtual_alias_maps", "alias-domain",
            "Addresses in an alias domain: the same local part in its target domain.",
            """
            SELECT forwardings.forwarding
              FROM alias_domain
              JOIN domain ON domain.domain = alias_domain.target_domain
              JOIN forwardings ON forwardings.address = '%u' || '@' || alias_domain.target_domain
             WHERE alias_domain.alias_domain = '%d' AND alias_domain.active = 1 AND forwardings.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "virtual_alias_maps", "catchall",
            "Catch-all. Not for an address with an extension: Postfix asks again without it.",
            """
            SELECT forwardings.forwarding
              FROM forwardings
              JOIN domain ON domain.domain = forwardings.domain
             WHERE forwardings.address = '%d' AND instr('%u', '+') = 0 AND forwardings.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "virtual_alias_maps", "alias-domain-catchall",
            "Addresses in an alias domain: the catch-all of its target domain.",
            """
            SELECT forwardings.forwarding
              FROM alias_domain
              JOIN domain ON domain.domain = alias_domain.target_domain
              JOIN forwardings ON forwardings.address = alias_domain.target_domain
             WHERE alias_domain.alias_domain = '%d' AND instr('%u', '+') = 0
               AND alias_domain.active = 1 AND forwardings.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
    ]

    /// - Parameter side: `sender` or `recipient`.
    private static func bccMaps(_ side: String) -> [PostfixMap] {
        [
            PostfixMap(
                "\(side)_bcc_maps", "user", "Copies of a mailbox's mail.",
                """
                SELECT copy.bcc_address
                  FROM \(side)_bcc_user AS copy
                  JOIN domain ON domain.domain = copy.domain
                 WHERE copy.username = '%s' AND copy.domain = '%d' AND copy.active = 1
                   AND domain.active = 1 AND domain.backupmx = 0
                """),
            PostfixMap(
                "\(side)_bcc_maps", "domain",
                "Copies of a domain's mail. Not for an address with an extension: its mailbox is asked first.",
                """
                SELECT copy.bcc_address
                  FROM \(side)_bcc_domain AS copy
                  JOIN domain ON domain.domain = copy.domain
                 WHERE copy.domain = '%d' AND instr('%u', '+') = 0 AND domain.active = 1
                """),
        ]
    }

    private static let senders = [
        PostfixMap(
            "smtpd_sender_login_maps", "", "Who may use a sender address.",
            """
            SELECT mailbox.username
              FROM mailbox
              JOIN domain ON domain.domain = mailbox.domain
             WHERE mailbox.username = '%s' AND mailbox.active = 1 AND mailbox.enablesmtp = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """),
        PostfixMap(
            "sender_dependent_relayhost_maps", "",
            "Next hop for a sender, or for @domain; not while the domain is off.",
            """
            SELECT sender_relayhost.relayhost
              FROM sender_relayhost
              JOIN domain ON domain.domain = substr(sender_relayhost.account, instr(sender_relayhost.account, '@') + 1)
             WHERE sender_relayhost.account = '%s' AND domain.active = 1
            """),
    ]
}
