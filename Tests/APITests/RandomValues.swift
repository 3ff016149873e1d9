/// What random calls send: for each parameter values that are good, and a few that are not. Few names, so that they
/// meet.
enum RandomValues {
    /// Routes of other rooms, by the first piece of their path after `/api`.
    private static let others: Set<Substring> = [
        "login", "logout", "spampolicy", "throttle", "greylisting", "wblist", "policy", "log",
        "health", "metrics", "openapi.json", "reference",
    ]

    /// Whether a path is about domains, admins and accounts.
    static func areAccounts(_ path: String) -> Bool {
        let pieces = path.split(separator: "/")
        return pieces.count > 1 && !others.contains(pieces[1])
    }

    /// How often each route is called, in relation to the others.
    static let weights = [
        "GET /api/domains": 1, "GET /api/domain/<domain>": 1, "POST /api/domain/<domain>": 6,
        "PUT /api/domain/<domain>": 14, "DELETE /api/domain/<domain>": 1,
        "DELETE /api/domain/<domain>/keep_mailbox_days/<number>": 1, "PUT /api/domain/admins/<domain>": 5,
        "GET /api/admin/<mail>": 1, "POST /api/admin/<mail>": 4, "PUT /api/admin/<mail>": 4,
        "DELETE /api/admin/<mail>": 2,
        "POST /api/verify_password/admin/<mail>": 2, "POST /api/verify_password/user/<mail>": 2,
        "GET /api/user/<mail>": 2, "POST /api/user/<mail>": 14, "PUT /api/user/<mail>": 26,
        "DELETE /api/user/<mail>": 3,
        "DELETE /api/user/<mail>/keep_mailbox_days/<number>": 2, "POST /api/user/<mail>/change_email/<new_mail>": 6,
        "GET /api/users/<domain>": 1, "PUT /api/users/<domain>": 3,
        "GET /api/alias/<mail>": 1, "POST /api/alias/<mail>": 7, "PUT /api/alias/<mail>": 8,
        "DELETE /api/alias/<mail>": 2,
        "POST /api/alias/<mail>/change_email/<new_mail>": 3, "GET /api/aliases/<domain>": 1,
        "GET /api/maillist/<mail>": 1, "POST /api/maillist/<mail>": 6, "PUT /api/maillist/<mail>": 6,
        "DELETE /api/maillist/<mail>": 2,
        "GET /api/mls/<domain>": 1, "GET /api/ml/<mail>": 2, "POST /api/ml/<mail>": 9, "PUT /api/ml/<mail>": 9,
        "DELETE /api/ml/<mail>": 2,
        "GET /api/ldif/domain/<domain>": 1, "GET /api/ldif/catchall/<domain>": 3, "GET /api/ldif/admin/<mail>": 2,
        "GET /api/ldif/user/<mail>": 1, "GET /api/ldif/maillist/<mail>": 3, "GET /api/ldif/alias/<mail>": 2,
    ]

    /// What a value is made of.
    enum Kind {
        /// One of these.
        case oneOf([String])
        /// Up to four addresses, often the account's own among them.
        case addresses
        /// One address, or none.
        case address
        /// Those who could manage a domain.
        case admins
        case domains
    }

    private static let number = Kind.oneOf(["0", "0", "", "5", "40", "-1", "x"])
    private static let limit = Kind.oneOf(["0", "0", "0", "", "6", "-1", "many"])
    private static let text = Kind.oneOf([
        "Jo", "Grüße: <Söhne> & Co.", " ", String(repeating: "Ångström ", count: 20), "a;b:c", "bell \u{7}",
    ])
    private static let yesNo = Kind.oneOf(["yes", "no", "no", "on", "", "perhaps"])
    /// A list has very many of these: one that is refused would spoil most calls.
    private static let listFlag = Kind.oneOf(["yes", "no"])
    private static let services = Kind.oneOf([
        "imap", "pop3,imaptls", "smtp,deliver", "managesieve", "self-service", "", "sogo,nothing", "doveadm",
    ])
    private static let profiles = Kind.oneOf(["bcc", "relay,advanced", "forwarding,aliases", "nothing", "catchall", ""])
    private static let relay = Kind.oneOf(["[192.0.2.1]:25", "smtp:mail.away.example:587", "", "a b"])

