import Foundation
import Support

/// Entries as an LDAP edition of iRedMail of many years has them: what its installer, its tools and its administrators
/// by hand have written. The same for the same seed.
struct DirectoryEntries {
    static let password = "correct horse battery"
    static let otherPassword = "battery staple"
    static let domainCount = IRedMailRows.domainCount
    static let usersPerDomain = IRedMailRows.mailboxesPerDomain

    typealias Attributes = [(String, String)]

    private var random = SeededNumbers(seed: 20)
    /// By scheme: a value of `userPassword` that `password` matches.
    private let hashes: [(scheme: String, value: String)]
    /// As slapadd takes it.
    private(set) var text = ""
    /// The users below `d0.example`, one of each scheme, by their DNs' beginning.
    private(set) var userOfScheme: [(scheme: String, address: String)] = []
    /// Every address and domain that somebody could send to, in small letters.
    private(set) var keys: Set<String> = []

    /// What OpenLDAP's own tool makes of a password, and what Dovecot's makes for `{CRYPT}`.
    static func hashes() throws -> [(scheme: String, value: String)] {
        func output(_ program: String, _ arguments: String...) throws -> String {
            let result = try Program.run(program, arguments)
            guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
            return String(result.output.prefix { !$0.isNewline })
        }
        let own = try ["SSHA", "SHA", "SMD5", "MD5"].map {
            ($0, try output("/usr/sbin/slappasswd", "-h", "{\($0)}", "-s", password))
        }
        let crypt = try ["SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT"].map { scheme in
            let hash = try output("/usr/bin/doveadm", "pw", "-s", scheme, "-p", password)
            return (scheme, "{CRYPT}" + hash.drop { $0 != "}" }.dropFirst())
        }
        let ssha512 = try output("/usr/bin/doveadm", "pw", "-s", "SSHA512", "-p", password)
        let small = ("small letters", "{ssha}" + own[0].1.dropFirst("{SSHA}".count))
        return own + crypt
            + [("SSHA512", ssha512), small, ("no scheme", password)]
    }

    init(hashes: [(scheme: String, value: String)]) {
        self.hashes = hashes
        addCrowd()
        addDomainPlants()
        addUserPlants()
        addForwardingPlants()
        addListPlants()
        addAdmins()
        addOthers()
    }

    // MARK: Writing

    static func name(of domain: Int) -> String { "d\(domain).example" }

    static func dn(ofDomain name: String) -> String { "domainName=\(name),\(OpenLDAPServer.domains)" }

    static func dn(ofUser address: String, below domain: String? = nil) -> String {
        "mail=\(address),ou=Users,\(dn(ofDomain: domain ?? Self.domain(of: address)))"
    }

    private static func domain(of address: String) -> String { String(address.drop { $0 != "@" }.dropFirst()) }

    /// Attributes whose values are addresses or domains that somebody could send to.
    private static let addressing: Set<String> = [
        "mail", "domainName", "domainAliasName", "domainPendingAliasName", "shadowAddress", "memberOfGroup",
        "mailForwardingAddress",
    ]

    private mutating func add(_ dn: String, classes: [String], _ attributes: Attributes) {
        text += LDIFRecord.text(dn, classes.map { ("objectClass", $0) } + attributes)
        keys.formUnion(attributes.filter { Self.addressing.contains($0.0) }.map { $0.1.lowercased() })
    }

    /// Several values of one attribute.
    private static func values(_ name: String, _ values: [String]) -> Attributes { values.map { (name, $0) } }

    /// A domain and its four units.
    private mutating func domain(
        _ name: String, status: String = "active", services: [String] = ["mail"], transport: String = "dovecot",
        _ further: Attributes = []
    ) {
        let dn = Self.dn(ofDomain: name)
        add(
            dn, classes: ["mailDomain"],
            [
                ("domainName", name), ("cn", "Firma \(name) 🏔"), ("mtaTransport", transport), ("accountStatus", status),
                ("accountSetting", "defaultQuota:1024"),
            ] + Self.values("enabledService", services) + further)
        for unit in ["Users", "Groups", "Aliases", "Externals"] {
            add("ou=\(unit),\(dn)", classes: ["organizationalUnit"], [("ou", unit)])
        }
    }

