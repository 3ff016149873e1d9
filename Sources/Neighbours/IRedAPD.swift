import MailStore

/// iRedAPD is given nothing but its tables; on a PostgreSQL server it needs the right to them.
package enum IRedAPD {
    /// What its plugins read and write (iRedAPD 5 and 6). They read accounts, but no password; of a mailbox they look
    /// at the address, and at the time of the last change of the password. Its own rows are its counters, what it has
    /// seen, and senders to whom a user of this server has written.
    package static let grants: [DatabaseGrant] =
        [
            "domain", "alias_domain", "domain_admins", "forwardings", "alias", "moderators", "maillists",
            "maillist_owners",
        ]
        .map { DatabaseGrant(.iredapd, .vmail, $0) }
        + [
            DatabaseGrant(
                .iredapd, .vmail, "mailbox",
                ["username", "domain", "name", "quota", "settings", "passwordlastchange", "expired", "active"])
        ]
        + ["users", "mailaddr", "wblist", "outbound_wblist", "policy"].map { DatabaseGrant(.iredapd, .amavisd, $0) }
        + [
            "throttle", "greylisting", "greylisting_whitelist_domain_spf", "wblist_rdns", "srs_exclude_domains",
        ].map { DatabaseGrant(.iredapd, .iredapd, $0) }
        + ["greylisting_whitelists", "greylisting_whitelist_domains"].map {
            DatabaseGrant(.iredapd, .iredapd, $0, nil, [.select, .insert], numbersRows: true)
        }
        + ["throttle_tracking", "greylisting_tracking", "smtp_sessions"].map {
            DatabaseGrant(.iredapd, .iredapd, $0, nil, [.select, .insert, .update, .delete], numbersRows: true)
        }
        + [DatabaseGrant(.iredapd, .iredapd, "senderscore_cache", nil, [.select, .insert, .update, .delete])]
}