    static let kinds: [String: Kind] = [
        "name": text, "gn": text, "sn": text, "employeeid": text, "telephoneNumber": text, "mobile": text,
        "password": .oneOf(["Secret-1234", "Secret-1234", "Secret-1234", "Secret-1234", "weak", ""]),
        "password_hash": .oneOf(["{PLAIN}Secret-1234", "{PLAIN-MD5}0cc175b9c0f1b6a831c399e269772661", "{NONE}x", "x"]),
        "accountStatus": .oneOf(["active", "active", "disabled", "disabled", "maybe"]),
        "language": .oneOf(["de_DE", "xx", ""]),
        "quota": number, "defaultQuota": number, "maxUserQuota": number,
        "numberOfUsers": limit, "numberOfAliases": limit, "numberOfLists": limit,
        "minPasswordLength": .oneOf(["0", "9", "30"]), "maxPasswordLength": .oneOf(["0", "20", "4"]),
        "transport": .oneOf(["", "lmtp:unix:private/dovecot-lmtp", "dovecot", "pipe:|x y"]),
        "senderBcc": .address, "recipientBcc": .address,
        "is_backupmx": .oneOf(["yes", "no", "no"]), "primarymx": .oneOf(["[192.0.2.7]:25", "mx.away.example", ""]),
        "catchall": .addresses, "outboundRelay": relay,
        "enableService": services, "disableService": services, "removeAllServices": yesNo,
        "services": services, "addService": services, "removeService": services,
        "disableDomainProfile": profiles, "enableDomainProfile": profiles, "disableUserProfile": profiles,
        "enableUserProfile": profiles, "disableUserPreference": profiles, "enableUserPreference": profiles,
        "aliasDomains": .domains, "addAliasDomain": .domains, "removeAliasDomain": .domains,
        "addAdmin": .admins, "removeAdmin": .admins, "removeAllAdmins": .oneOf([""]),
        "isGlobalAdmin": .oneOf(["no", "no", "yes", "maybe"]),
        "maxDomains": limit, "maxUsers": limit, "maxAliases": limit, "maxLists": limit,
        "maxQuota": .oneOf(["0", "2", "900", "x"]), "quotaUnit": .oneOf(["MB", "GB", "tb", "PB"]),
        "disableViewingMailLog": yesNo, "disableManagingQuarantinedMails": yesNo,
        "forwarding": .addresses, "addForwarding": .addresses, "removeForwarding": .addresses,
        "aliases": .addresses, "addAlias": .addresses, "removeAlias": .addresses,
        "members": .addresses, "addMember": .addresses, "removeMember": .addresses,
        "moderators": .addresses, "addModerator": .addresses, "removeModerator": .addresses,
        "accessPolicy": .oneOf(["public", "domain", "allowedonly", "nobody"]),
        "mailboxFormat": .oneOf(["maildir", "mdbox", "tape"]), "mailboxFolder": .oneOf(["Maildir", "Mail1", "a/b"]),
        "maildir": .oneOf(["/var/vmail/vmail1/own/1", "/var/vmail/vmail1/Own/2/", "/srv/mail/3", "here", "/a/../b"]),
        "is_newsletter": listFlag, "newsletter_description": .oneOf(["News", ""]), "close_list": listFlag,
        "only_moderator_can_post": listFlag,
        "only_subscriber_can_post": listFlag, "disable_subscription": listFlag,
        "disable_subscription_confirm": listFlag,
        "disable_digest_subscription": listFlag, "disable_digest_text": listFlag,
        "disable_nomail_subscription": listFlag,
        "moderated": listFlag, "moderate_non_subscriber_post": listFlag, "disable_retrieving_old_posts": listFlag,
        "only_subscriber_can_get_old_posts": listFlag, "disable_retrieving_subscribers": listFlag,
        "disable_send_copy_to_sender": listFlag, "notify_owner_when_sub_unsub": listFlag,
        "notify_sender_when_moderated": listFlag, "disable_archive": listFlag, "moderate_subscription": listFlag,
        "subscription_moderators": .addresses, "owner": .addresses, "extra_addresses": .addresses,
        "max_message_size": .oneOf(["0", "1000", "x"]), "subject_prefix": .oneOf(["[x]", "[x]", ""]),
        "custom_headers": .oneOf(["X-A: b", "X-A: b\nX-C: d", ""]),
        "remove_headers": .oneOf(["Received,X-Mailer:", ""]), "footer_text": .oneOf(["Bye", ""]),
        "footer_html": .oneOf(["<p>Bye</p>", ""]),
        "subscribers": .addresses, "add_subscribers": .addresses, "remove_subscribers": .addresses,
        // Nothing here takes mail.
        "require_confirm": .oneOf(["no"]), "subscription": .oneOf(["normal", "digest", "nomail", "weekly"]),
        "with_subscribers": listFlag, "keep_archive": listFlag,
        "archive": yesNo, "name_only": yesNo, "disabled_only": yesNo, "email_only": yesNo,
        "limit": .oneOf(["1", "2", "10000", "0"]), "after": .oneOf(["", "b", "jo@a.example"]),
    ]

    /// Parameters that mean something only together.
    static let companions = [
        "subscribers": "require_confirm", "add_subscribers": "require_confirm", "is_backupmx": "primarymx",
        "primarymx": "is_backupmx", "maxQuota": "quotaUnit", "quotaUnit": "maxQuota",
    ]

    /// Parameters sent more often, since most of what can go wrong between accounts begins with them.
    static let favourites: Set<String> = ["accountStatus", "forwarding", "aliases", "members", "catchall"]

    static let locals = ["jo", "jo", "al", "al", "mo", "team", "list", "extra", "x", "dan"]
    static let admins =
        ["dan", "cora", "eve"].map { "\($0)@office.example" } + ["fay@outside.example", "gil@outside.example"]
    /// `alias.example` begins as an alias domain, `office.example` is where the admins live.
    static let domains = [
        "a.example", "a.example", "a.example", "b.example", "b.example", "c.example", "new.example", "alias.example",
        "office.example",
    ]
    static let destinations = ["x@away.example", "jo+tag@a.example", "#odd&x=y/z@away.example", "JO@A.example"]
    static let badAddresses = ["bad", "@", "jo@", "j o@a.example"]
}