    /// What a user of the newest release has.
    static let services = [
        "mail", "smtp", "smtpsecured", "smtptls", "pop3", "pop3secured", "pop3tls", "imap", "imapsecured", "imaptls",
        "deliver", "lda", "lmtp", "sieve", "sievesecured", "sievetls", "managesieve", "managesievesecured",
        "managesievetls", "internal", "doveadm", "lib-storage", "indexer-worker", "dsync", "quota-status", "sogo",
        "forward", "senderbcc", "recipientbcc", "shadowaddress", "displayedInGlobalAddressBook",
    ]

    /// - Parameters:
    ///   - hash: nil for one that `password` matches; empty for none.
    ///   - quota: in bytes; nil for none.
    ///   - home: nil for what iRedMail makes of the address.
    ///   - without: services that the user does not have.
    ///   - domain: that of the entry, when it is not that of the address.
    private mutating func user(
        _ address: String, hash: String? = nil, status: String = "active", quota: Int? = 1 << 30,
        home: String? = nil, name: String = "Jo Doe", without: [String] = [], below domain: String? = nil,
        _ further: Attributes = []
    ) {
        let local = String(address.prefix { $0 != "@" })
        let path = "/var/vmail/vmail1/\(Self.domain(of: address))/\(local)-2019.03.04.05.06.07/"
        var attributes: Attributes = [
            ("mail", address), ("uid", local), ("sn", local), ("cn", name), ("homeDirectory", home ?? path),
            ("accountStatus", status), ("amavisLocal", "TRUE"), ("shadowLastChange", "18000"),
        ]
        if hash != "" { attributes.append(("userPassword", hash ?? hashes[0].value)) }
        if let quota { attributes.append(("mailQuota", "\(quota)")) }
        attributes += Self.values("enabledService", Self.services.filter { !without.contains($0) })
        add(
            Self.dn(ofUser: address, below: domain),
            classes: ["inetOrgPerson", "mailUser", "shadowAccount", "amavisAccount"], attributes + further)
    }

    private mutating func alias(
        _ address: String, status: String = "active", services: [String] = ["mail", "deliver"], to members: [String],
        _ further: Attributes = []
    ) {
        add(
            "mail=\(address),ou=Aliases,\(Self.dn(ofDomain: Self.domain(of: address)))", classes: ["mailAlias"],
            [("mail", address), ("cn", "Alias"), ("accountStatus", status)] + Self.values("enabledService", services)
                + Self.values("mailForwardingAddress", members) + further)
    }

    private mutating func list(
        _ address: String, status: String = "active", services: [String] = ["mail", "deliver"],
        _ further: Attributes = []
    ) {
        add(
            "mail=\(address),ou=Groups,\(Self.dn(ofDomain: Self.domain(of: address)))", classes: ["mailList"],
            [("mail", address), ("cn", "Liste"), ("accountStatus", status)] + Self.values("enabledService", services)
                + further)
    }

    /// The members of a list that have no entry of their own.
    private mutating func externals(of list: String, _ members: [String], _ further: Attributes = []) {
        add(
            "memberOfGroup=\(list),ou=Externals,\(Self.dn(ofDomain: Self.domain(of: list)))",
            classes: ["mailExternalUser"],
            [
                ("memberOfGroup", list), ("accountStatus", "active"), ("enabledService", "mail"),
                ("enabledService", "deliver"),
            ] + Self.values("mail", members) + further)
    }

    /// An entry to which mail for every unknown address of a domain goes.
    private mutating func catchAll(_ domain: String, status: String = "active", to destinations: [String]) {
        add(
            Self.dn(ofUser: "@\(domain)"), classes: ["inetOrgPerson", "mailUser"],
            [
                ("mail", "@\(domain)"), ("uid", "catch-all"), ("cn", "catch-all"), ("sn", "catch-all"),
                ("accountStatus", status),
            ] + Self.values("mailForwardingAddress", destinations))
    }

    // MARK: The crowd

