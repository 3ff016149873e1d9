extension Schema {
    /// Further addresses of users below a domain or alias domain that is off, or still to be proved, had been active: mail
    /// that users here sent there reached the user instead.
    static let aliasesOfInactiveDomains = [
        "UPDATE forwardings SET active = 0 WHERE \(isAliasOfInactiveDomain)"
    ]

    static let isAliasOfInactiveDomain = """
        is_alias = 1 AND active = 1
        AND COALESCE((SELECT domain.active FROM domain WHERE domain.domain = substr(address, instr(address, '@') + 1)),
                     (SELECT alias_domain.active FROM alias_domain
                       WHERE alias_domain.alias_domain = substr(address, instr(address, '@') + 1)), 0) = 0
        """
}
