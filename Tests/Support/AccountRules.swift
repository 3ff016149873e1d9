/// What is true of the account tables whatever was called, in SQL that shares nothing with the program's own:
/// `Contract.md` Appendix B, 1 to 5, and the sums that are kept beside the accounts.
package enum AccountRules {
    /// Each query finds what breaks its rule; the rule begins with its number.
    package static let all: [(rule: String, query: String)] = [
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
                UNION ALL SELECT address FROM forwardings WHERE is_alias = 1) AS names
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
             WHERE active = 1 AND forwarding IN (\(disabledDestinations))
            """
        ),
        (
            "4 off without a reason",
            """
            SELECT address, forwarding FROM forwardings
             WHERE active = 0 AND forwarding NOT IN (\(disabledDestinations))
               AND (is_alias = 1 AND substr(address, instr(address, '@') + 1) IN (\(activeDomains))
                    AND forwarding NOT IN (SELECT address FROM maillists WHERE active = 0)
                    OR is_alias = 0 AND address NOT IN (SELECT username FROM mailbox WHERE active = 0
                                       UNION SELECT address FROM alias WHERE active = 0
                                       UNION SELECT address FROM maillists WHERE active = 0))
            """
        ),
        (
            "4 extra addresses of a disabled list",
            """
            SELECT address, forwarding FROM forwardings
             WHERE active = 1 AND is_alias = 1 AND forwarding IN (SELECT address FROM maillists WHERE active = 0)
            """
        ),
        (
            "4 addresses under a domain that is off",
            """
            SELECT address, forwarding FROM forwardings
             WHERE active = 1 AND is_alias = 1 AND substr(address, instr(address, '@') + 1) NOT IN (\(activeDomains))
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
            """
            SELECT address FROM maillists
             WHERE transport NOT LIKE 'mlmmj:%' AND (address, domain) NOT IN (SELECT address, domain FROM alias)
            """
        ),
        (
            "5 subscribable lists without a self row, or with a companion",
            """
            SELECT address FROM maillists
             WHERE transport LIKE 'mlmmj:%'
               AND (address IN (SELECT address FROM alias)
                    OR (SELECT COUNT(*) FROM forwardings
                         WHERE forwardings.address = maillists.address AND is_maillist = 1
                           AND forwarding = forwardings.address) <> 1)
            """
        ),
        (
            "5 alias domains without a target",
            "SELECT alias_domain FROM alias_domain WHERE target_domain NOT IN (SELECT domain FROM domain)"
        ),
        (
            "5 copies for nobody",
            """
            SELECT username FROM (SELECT username, domain FROM sender_bcc_user
                                  UNION ALL SELECT username, domain FROM recipient_bcc_user) AS copies
             WHERE (username, domain) NOT IN (SELECT username, domain FROM mailbox)
            """
        ),
        (
            "5 copies for no domain",
            """
            SELECT domain FROM (SELECT domain FROM sender_bcc_domain
                                UNION ALL SELECT domain FROM recipient_bcc_domain) AS copies
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
            """
            SELECT address, moderator FROM moderators
             WHERE address NOT IN (SELECT address FROM alias UNION SELECT address FROM maillists)
            """
        ),
        (
            "5 admins of nothing",
            """
            SELECT username, domain FROM domain_admins
             WHERE domain NOT IN (SELECT domain FROM domain UNION SELECT 'ALL')
            """
        ),
        (
            "5 admins who are nobody",
            """
            SELECT username FROM domain_admins
             WHERE username NOT IN (SELECT username FROM mailbox UNION SELECT username FROM admin)
            """
        ),
        (
            "sums of mailboxes",
            """
            SELECT domain, mailboxes, quota FROM domain_totals
             WHERE (mailboxes, quota) <> (SELECT COUNT(*), COALESCE(SUM(quota), 0) FROM mailbox
                                           WHERE mailbox.domain = domain_totals.domain)
            """
        ),
        (
            "sums of aliases",
            """
            SELECT domain, aliases FROM domain_totals
             WHERE aliases <> (SELECT COUNT(*) FROM alias
                                WHERE alias.domain = domain_totals.domain
                                  AND address NOT IN (SELECT address FROM maillists))
            """
        ),
        (
            "sums of lists",
            """
            SELECT domain, maillists FROM domain_totals
             WHERE maillists <> (SELECT COUNT(*) FROM maillists WHERE maillists.domain = domain_totals.domain)
            """
        ),
        (
            "sums of every domain with accounts, and of no other",
            """
            SELECT domain FROM (SELECT domain FROM mailbox UNION SELECT domain FROM alias
                                UNION SELECT domain FROM maillists) AS accounts
             WHERE domain NOT IN (SELECT domain FROM domain_totals)
            UNION
            SELECT domain FROM domain_totals
             WHERE domain NOT IN (SELECT domain FROM mailbox UNION SELECT domain FROM alias
                                  UNION SELECT domain FROM maillists)
            """
        ),
        (
            "5 rows of nobody",
            """
            SELECT address, forwarding FROM forwardings
             WHERE is_forwarding = 1 AND address NOT IN (SELECT username FROM mailbox)
                OR is_alias = 1 AND forwarding NOT IN (SELECT username FROM mailbox)
                   AND forwarding NOT IN (SELECT address FROM maillists WHERE transport LIKE 'mlmmj:%')
                OR is_maillist = 1 AND address NOT IN (SELECT address FROM maillists WHERE transport LIKE 'mlmmj:%')
                OR is_list = 1 AND address NOT IN (SELECT address FROM alias)
                OR is_forwarding + is_alias + is_list + is_maillist = 0 AND address NOT IN (SELECT domain FROM domain)
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

    private static let activeDomains = """
        SELECT domain FROM domain WHERE active = 1 UNION SELECT alias_domain FROM alias_domain WHERE active = 1
        """

    /// To other domains, a mailbox of one whose ownership is still to be verified is an address outside.
    private static let disabledDestinations = """
        SELECT username FROM mailbox
         WHERE active = 0
           AND (mailbox.domain = forwardings.domain
                OR mailbox.domain NOT IN (SELECT domain.domain FROM domain JOIN domain_ownership USING (domain)
                                           WHERE active = 0 AND verified = 0 AND alias_domain = ''))
        """

    private static func inactive(owner table: String, _ key: String) -> String {
        """
        SELECT address, forwarding FROM forwardings
         WHERE active = 1 AND is_alias = 0 AND address IN (SELECT \(key) FROM \(table) WHERE active = 0)
        """
    }
}