    private mutating func addCrowd() {
        for number in 0..<Self.domainCount {
            let name = Self.name(of: number)
            let aliasDomain = number.isMultiple(of: 4) ? "alias\(number).example" : nil
            var services = ["mail"] + Self.extraServices(of: number)
            var further = Self.extras(of: number)
            if let aliasDomain {
                services.append("domainalias")
                further.append(("domainAliasName", aliasDomain))
            }
            domain(name, services: services, further)
            if number.isMultiple(of: 5) { catchAll(name, to: ["user0@\(name)"]) }
            for user in 0..<Self.usersPerDomain { addUser(user, name, aliasDomain) }
            alias(
                "team@\(name)", to: ["user1@\(name)", "user2@\(name)", "partner@outside.example"],
                [
                    ("accessPolicy", "membersonly"), ("listModerator", "user1@\(name)"),
                    ("shadowAddress", aliasDomain.map { "team@\($0)" } ?? "squad@\(name)"),
                ])
        }
    }

    private mutating func addUser(_ number: Int, _ domain: String, _ aliasDomain: String?) {
        let address = "user\(number)@\(domain)"
        let isListed = userOfScheme.count < hashes.count
        let hash = isListed ? hashes[userOfScheme.count] : random.pick(hashes)
        if isListed { userOfScheme.append((hash.scheme, address)) }
        let isActive = isListed || number < 10 || !random.chance(4)
        let names = ["Jo Doe", "Zoë Müller 🦔", "O'Neil \\ here", String(repeating: "n", count: 255), "< NULL", "山田 太郎"]
        var further = Self.extras(of: address)
        if let aliasDomain { further.append(("shadowAddress", "user\(number)@\(aliasDomain)")) }
        if random.chance(20) { further.append(("shadowAddress", "nick\(number)@\(domain)")) }
        if number >= 10, random.chance(20) {
            further.append(("mailForwardingAddress", "away\(number)@outside.example"))
            if random.chance(60) { further.append(("mailForwardingAddress", address)) }
        }
        if random.chance(5) { further.append(("userSenderBccAddress", "archive@\(domain)")) }
        let quotas = [nil, 104_857_600, 1 << 30, 5 << 30]
        let quota = quotas[Int.random(in: quotas.indices, using: &random)]
        let name = random.pick(names)
        user(address, hash: hash.value, status: isActive ? "active" : "disabled", quota: quota, name: name, further)
    }

    // MARK: Single entries, one habit each

    /// What some domains of the crowd have besides.
    private static func extras(of domain: Int) -> Attributes {
        switch domain {
        case 1:
            [
                ("domainAdmin", "user1@d1.example"), ("domainAdmin", "user3@d1.example"),
                ("domainAdmin", "gone@outside.example"), ("domainAdmin", "boss@outside.example"),
            ]
        case 2:
            [
                ("domainAdmin", "desk@outside.example"), ("domainAdmin", "User1@d2.example"),
                ("domainPendingAliasName", "soon.example"),
            ]
        case 3:
            [
                ("domainSenderBccAddress", "out@archive.example"), ("domainRecipientBccAddress", "In@Archive.Example"),
                ("senderRelayHost", "[relay.outside.example]:587"), ("disclaimer", "Nobody reads this."),
                ("description", "A note"), ("preferredLanguage", "de_DE"), ("expiredDate", "20300102030405Z"),
                ("accountSetting", "maxUserQuota:2048"), ("accountSetting", "numberOfUsers:50"),
                ("accountSetting", "numberOfAliases:-1"), ("accountSetting", "domainQuota:10:GB"),
                ("accountSetting", "minPasswordLength:9"), ("accountSetting", "timezone:Europe/Berlin"),
                ("accountSetting", "disabledDomainProfile:bcc"), ("accountSetting", "disabledDomainProfile:relay"),
                ("accountSetting", "ownWord:of somebody"),
            ]
        case 5:
            [("domainSenderBccAddress", "unused@archive.example")]
        case 7:
            [("domainAliasName", "unserved.example")]
        case 8:
            [("domainAliasName", "Second-Alias8.Example"), ("domainAliasName", "d9.example")]
        default: []
        }
    }

    private static func extraServices(of domain: Int) -> [String] {
        domain == 3 ? ["senderbcc", "recipientbcc", "self-service"] : []
    }

