extension Schema {
    /// No table changes; rows do, which the versions before left as they should not be:
    /// - a per-user alias counted while the domain it lies under was off: whoever wrote it got the local mail for an
    ///   address outside;
    /// - what other domains send to an address below a domain nobody has proved depended on what its maker did there,
    ///   and its maker's sender relay stayed;
    /// - claims of a name that is somebody's remained, and what admins had claimed or proved who are gone. A claim in
    ///   force cannot be told from that of a domain which was activated and switched off again: it never ends by
    ///   itself, and its domain stays.
    static let addressesFollowDomains = [
        """
        UPDATE forwardings SET active = 0
         WHERE is_alias = 1 AND active = 1
           AND NOT EXISTS (SELECT 1 FROM domain
                            WHERE domain.domain = substr(address, instr(address, '@') + 1) AND domain.active = 1)
           AND NOT EXISTS (SELECT 1 FROM alias_domain
                            WHERE alias_domain.alias_domain = substr(address, instr(address, '@') + 1)
                              AND alias_domain.active = 1)
        """,
        """
        DELETE FROM domain_ownership
         WHERE verified = 0
           AND (alias_domain = '' AND domain IN (SELECT domain FROM domain WHERE active = 1)
                OR alias_domain IN (SELECT alias_domain FROM alias_domain WHERE active = 1
                                    UNION ALL SELECT domain FROM domain WHERE active = 1))
        """,
        // Of several who claimed the same name one after another, only the one who manages the domain now made it.
        """
        DELETE FROM domain_ownership
         WHERE verified = 0
           AND NOT EXISTS (SELECT 1 FROM domain_admins
                            WHERE domain_admins.username = domain_ownership.admin
                              AND domain_admins.domain = domain_ownership.domain)
           AND EXISTS (SELECT 1 FROM domain_ownership AS other
                         JOIN domain_admins ON domain_admins.username = other.admin
                                           AND domain_admins.domain = other.domain
                        WHERE other.domain = domain_ownership.domain
                          AND other.alias_domain = domain_ownership.alias_domain AND other.verified = 0)
        """,
        "UPDATE domain_ownership SET expire = 253402214400 WHERE verified = 0",
        """
        DELETE FROM domain_ownership
         WHERE verified = 1 AND admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox)
        """,
        """
        UPDATE domain_ownership SET admin = '#' || id, verify_code = ''
         WHERE admin NOT IN (SELECT username FROM admin) AND admin NOT IN (SELECT username FROM mailbox)
        """,
        """
        UPDATE forwardings SET active = 1
         WHERE active = 0 AND is_alias = 0
           AND EXISTS (SELECT 1 FROM mailbox
                         JOIN domain ON domain.domain = mailbox.domain
                         JOIN domain_ownership ON domain_ownership.domain = domain.domain
                        WHERE mailbox.username = forwardings.forwarding AND mailbox.active = 0
                          AND mailbox.domain <> forwardings.domain AND domain.active = 0
                          AND domain_ownership.alias_domain = '' AND domain_ownership.verified = 0)
           AND NOT EXISTS (SELECT 1 FROM mailbox WHERE username = forwardings.address AND active = 0)
           AND NOT EXISTS (SELECT 1 FROM alias WHERE alias.address = forwardings.address AND active = 0)
           AND NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = forwardings.address AND active = 0)
        """,
        """
        DELETE FROM sender_relayhost
         WHERE EXISTS (SELECT 1 FROM domain
                         JOIN domain_ownership ON domain_ownership.domain = domain.domain
                        WHERE domain.domain = substr(account, instr(account, '@') + 1) AND domain.active = 0
                          AND domain_ownership.alias_domain = '' AND domain_ownership.verified = 0)
        """,
    ]
}
