extension Schema {
    /// Per-user aliases below a domain or alias domain that is off, or still to be proved, had been active: mail
    /// that users here sent there reached the user instead.
    static let aliasesOfInactiveDomains = [
        "UPDATE forwardings SET active = 0 WHERE \(isAliasOfInactiveDomain)",
        // Nobody could prove a name so far, and whoever activated it left the claim behind: it must not come back to life
        // when the domain is switched off one day.
        """
        DELETE FROM domain_ownership
         WHERE verified = 0
           AND NOT EXISTS (SELECT 1 FROM domain
                            WHERE domain.domain = domain_ownership.domain AND domain_ownership.alias_domain = '' AND active = 0)
           AND NOT EXISTS (SELECT 1 FROM alias_domain AS alias
                            WHERE alias.alias_domain = domain_ownership.alias_domain
                              AND alias.target_domain = domain_ownership.domain AND alias.active = 0)
        """,
        // What still waits cannot be told from a domain that was activated and switched off again: such a claim never ends
        // by itself, and its domain stays.
        "UPDATE domain_ownership SET expire = 253402214400 WHERE verified = 0",
        // Nobody inherits what an admin who is gone has claimed or proved.
        """
        DELETE FROM domain_ownership
         WHERE verified = 1 AND admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox)
        """,
        """
        UPDATE domain_ownership SET admin = '#' || id, verify_code = ''
         WHERE admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox)
        """,
        // A next hop for mail of a name that was never proved: the name's next owner must not have it.
        """
        DELETE FROM sender_relayhost
         WHERE substr(account, instr(account, '@') + 1) IN
               (SELECT domain FROM domain_ownership WHERE verified = 0 AND alias_domain = '')
        """,
    ]

    /// As it was decided by then: not to be changed when the rule is.
    static let isAliasOfInactiveDomain = """
        is_alias = 1 AND active = 1
        AND COALESCE((SELECT domain.active FROM domain WHERE domain.domain = substr(address, instr(address, '@') + 1)),
                     (SELECT alias_domain.active FROM alias_domain
                       WHERE alias_domain.alias_domain = substr(address, instr(address, '@') + 1)), 0) = 0
        """
}