    /// What some users of the crowd have besides.
    private static func extras(of address: String) -> Attributes {
        switch address {
        case "user1@d1.example": [("enabledService", "domainadmin"), ("accountSetting", "create_max_users:5")]
        case "user2@d1.example":
            [
                ("enabledService", "domainadmin"), ("domainGlobalAdmin", "yes"),
                ("accountSetting", "create_new_domains:yes"),
            ]
        case "user1@d2.example": [("enabledService", "domainadmin")]
        case "user4@d1.example":
            [
                ("givenName", "Zoë"), ("title", "Head"), ("telephoneNumber", "+49 30 1"), ("mobile", "+49 170 1"),
                ("employeeNumber", "№ 7"), ("preferredLanguage", "fr_FR"), ("recoveryEmail", "zoe@home.example"),
                ("allowNets", "192.0.2.0/24"), ("expiredDate", "20240102030405Z"), ("maxMessageSize", "1048576"),
                ("mailWhitelistRecipient", "friend@outside.example"), ("disclaimer", "Yours"),
                ("mtaTransport", "lmtp:unix:private/dovecot-lmtp"),
            ]
        case "user5@d3.example":
            [
                ("userSenderBccAddress", "sent@archive.example"), ("userRecipientBccAddress", "got@archive.example"),
                ("senderRelayHost", "[smtp.outside.example]:25"), ("shadowAddress", "five@d3.example"),
            ]
        case "user6@d3.example": [("senderRelayHost", "smtp:x y")]
        case "user1@d4.example", "user2@d4.example": [("memberOfGroup", "old-list@d4.example")]
        case "user3@d4.example": [("memberOfGroup", "no-list@d4.example"), ("memberOfGroup", "off-list@d4.example")]
        case "user5@d4.example": [("memberOfGroup", "inner@d4.example"), ("memberOfGroup", "shadowed@d4.example")]
        default: []
        }
    }

    private mutating func addDomainPlants() {
        // Who switched it off did so in the domain's entry only.
        domain(
            "off.example", status: "disabled", services: ["mail", "domainalias"],
            [("domainAliasName", "off-alias.example")])
        user("user@off.example", [("shadowAddress", "user@off-alias.example")])
        user("marked@off.example", [("domainStatus", "disabled")])
        alias("info@off.example", to: ["user1@d0.example"])
        // Who switched it on again did so in the domain's entry only.
        domain("on.example")
        user("user@on.example")
        user("marked@on.example", [("domainStatus", "disabled")])
        alias("info@on.example", to: ["user@on.example"], [("domainStatus", "disabled")])
        domain("mx.example", transport: "relay:[mx.outside.example]:25", [("domainBackupMX", "yes")])
        user("user@mx.example")
        domain("nomail.example", services: [])
        user("user@nomail.example")
        domain("Caps.Example", services: ["mail", "domainalias"], [("domainAliasName", "Caps-Alias.Example")])
        user(
            "Jo.Doe@Caps.Example",
            [("shadowAddress", "JD@Caps.Example"), ("shadowAddress", "jo.doe@caps-alias.example")])
        alias("Info@caps.example", to: ["Jo.Doe@Caps.Example", "Else@Outside.Example"])
        domain("no domain")
        user("user@no domain")
        domain("odd.example", transport: "no transport!")
        user("user@odd.example")
        domain("lost-off.example", services: ["mail"], [("domainAliasName", "alias0.example")])
    }

