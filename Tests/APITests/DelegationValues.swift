/// What the hostile admin and the other one send: a few names of everybody, so that they meet.
enum DelegationValues {
    static let own = ["h.example", "h2.example", "hnew.example"]
    /// Names that are no domain of this server, or were one: where admins live, outside ones, a tenant's that may have
    /// been deleted, one that somebody else has proved.
    static let outside = [
        "bigmail.example", "bigmail.example", "bigmail.example", "ops.example", "ops.example", "office.example",
        "office.example", "gold.example", "gold.example", "silver.example", "tenant.example", "tenant.example",
        "tenant.example", "evil.example", "firm.example", "hnew.example", "hnew.example",
    ]
    static let foreign = [
        "v.example", "v.example", "v2.example", "valias.example", "vwait.example", "vwait2.example", "shared.example",
        "halias.example", "none.example",
    ]
    static let locals = [
        "jo", "jo", "al", "ceo", "ceo", "root", "bob", "info", "team", "hank", "vera", "boss", "u1", "list", "tess",
    ]
    static let admins = [
        "hank@evil.example", "hank@h.example", "al@h.example", "jo@h2.example", DelegationWorld.foreignAdmin,
        DelegationWorld.neighbour, DelegationWorld.globalAdmin, "vera@v.example", "vera@firm.example", "fay@v.example",
        TestAPI.admin, "ceo@bigmail.example",
    ]
    static let foreignUsers = [
        "jo@v.example", "al@v.example", "fay@v.example", "vera@v.example", "mo@v2.example", "tess@tenant.example",
        "sue@shared.example", "moved@v.example", "u1@v.example",
    ]

    /// Whose mail must take the same ways whatever the hostile admin does.
    static let foreignKeys: [String] = {
        let domains = [
            "v.example", "v2.example", "valias.example", "vback.example", "vwait.example", "vwait2.example",
            "shared.example", "bigmail.example", "ops.example", "office.example", "gold.example", "silver.example",
            "firm.example", "none.example",
        ]
        let locals = ["jo", "al", "ceo", "root", "bob", "info", "team", "news", "u1", "nobody", "jo+tag"]
        return domains.flatMap { domain in [domain, "@\(domain)"] + locals.map { "\($0)@\(domain)" } }
            + ["fay@v.example", "vera@v.example", "mo@v2.example", "off@v2.example", "zq7board@v.example"]
    }()

    private static let peers = RandomValues.Kind.oneOf([
        "@bigmail.example", "ceo@bigmail.example", "192.0.2.1", "@v.example,jo@v.example", "192.0.2.0/24", "@.",
        "@rival.example", "", "bad",
    ])
    private static let answer = RandomValues.Kind.oneOf(["yes", "no", "yes", ""])
    private static let number = RandomValues.Kind.oneOf(["0", "5", "3600", "-1", "x"])
    private static let relay = RandomValues.Kind.oneOf([
        "[192.0.2.66]:25", "relay:[192.0.2.66]:25", "", "mx.evil.example",
    ])

    /// What each parameter may hold.
    static let kinds = RandomValues.kinds.merging(
        [
            "username": .admins, "outboundRelay": relay,
            "transport": .oneOf(["", "dovecot", "relay:[192.0.2.66]", "smtp:[192.0.2.66]:25", "pipe:x", "discard:"]),
            "maildir": .oneOf([
                "/var/vmail/vmail1/h.example/own/1", "/var/vmail/vmail1/h2.example/own/2",
                "/var/vmail/vmail1/h.example", "/var/vmail/vmail1/v.example",
                "/var/vmail/vmail1/v.example/u", "/var/vmail/vmail1/v.example/jo",
                "/var/vmail/vmail1/v.example/jo/Maildir", "/var/vmail/vmail1/v.example/o/l/d/old-2025.12.31.23.59.59",
                "/var/vmail/vmail1/v.example/o", "/var/vmail/vmail1", "/var/vmail", "/srv/gone", "/srv/gone/x",
                "/srv/mail/3", "/var/vmail/vmail1/bigmail.example/ceo", "/var/vmail/vmail1/tenant.example/tess", "here",
            ]),
            "sender": .address, "recipient": .address, "client": .oneOf(["192.0.2.1", "2001:db8::1", "bad"]),
            "status": .oneOf(["enable", "disable", "perhaps"]), "senders": peers, "addSenders": peers,
            "removeSenders": peers, "addresses": peers, "domains": .domains, "addDomains": .domains,
            "removeDomains": .domains, "query_dns_immediately": .oneOf(["yes", "no", "x"]),
            "bypass_spam_checks": answer, "bypass_virus_checks": answer,
            "bypass_banned_checks": answer, "bypass_header_checks": answer, "quarantine_spam": answer,
            "quarantine_virus": answer, "quarantine_banned": answer, "quarantine_bad_header": answer,
            "prefix_spam_in_subject": answer, "always_insert_x_spam_headers": answer,
            "spam_score": .oneOf(["5", "-2.5", "", "many"]),
            "banned_rulenames": .oneOf(["ALLOW_MS_WORD", "BAN.zip,BAN-exe", "", "a b"]),
            "period": .oneOf(["3600", "60", "60", "0", "x"]),
            "msg_size": number, "max_msgs": number, "max_quota": number, "max_rcpts": number,
            "admin": .admins, "account": .address, "event": .oneOf(["create", "update", "delete", "login", ""]),
            "domain": .oneOf(own + own + ["ops.example", "tenant.example", "bigmail.example", "v.example"]),
            "since": .oneOf(["2026-01-01", ""]), "until": .oneOf(["2027-01-01", ""]),
            "after": .oneOf(["", "", "100000", "a"]),
        ]) { $1 }

    /// Sent more often, since what can go wrong between domains begins with them.
    static let favourites: Set<String> = [
        "addAlias", "aliases", "maildir", "password", "forwarding", "members", "addAliasDomain", "outboundRelay",
        "addAdmin", "catchall", "accountStatus", "domain",
    ]
}
