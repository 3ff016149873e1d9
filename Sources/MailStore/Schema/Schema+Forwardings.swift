extension Schema {
    /// Where mail goes: the one table behind `virtual_alias_maps`.
    ///
    /// At most one flag of a row is 1; a catch-all has none and the bare domain name as `address`.
    static let forwardings = [
        """
        CREATE TABLE forwardings (
          id            INTEGER PRIMARY KEY AUTOINCREMENT,
          address       TEXT NOT NULL DEFAULT '',    -- the address mail is sent to
          forwarding    TEXT NOT NULL DEFAULT '',    -- where it goes; the same address for a mailbox's own copy
          domain        TEXT NOT NULL DEFAULT '',    -- the mail domain Postfix joins on, not always that of address
          dest_domain   TEXT NOT NULL DEFAULT '',    -- domain part of forwarding
          is_maillist   INTEGER NOT NULL DEFAULT 0,  -- subscriber of a list of an external list manager
          is_list       INTEGER NOT NULL DEFAULT 0,  -- member of an alias or a mailing list
          is_forwarding INTEGER NOT NULL DEFAULT 0,  -- a mailbox's own copy or forwarding
          is_alias      INTEGER NOT NULL DEFAULT 0,  -- address is a further address of the mailbox forwarding
          active        INTEGER NOT NULL DEFAULT 1,  -- 1 iff address is active and forwarding is not a disabled mailbox
          UNIQUE (address, forwarding)
        )
        """,
        "CREATE INDEX forwardings_forwarding ON forwardings (forwarding)",
        "CREATE INDEX forwardings_domain ON forwardings (domain)",
        "CREATE INDEX forwardings_dest_domain ON forwardings (dest_domain)",
        "CREATE INDEX forwardings_disabled ON forwardings (domain, address) WHERE active = 0",
        "CREATE INDEX forwardings_is_maillist ON forwardings (domain, address) WHERE is_maillist = 1",
        "CREATE INDEX forwardings_is_list ON forwardings (domain, address) WHERE is_list = 1",
        """
        CREATE INDEX forwardings_is_forwarding
            ON forwardings (domain, address) WHERE is_forwarding = 1 AND forwarding <> address
        """,
        // Per-user aliases under a domain that is deleted: WHERE substr(address, instr(address, '@') + 1) = …
        """
        CREATE INDEX forwardings_is_alias
            ON forwardings (substr(address, instr(address, '@') + 1)) WHERE is_alias = 1
        """,
    ]

    static let forwardingReferences = [
        TableReferences(
            "forwardings",
            [
                // The bare domain name stands for its catch-all.
                Reference("address", .accounts + [.domain], .belongs, where: isNoAlias),
                Reference("forwarding", .accounts, .pointer, where: isNoAlias),
                Reference("domain", [.domainOf("address")], .belongs, where: isNoAlias),
                // A per-user alias belongs to the mailbox that it leads to, an extra address to its subscribable list.
                Reference("address", [.perUserAlias], .account, where: isAlias),
                Reference("forwarding", [.mailbox, .list], .belongs, where: isAlias),
                Reference("domain", [.domainOf("forwarding")], .belongs, where: isAlias),
                Reference("dest_domain", [.domainOf("forwarding")], .pointer),
            ])
    ]

    private static let isAlias = Reference.Condition("is_alias", "1")
    private static let isNoAlias = Reference.Condition("is_alias", "0")
}