    private mutating func addUserPlants() {
        for service in ["mail", "deliver", "smtp", "imap", "shadowaddress"] {
            user(
                "no-\(service)@d1.example",
                without: service == "imap" ? ["imap", "imapsecured", "imaptls"] : [service],
                [("shadowAddress", "s-\(service)@d1.example")])
        }
        user("nosmtptls@d1.example", without: ["smtpsecured", "smtptls"])
        user("Upper@D1.example", below: "d1.example")
        user("o'brien@d1.example")
        user("two-passwords@d1.example", [("userPassword", Self.otherPassword)])
        user("no-password@d1.example", hash: "")
        user("unknown-scheme@d1.example", hash: "{SASL}jo@REALM")
        user("odd-quota@d1.example", quota: 1_500_000)
        user("huge@d1.example", quota: 1 << 62)
        user("tiny@d1.example", quota: 1)
        user("ghost@lost.example", below: "d1.example")
        user("astray@d2.example", below: "d1.example")
        user("nested@d1.example", home: "/var/vmail/vmail1/d1.example/user9-2019.03.04.05.06.07/inner/")
        user("up@d1.example", home: "/var/vmail/../etc/")
        user("capitals@d1.example", home: "/var/vmail/vmail1/D1.example/CAP/")
        user(
            "oldest@d1.example", home: "/srv/mail/vmail2/d1.example/o/ol/oldest-2009.01.02.03.04.05/",
            [
                ("storageBaseDirectory", "/srv/mail"),
                ("mailMessageStore", "vmail2/d1.example/o/ol/oldest-2009.01.02.03.04.05/"),
            ])
        user("other-store@d1.example", [("storageBaseDirectory", "/srv/mail"), ("mailMessageStore", "elsewhere/x/")])
        user("mdbox@d1.example", [("mailboxFormat", "mdbox"), ("mailboxFolder", "Boxes")])
        user("mbox@d1.example", [("mailboxFormat", "mbox")])
        // Below the unit of another kind, and below none.
        add(
            "mail=unit@d1.example,ou=Groups,\(Self.dn(ofDomain: "d1.example"))",
            classes: ["inetOrgPerson", "mailUser"],
            [
                ("mail", "unit@d1.example"), ("uid", "unit"), ("sn", "unit"), ("cn", "unit"),
                ("accountStatus", "active"),
                ("userPassword", hashes[0].value), ("homeDirectory", "/var/vmail/vmail1/d1.example/unit/"),
            ] + Self.values("enabledService", Self.services))
    }

    private mutating func addForwardingPlants() {
        user(
            "keeps@d2.example",
            [
                ("mailForwardingAddress", "keeps@d2.example"), ("mailForwardingAddress", "kept@outside.example"),
                ("shadowAddress", "k@d2.example"),
            ])
        user("leads@d2.example", [("mailForwardingAddress", "Led@Outside.Example"), ("shadowAddress", "l@d2.example")])
        user("unserved@d2.example", without: ["forward"], [("mailForwardingAddress", "never@outside.example")])
        user("off-forwards@d2.example", status: "disabled", [("mailForwardingAddress", "loud@outside.example")])
        user(
            "no-address@d2.example",
            [("mailForwardingAddress", "root"), ("mailForwardingAddress", "no-address@d2.example")])
        user(
            "shadows@d2.example",
            [
                ("shadowAddress", "far@outside.example"), ("shadowAddress", "near@d3.example"),
                ("shadowAddress", "user2@d2.example"), ("shadowAddress", "keeps@d2.example"),
            ])
        user("same@d2.example", [("shadowAddress", "one@d2.example")])
        user("twin@d2.example", [("shadowAddress", "one@d2.example")])
        user("double@d2.example")
        alias("double@d2.example", to: ["user1@d2.example", "double@outside.example"])
        user(
            "bcc@d2.example", without: ["senderbcc", "recipientbcc"],
            [("userSenderBccAddress", "no@archive.example"), ("userRecipientBccAddress", "no@archive.example")])
        user("off-bcc@d2.example", status: "disabled", [("userSenderBccAddress", "no@archive.example")])
        alias("off@d2.example", status: "disabled", to: ["user1@d2.example"])
        alias("undelivered@d2.example", services: ["mail"], to: ["user1@d2.example"])
        alias("empty@d2.example", to: [])
        alias(
            "aliases@d2.example", to: ["off@d2.example", "team@d2.example", "sales@d2.example", "gone@d2.example"],
            [("shadowAddress", "aka@d2.example")])
        alias(
            "sales@d2.example", to: ["user3@d2.example"],
            [("accessPolicy", "allowedOnly"), ("listAllowedUser", "user1@d2.example"), ("description", "Sales")])
        catchAll("d6.example", status: "disabled", to: ["user1@d6.example"])
        catchAll("d7.example", to: ["user1@d7.example", "all@outside.example"])
        user("no-deliver@d7.example", without: ["deliver"])
        user("off@d7.example", status: "disabled")
    }

