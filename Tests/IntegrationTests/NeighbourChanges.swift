import Support
import Testing

/// One call of the API and what it does to the answers of Postfix' tables.
struct NeighbourChange: Sendable {
    let method: APIClient.Method
    let path: String
    let form: [(String, String)]
    let effects: [Effect]

    /// What one table answers for a key before the call and after it; several values sorted, joined by commas.
    struct Effect: Sendable {
        /// The table's file without `sqlite-` and `.cf`.
        let map: String
        let key: String
        let before: String?
        let after: String?

        init(_ map: String, _ key: String, _ before: String?, _ after: String?) {
            self.map = map
            self.key = key
            self.before = before
            self.after = after
        }
    }

    static func post(_ path: String, _ form: [(String, String)] = [], _ effects: Effect...) -> Self {
        Self(method: .post, path: path, form: form, effects: effects)
    }

    static func put(_ path: String, _ form: [(String, String)], _ effects: Effect...) -> Self {
        Self(method: .put, path: path, form: form, effects: effects)
    }

    static func delete(_ path: String, _ effects: Effect...) -> Self {
        Self(method: .delete, path: path, form: [], effects: effects)
    }
}

/// The kinds of changes, each with all the tables that they may concern. Everything begins with the domains
/// `open.example` and `other.example`, and the users anna and bert in the first and carl in the second, whose
/// directories are `node/<name>/`.
enum NeighbourChanges {
    typealias Change = NeighbourChange
    typealias Effect = NeighbourChange.Effect

    static let tables: [(name: String, changes: [Change])] = [
        ("aliases", members(of: "alias") + renamedAlias), ("mailing lists", members(of: "maillist") + deletedList),
        ("renamed users", renamedUsers), ("alias domains", aliasDomains), ("catch-all", catchAll),
        ("domains", domains), ("users", users), ("deletions", deletions),
    ]

    /// Every table that is asked, in `ReadersTests`' manner of naming them.
    static var maps: Set<String> { Set(tables.flatMap(\.changes).flatMap(\.effects).map(\.map)) }

    private static func members(of kind: String) -> [Change] {
        let team = "/api/\(kind)/team@open.example"
        let transport = kind == "maillist" ? "dovecot" : nil
        func expands(_ before: String?, _ after: String?) -> Effect {
            Effect("virtual-alias-maps", "team@open.example", before, after)
        }
        return [
            .post(
                team, [("members", "anna@open.example,x@away.example"), ("moderators", "bert@open.example")],
                expands(nil, "anna@open.example,x@away.example"),
                Effect("transport-maps-maillist", "team@open.example", nil, transport),
                Effect("virtual-mailbox-maps", "team@open.example", nil, nil),
                Effect("smtpd-sender-login-maps", "team@open.example", nil, nil)),
            .put(
                team, [("addMember", "bert@open.example")],
                expands("anna@open.example,x@away.example", "anna@open.example,bert@open.example,x@away.example")),
            .put(
                team, [("removeMember", "x@away.example")],
                expands("anna@open.example,bert@open.example,x@away.example", "anna@open.example,bert@open.example")),
            .put(
                team, [("members", "y@away.example,bert@open.example")],
                expands("anna@open.example,bert@open.example", "bert@open.example,y@away.example")),
            .put(
                team, [("accountStatus", "disabled")], expands("bert@open.example,y@away.example", nil),
                Effect("transport-maps-maillist", "team@open.example", transport, nil)),
            .put(team, [("addMember", "z@away.example")], expands(nil, nil)),
            .put(
                team, [("accountStatus", "active"), ("removeMember", "z@away.example")],
                expands(nil, "bert@open.example,y@away.example"),
                Effect("transport-maps-maillist", "team@open.example", nil, transport)),
            .put(
                "/api/user/bert@open.example", [("accountStatus", "disabled")],
                expands("bert@open.example,y@away.example", "y@away.example")),
            .put(
                "/api/user/bert@open.example", [("accountStatus", "active")],
                expands("y@away.example", "bert@open.example,y@away.example")),
            .put(
                team, [("moderators", "anna@open.example"), ("accessPolicy", "moderatorsonly")],
                expands("bert@open.example,y@away.example", "bert@open.example,y@away.example")),
        ]
    }