    private mutating func addListPlants() {
        list(
            "old-list@d4.example",
            [
                ("accessPolicy", "public"), ("listOwner", "user1@d4.example"),
                ("shadowAddress", "old-list@alias4.example"),
            ])
        externals(of: "old-list@d4.example", ["guest@outside.example", "Other@Outside.Example"])
        list(
            "inner@d4.example",
            [
                ("memberOfGroup", "old-list@d4.example"), ("accessPolicy", "membersonly"),
                ("listModerator", "user1@d4.example"), ("listModerator", "user2@d4.example"),
            ])
        alias("member@d4.example", to: ["user6@d4.example"], [("memberOfGroup", "old-list@d4.example")])
        list("off-list@d4.example", status: "disabled")
        list("empty-list@d4.example")
        list("shadowed@d4.example", [("shadowAddress", "umbra@d4.example")])
        externals(of: "gone-list@d4.example", ["guest@outside.example"])
        externals(of: "no-members@d4.example", [])
        list(
            "news@d4.example", services: ["mail", "deliver", "mlmmj"],
            [
                ("mtaTransport", "mlmmj:d4.example/news"), ("mailingListID", "0f6f0bfe-2c0c-4f2e-9a3e-000000000001"),
                ("accessPolicy", "moderatorsonly"), ("listModerator", "user1@d4.example"),
                ("listOwner", "user2@d4.example"),
                ("maxMessageSize", "1048576"), ("shadowAddress", "news@alias4.example"), ("description", "What is new"),
            ])
        list("no-id@d4.example", services: ["mail", "deliver", "mlmmj"], [("mtaTransport", "mlmmj:d4.example/no-id")])
        list(
            "off-news@d4.example", status: "disabled", services: ["mail", "deliver", "mlmmj"],
            [("mtaTransport", "mlmmj:d4.example/off-news"), ("mailingListID", "0f6f0bfe-2c0c-4f2e-9a3e-000000000002")])
        user("no-deliver@d4.example", without: ["deliver"], [("memberOfGroup", "shadowed@d4.example")])
        user("off@d4.example", status: "disabled", [("memberOfGroup", "shadowed@d4.example")])
    }

    private mutating func addAdmins() {
        func admin(_ address: String, _ further: Attributes) -> String {
            LDIFRecord.text(
                "mail=\(address),\(OpenLDAPServer.domainAdmins)",
                [("objectClass", "mailAdmin"), ("mail", address), ("userPassword", hashes[0].value), ("cn", "Admin")]
                    + further)
        }
        text += admin(
            "boss@outside.example",
            [("accountStatus", "active"), ("domainGlobalAdmin", "yes"), ("preferredLanguage", "de_DE")])
        text += admin(
            "desk@outside.example",
            [
                ("accountStatus", "active"), ("accountSetting", "create_new_domains:yes"),
                ("accountSetting", "create_max_domains:3"),
                ("disabledService", "view_mail_log"), ("shadowLastChange", "19000"),
            ])
        text += admin("Off@Outside.Example", [("accountStatus", "disabled")])
        text += admin("user7@d3.example", [("accountStatus", "active"), ("domainGlobalAdmin", "yes")])
    }

    /// What is no account, or has more than iRedMail gives it.
    private mutating func addOthers() {
        text += LDIFRecord.text(
            "cn=printer,ou=Users,\(Self.dn(ofDomain: "d9.example"))",
            [("objectClass", "device"), ("cn", "printer"), ("serialNumber", "1")])
        text += LDIFRecord.text(
            "mail=more@d9.example,ou=Users,\(Self.dn(ofDomain: "d9.example"))",
            [
                ("objectClass", "inetOrgPerson"), ("objectClass", "mailUser"), ("objectClass", "extensibleObject"),
                ("mail", "more@d9.example"), ("uid", "more"), ("sn", "more"), ("cn", "more"), ("carLicense", "B-PS 1"),
                ("associatedDomain", "more.example"), ("description", String(repeating: "long ", count: 400) + "end"),
                ("jpegPhoto", "\u{FFFD}\u{1}\u{2}"), ("homeDirectory", "/var/vmail/vmail1/d9.example/more/"),
                ("accountStatus", "active"), ("userPassword", hashes[0].value),
            ] + Self.values("enabledService", Self.services))
        text += LDIFRecord.text(
            "ou=Archive,\(OpenLDAPServer.base)", [("objectClass", "organizationalUnit"), ("ou", "Archive")])
        keys.insert("more@d9.example")
    }
}