    private static let renamedAlias: [Change] = [
        .post(
            "/api/alias/team@open.example/change_email/crew@open.example", [],
            Effect("virtual-alias-maps", "team@open.example", "bert@open.example,y@away.example", nil),
            Effect("virtual-alias-maps", "crew@open.example", nil, "bert@open.example,y@away.example")),
        .post(
            "/api/alias/crew@open.example/change_email/crew@other.example", [],
            Effect("virtual-alias-maps", "crew@open.example", "bert@open.example,y@away.example", nil),
            Effect("virtual-alias-maps", "crew@other.example", nil, "bert@open.example,y@away.example")),
        .put(
            "/api/domain/other.example", [("accountStatus", "disabled")],
            Effect("virtual-alias-maps", "crew@other.example", "bert@open.example,y@away.example", nil)),
        .put(
            "/api/domain/other.example", [("accountStatus", "active")],
            Effect("virtual-alias-maps", "crew@other.example", nil, "bert@open.example,y@away.example")),
        .delete(
            "/api/user/bert@open.example",
            Effect("virtual-alias-maps", "crew@other.example", "bert@open.example,y@away.example", "y@away.example")),
        .delete(
            "/api/alias/crew@other.example", Effect("virtual-alias-maps", "crew@other.example", "y@away.example", nil)),
    ]

    private static let deletedList: [Change] = [
        .delete(
            "/api/user/bert@open.example",
            Effect("virtual-alias-maps", "team@open.example", "bert@open.example,y@away.example", "y@away.example")),
        .delete(
            "/api/maillist/team@open.example",
            Effect("virtual-alias-maps", "team@open.example", "y@away.example", nil),
            Effect("transport-maps-maillist", "team@open.example", "dovecot", nil)),
    ]

    private static let renamedUsers: [Change] = [
        .put(
            "/api/user/anna@open.example",
            [
                ("addAlias", "ann@open.example"), ("senderBcc", "s@away.example"), ("recipientBcc", "r@away.example"),
                ("outboundRelay", "[192.0.2.9]:587"), ("transport", "lmtp:[192.0.2.5]:24"),
            ],
            Effect("virtual-alias-maps", "ann@open.example", nil, "anna@open.example")),
        .put(
            "/api/user/bert@open.example", [("forwarding", "anna@open.example,bert@open.example")],
            Effect(
                "virtual-alias-maps", "bert@open.example",
                "bert@open.example", "anna@open.example,bert@open.example")),
        moved("anna@open.example", to: "hanna@open.example", alias: "hanna@open.example"),
        moved("hanna@open.example", to: "anna@other.example", alias: nil),
        .post(
            "/api/user/anna@other.example/change_email/anna@open.example", [],
            Effect(
                "virtual-alias-maps", "bert@open.example", "anna@other.example,bert@open.example",
                "anna@open.example,bert@open.example"),
            Effect("virtual-alias-maps", "anna@other.example", "anna@other.example", nil)),
    ]

    /// A renaming of anna, whom bert forwards to.
    /// - Parameter alias: what `ann@open.example` leads to afterwards.
    private static func moved(_ old: String, to new: String, alias: String?) -> Change {
        .post(
            "/api/user/\(old)/change_email/\(new)", [],
            Effect("virtual-mailbox-maps", old, "node/anna/", nil),
            Effect("virtual-mailbox-maps", new, nil, "node/anna/"),
            Effect("virtual-alias-maps", old, old, nil), Effect("virtual-alias-maps", new, nil, new),
            Effect("virtual-alias-maps", "ann@open.example", old, alias),
            Effect(
                "virtual-alias-maps", "bert@open.example",
                [old, "bert@open.example"].sorted().joined(separator: ","),
                [new, "bert@open.example"].sorted().joined(separator: ",")),
            Effect("smtpd-sender-login-maps", old, old, nil), Effect("smtpd-sender-login-maps", new, nil, new),
            Effect("sender-bcc-maps-user", old, "s@away.example", nil),
            Effect("sender-bcc-maps-user", new, nil, "s@away.example"),
            Effect("recipient-bcc-maps-user", old, "r@away.example", nil),
            Effect("recipient-bcc-maps-user", new, nil, "r@away.example"),
            Effect("sender-dependent-relayhost-maps", old, "[192.0.2.9]:587", nil),
            Effect("sender-dependent-relayhost-maps", new, nil, "[192.0.2.9]:587"),
            Effect("transport-maps-user", old, "lmtp:[192.0.2.5]:24", nil),
            Effect("transport-maps-user", new, nil, "lmtp:[192.0.2.5]:24"))
    }

    private static let aliasDomains: [Change] = [
        .put(
            "/api/domain/open.example", [("addAliasDomain", "old.example,former.example")],
            Effect("virtual-mailbox-domains", "old.example", nil, "old.example"),
            Effect("virtual-mailbox-domains", "former.example", nil, "former.example"),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", nil, "anna@open.example"),
            Effect("virtual-alias-maps-alias-domain", "nobody@old.example", nil, nil),
            Effect("virtual-mailbox-maps", "anna@old.example", nil, nil)),
        .put(
            "/api/user/anna@open.example", [("addAlias", "ann@old.example,annie@open.example")],
            Effect("virtual-alias-maps", "ann@old.example", nil, "anna@open.example"),
            Effect("virtual-alias-maps", "ann@open.example", nil, nil),
            Effect("virtual-alias-maps-alias-domain", "annie@old.example", nil, "anna@open.example")),
        .put(
            "/api/domain/open.example", [("catchall", "bert@open.example")],
            Effect("virtual-alias-maps-alias-domain-catchall", "nobody@old.example", nil, "bert@open.example")),
        .put(
            "/api/user/anna@open.example", [("accountStatus", "disabled")],
            Effect("virtual-alias-maps", "ann@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", "anna@open.example", nil)),
        .put(
            "/api/user/anna@open.example", [("accountStatus", "active")],
            Effect("virtual-alias-maps", "ann@old.example", nil, "anna@open.example"),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", nil, "anna@open.example")),
        .put(
            "/api/domain/open.example", [("accountStatus", "disabled")],
            Effect("virtual-mailbox-domains", "old.example", "old.example", nil),
            Effect("virtual-alias-maps", "ann@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps-alias-domain-catchall", "nobody@old.example", "bert@open.example", nil)),
        .put(
            "/api/domain/open.example", [("accountStatus", "active")],
            Effect("virtual-mailbox-domains", "old.example", nil, "old.example")),
        .put(
            "/api/domain/open.example", [("removeAliasDomain", "old.example")],
            Effect("virtual-mailbox-domains", "old.example", "old.example", nil),
            Effect("virtual-mailbox-domains", "former.example", "former.example", "former.example"),
            Effect("virtual-alias-maps", "ann@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps", "annie@open.example", "anna@open.example", "anna@open.example"),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps-alias-domain-catchall", "nobody@old.example", "bert@open.example", nil)),
        .put(
            "/api/domain/open.example", [("aliasDomains", "")],
            Effect("virtual-mailbox-domains", "former.example", "former.example", nil),
            Effect("virtual-alias-maps-alias-domain", "anna@former.example", "anna@open.example", nil)),
    ]

    private static let catchAll: [Change] = [
        .put(
            "/api/domain/open.example", [("catchall", "bert@open.example,x@away.example")],
            Effect("virtual-alias-maps-catchall", "nobody@open.example", nil, "bert@open.example,x@away.example"),
            Effect("virtual-alias-maps-catchall", "nobody+tag@open.example", nil, nil),
            Effect("virtual-alias-maps-catchall", "nobody@other.example", nil, nil),
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", "anna@open.example")),
        // A disabled user's mail is that of nobody: the catch-all gets it. As one of its destinations he gets none.
        .put(
            "/api/user/anna@open.example", [("accountStatus", "disabled")],
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", nil),
            Effect(
                "virtual-alias-maps-catchall", "anna@open.example", "bert@open.example,x@away.example",
                "bert@open.example,x@away.example")),
        .put(
            "/api/user/bert@open.example", [("accountStatus", "disabled")],
            Effect(
                "virtual-alias-maps-catchall", "nobody@open.example",
                "bert@open.example,x@away.example", "x@away.example")),
        .put(
            "/api/users/open.example", [("accountStatus", "active")],
            Effect("virtual-alias-maps", "anna@open.example", nil, "anna@open.example"),
            Effect(
                "virtual-alias-maps-catchall", "nobody@open.example",
                "x@away.example", "bert@open.example,x@away.example")),
        .post(
            "/api/user/bert@open.example/change_email/bert@other.example", [],
            Effect(
                "virtual-alias-maps-catchall", "nobody@open.example", "bert@open.example,x@away.example",
                "bert@other.example,x@away.example")),
        .delete(
            "/api/user/bert@other.example",
            Effect(
                "virtual-alias-maps-catchall", "nobody@open.example",
                "bert@other.example,x@away.example", "x@away.example")),
        .put(
            "/api/domain/open.example", [("catchall", "")],
            Effect("virtual-alias-maps-catchall", "nobody@open.example", "x@away.example", nil)),
    ]

    private static let domains: [Change] = [
        .put(
            "/api/domain/open.example", [("transport", "smtp:[192.0.2.5]:25")],
            Effect("transport-maps-domain", "open.example", "dovecot", "smtp:[192.0.2.5]:25")),
        .put(
            "/api/domain/open.example", [("transport", "")],
            Effect("transport-maps-domain", "open.example", "smtp:[192.0.2.5]:25", "dovecot")),
        .put(
            "/api/domain/open.example",
            [
                ("senderBcc", "s@away.example"), ("recipientBcc", "r@away.example"),
                ("outboundRelay", "smtp:[192.0.2.8]:587"),
            ],
            Effect("sender-bcc-maps-domain", "anna@open.example", nil, "s@away.example"),
            Effect("sender-bcc-maps-domain", "anna+x@open.example", nil, nil),
            Effect("recipient-bcc-maps-domain", "anna@open.example", nil, "r@away.example"),
            Effect("sender-dependent-relayhost-maps", "@open.example", nil, "[192.0.2.8]:587")),
        .put(
            "/api/domain/open.example", [("accountStatus", "disabled")],
            Effect("virtual-mailbox-domains", "open.example", "open.example", nil),
            Effect("relay-domains", "open.example", nil, nil),
            Effect("transport-maps-domain", "open.example", "dovecot", nil),
            Effect("virtual-mailbox-maps", "anna@open.example", "node/anna/", nil),
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", nil),
            Effect("smtpd-sender-login-maps", "anna@open.example", "anna@open.example", nil),
            Effect("sender-bcc-maps-domain", "anna@open.example", "s@away.example", nil),
            Effect("recipient-bcc-maps-domain", "anna@open.example", "r@away.example", nil),
            Effect("virtual-alias-maps", "carl@other.example", "carl@other.example", "carl@other.example")),
        .put(
            "/api/domain/open.example", [("accountStatus", "active")],
            Effect("virtual-mailbox-domains", "open.example", nil, "open.example"),
            Effect("virtual-mailbox-maps", "anna@open.example", nil, "node/anna/"),
            Effect("virtual-alias-maps", "anna@open.example", nil, "anna@open.example"),
            Effect("smtpd-sender-login-maps", "anna@open.example", nil, "anna@open.example")),
        .put(
            "/api/domain/open.example", [("is_backupmx", "yes"), ("primarymx", "[192.0.2.1]:25")],
            Effect("virtual-mailbox-domains", "open.example", "open.example", nil),
            Effect("relay-domains", "open.example", nil, "open.example"),
            Effect("transport-maps-domain", "open.example", "dovecot", "relay:[192.0.2.1]:25"),
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", nil),
            Effect("smtpd-sender-login-maps", "anna@open.example", "anna@open.example", nil)),
        .put(
            "/api/domain/open.example", [("is_backupmx", "no")],
            Effect("virtual-mailbox-domains", "open.example", nil, "open.example"),
            Effect("relay-domains", "open.example", "open.example", nil),
            Effect("transport-maps-domain", "open.example", "relay:[192.0.2.1]:25", "dovecot"),
            Effect("virtual-alias-maps", "anna@open.example", nil, "anna@open.example")),
        .put(
            "/api/domain/open.example", [("senderBcc", ""), ("recipientBcc", ""), ("outboundRelay", "")],
            Effect("sender-bcc-maps-domain", "anna@open.example", "s@away.example", nil),
            Effect("recipient-bcc-maps-domain", "anna@open.example", "r@away.example", nil),
            Effect("sender-dependent-relayhost-maps", "@open.example", "[192.0.2.8]:587", nil)),
    ]

    private static let users: [Change] = [
        .put(
            "/api/user/anna@open.example", [("transport", "lmtp:[192.0.2.5]:24")],
            Effect("transport-maps-user", "anna@open.example", nil, "lmtp:[192.0.2.5]:24")),
        .put(
            "/api/user/anna@open.example",
            [
                ("senderBcc", "s@away.example"), ("recipientBcc", "r@away.example"),
                ("outboundRelay", "[192.0.2.9]:587"),
            ],
            Effect("sender-bcc-maps-user", "anna@open.example", nil, "s@away.example"),
            Effect("sender-bcc-maps-user", "bert@open.example", nil, nil),
            Effect("recipient-bcc-maps-user", "anna@open.example", nil, "r@away.example"),
            Effect("sender-dependent-relayhost-maps", "anna@open.example", nil, "[192.0.2.9]:587")),
        .put(
            "/api/user/anna@open.example", [("accountStatus", "disabled")],
            Effect("transport-maps-user", "anna@open.example", "lmtp:[192.0.2.5]:24", nil),
            Effect("virtual-mailbox-maps", "anna@open.example", "node/anna/", nil),
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", nil),
            Effect("smtpd-sender-login-maps", "anna@open.example", "anna@open.example", nil)),
        .put(
            "/api/user/anna@open.example", [("accountStatus", "active"), ("removeService", "deliver")],
            Effect("transport-maps-user", "anna@open.example", nil, nil),
            Effect("virtual-mailbox-maps", "anna@open.example", nil, nil),
            Effect("virtual-alias-maps", "anna@open.example", nil, "anna@open.example"),
            Effect("smtpd-sender-login-maps", "anna@open.example", nil, "anna@open.example")),
        .put(
            "/api/user/anna@open.example", [("addService", "deliver"), ("removeService", "smtp")],
            Effect("transport-maps-user", "anna@open.example", nil, "lmtp:[192.0.2.5]:24"),
            Effect("virtual-mailbox-maps", "anna@open.example", nil, "node/anna/"),
            Effect("smtpd-sender-login-maps", "anna@open.example", "anna@open.example", nil)),
        .put(
            "/api/user/anna@open.example", [("forwarding", "x@away.example")],
            Effect("virtual-alias-maps", "anna@open.example", "anna@open.example", "x@away.example"),
            Effect("virtual-mailbox-maps", "anna@open.example", "node/anna/", "node/anna/")),
        .put(
            "/api/user/anna@open.example", [("addForwarding", "anna@open.example,bert@open.example")],
            Effect(
                "virtual-alias-maps", "anna@open.example", "x@away.example",
                "anna@open.example,bert@open.example,x@away.example")),
        .put(
            "/api/user/anna@open.example", [("removeForwarding", "anna@open.example,bert@open.example,x@away.example")],
            Effect(
                "virtual-alias-maps", "anna@open.example", "anna@open.example,bert@open.example,x@away.example",
                "anna@open.example")),
        .put(
            "/api/user/anna@open.example", [("maildir", "/srv/node/moved/anna")],
            Effect("virtual-mailbox-maps", "anna@open.example", "node/anna/", "node/moved/anna/")),
        .put(
            "/api/user/anna@open.example",
            [
                ("senderBcc", ""), ("recipientBcc", ""), ("outboundRelay", ""), ("transport", ""),
                ("addService", "smtp"),
            ],
            Effect("sender-bcc-maps-user", "anna@open.example", "s@away.example", nil),
            Effect("recipient-bcc-maps-user", "anna@open.example", "r@away.example", nil),
            Effect("sender-dependent-relayhost-maps", "anna@open.example", "[192.0.2.9]:587", nil),
            Effect("transport-maps-user", "anna@open.example", "lmtp:[192.0.2.5]:24", nil),
            Effect("smtpd-sender-login-maps", "anna@open.example", nil, "anna@open.example")),
    ]

    private static let deletions: [Change] = [
        .put(
            "/api/domain/open.example",
            [
                ("senderBcc", "s@away.example"), ("outboundRelay", "mx"), ("aliasDomains", "old.example"),
                ("catchall", "carl@other.example"),
            ],
            Effect("virtual-alias-maps-catchall", "nobody@open.example", nil, "carl@other.example")),
        .put(
            "/api/user/carl@other.example", [("forwarding", "bert@open.example")],
            Effect("virtual-alias-maps", "carl@other.example", "carl@other.example", "bert@open.example")),
        // Whose only destination goes has his own mailbox again.
        .delete(
            "/api/user/bert@open.example",
            Effect("virtual-alias-maps", "carl@other.example", "bert@open.example", "carl@other.example"),
            Effect("virtual-mailbox-maps", "bert@open.example", "node/bert/", nil),
            Effect("smtpd-sender-login-maps", "bert@open.example", "bert@open.example", nil)),
        .delete(
            "/api/domain/open.example",
            Effect("virtual-mailbox-domains", "open.example", "open.example", nil),
            Effect("virtual-mailbox-domains", "old.example", "old.example", nil),
            Effect("transport-maps-domain", "open.example", "dovecot", nil),
            Effect("virtual-alias-maps-catchall", "nobody@open.example", "carl@other.example", nil),
            Effect("virtual-alias-maps-alias-domain", "anna@old.example", "anna@open.example", nil),
            Effect("virtual-alias-maps-alias-domain-catchall", "nobody@old.example", "carl@other.example", nil),
            Effect("sender-bcc-maps-domain", "anna@open.example", "s@away.example", nil),
            Effect("sender-dependent-relayhost-maps", "@open.example", "mx", nil),
            Effect("virtual-alias-maps", "carl@other.example", "carl@other.example", "carl@other.example")),
    ]
}
