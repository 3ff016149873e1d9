import Support

/// Rows as an iRedMail server of many years has them: what its installer, its tools and its administrators by hand have
/// written. The same for the same seed.
struct IRedMailRows {
    static let password = "correct horse battery"
    static let domainCount = 40
    static let mailboxesPerDomain = 50

    let engine: ServerEngine
    private var random = SeededNumbers(seed: 19)
    /// By scheme: a hash of `password`.
    private let hashes: [(scheme: String, hash: String)]
    private(set) var scripts: [String: [String]] = [:]
    /// One mailbox of each scheme, with that name.
    private(set) var mailboxOfScheme: [(scheme: String, address: String)] = []
    /// Every address and domain that somebody could send to.
    private(set) var keys: [String] = []

    /// What Dovecot's own tool makes of a password; for `CRYPT` without the scheme, as old servers have it.
    static func hashes() throws -> [(scheme: String, hash: String)] {
        let schemes = [
            "SSHA512", "SSHA", "SHA512", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT", "BLF-CRYPT", "PLAIN-MD5",
            "CRAM-MD5",
            "PLAIN", "PBKDF2",
        ]
        return try schemes.map { scheme in
            let result = try Program.run("/usr/bin/doveadm", ["pw", "-s", scheme, "-p", password])
            guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
            let hash = String(result.output.dropLast())
            // Long ago `{CRYPT}` was left out.
            return (scheme, scheme == "MD5-CRYPT" ? String(hash.dropFirst("{MD5-CRYPT}".count)) : hash)
        }
    }

    init(for engine: ServerEngine, hashes: [(scheme: String, hash: String)]) {
        self.engine = engine
        self.hashes = hashes
        addDomains()
        addPlants()
        addPolicies()
    }

    var all: [(database: String, script: String)] {
        IRedMailServer.databases.compactMap { database in
            scripts[database].map { (database, (["BEGIN"] + $0 + ["COMMIT"]).joined(separator: ";\n")) }
        }
    }

    /// What of it is no account: a server with LDAP has the same in its databases.
    var besideDirectory: [(database: String, script: String)] {
        let tables = ["used_quota", "last_login", "share_folder", "anyone_shares", "deleted_mailboxes"]
        let usage = (scripts["vmail"] ?? []).filter { statement in
            tables.contains { statement.hasPrefix("INSERT INTO \($0) ") }
        }
        return ["amavisd", "iredapd", "iredadmin"].map { database in
            let statements = (scripts[database] ?? []) + (database == "iredadmin" ? usage : [])
            return (database, (["BEGIN"] + statements + ["COMMIT"]).joined(separator: ";\n"))
        }
    }

    // MARK: Writing

    /// A text as a value of SQL.
    private func q(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private mutating func insert(
        _ table: String, _ values: KeyValuePairs<String, String>, in database: String = "vmail"
    ) {
        let columns = values.map { "\"\($0.key)\"" }.joined(separator: ", ")
        scripts[database, default: []].append(
            "INSERT INTO \(table) (\(columns)) VALUES (\(values.map(\.value).joined(separator: ", ")))")
    }

    private mutating func mailbox(
        _ address: String, hash: String? = nil, domain: String? = nil, active: Int = 1, quota: String = "1024",
        forwards: Bool = true, name: String = "Jo Doe"
    ) {
        let parts = address.split(separator: "@").map(String.init)
        let own = domain ?? parts[1]
        insert(
            "mailbox",
            [
                "username": q(address), "password": q(hash ?? hashes[0].hash), "name": q(name),
                "storagebasedirectory": q("/var/vmail"), "storagenode": q("vmail1"),
                "maildir": q("\(own)/\(parts[0])-2019.03.04.05.06.07/"), "quota": quota, "domain": q(own),
                "active": "\(active)", "created": q("2019-03-04 05:06:07"),
            ])
        if forwards { forward(address, address, domain: own, flag: "is_forwarding", active: active) }
        keys.append(address)
    }

    private mutating func forward(
        _ address: String, _ destination: String, domain: String? = nil, flag: String? = nil, active: Int = 1
    ) {
        let own = domain ?? address.split(separator: "@").last.map(String.init) ?? address
        let columns = "address, forwarding, domain, dest_domain, active\(flag.map { ", \($0)" } ?? "")"
        let values = [
            q(address), q(destination), q(own), q(destination.split(separator: "@").last.map(String.init) ?? ""),
        ]
        scripts["vmail", default: []].append(
            "INSERT INTO forwardings (\(columns)) VALUES (\(values.joined(separator: ", ")), \(active)\(flag == nil ? "" : ", 1"))"
        )
        keys.append(address)
    }

    private mutating func domain(_ name: String, active: Int = 1, backupmx: Int = 0, transport: String = "dovecot") {
        insert(
            "domain",
            [
                "domain": q(name), "description": q("Firma \(name) 🏔"), "transport": q(transport),
                "active": "\(active)",
                "backupmx": "\(backupmx)", "settings": q("default_user_quota:1024;"),
                "created": q("2018-01-02 03:04:05"),
            ])
        keys.append(name)
    }

    // MARK: The crowd

    static func name(of domain: Int) -> String { "d\(domain).example" }

    private mutating func addDomains() {
        for number in 0..<Self.domainCount {
            let name = Self.name(of: number)
            domain(name)
            if number.isMultiple(of: 4) {
                insert("alias_domain", ["alias_domain": q("alias\(number).example"), "target_domain": q(name)])
                keys.append("alias\(number).example")
            }
            if number.isMultiple(of: 5) { forward(name, "user0@\(name)") }
            for user in 0..<Self.mailboxesPerDomain { addMailbox("user\(user)@\(name)", user, name) }
            insert("alias", ["address": q("team@\(name)"), "domain": q(name), "accesspolicy": q("membersonly")])
            for user in 1...3 { forward("team@\(name)", "user\(user)@\(name)", flag: "is_list") }
            forward("team@\(name)", "partner@outside.example", flag: "is_list")
            insert(
                "moderators",
                [
                    "address": q("team@\(name)"), "moderator": q("user1@\(name)"), "domain": q(name),
                    "dest_domain": q(name),
                ])
        }
    }

    private mutating func addMailbox(_ address: String, _ number: Int, _ domain: String) {
        let isListed = mailboxOfScheme.count < hashes.count
        let hash = isListed ? hashes[mailboxOfScheme.count] : random.pick(hashes)
        let isActive = isListed || !random.chance(4)
        if isListed { mailboxOfScheme.append((hash.scheme, address)) }
        let names = ["Jo Doe", "Zoë Müller 🦔", "O'Neil \\ tab\there", String(repeating: "n", count: 255), "NULL", ""]
        mailbox(
            address, hash: hash.hash, active: isActive ? 1 : 0, quota: "\(random.pick([0, 100, 1024, 5120]))",
            name: random.pick(names))
        if random.chance(20) {
            forward(address, "away\(number)@outside.example", flag: "is_forwarding", active: isActive ? 1 : 0)
        }
        if random.chance(20) { forward("nick\(number)@\(domain)", address, flag: "is_alias", active: isActive ? 1 : 0) }
        if random.chance(5) {
            insert(
                "sender_bcc_user", ["username": q(address), "bcc_address": q("archive@\(domain)"), "domain": q(domain)])
        }
        if random.chance(80) {
            insert("used_quota", ["username": q(address), "bytes": "\(number * 4096)", "messages": "\(number)"])
            insert("last_login", ["username": q(address), "domain": q(domain), "imap": "1700000000"])
        }
    }

    // MARK: Single rows, one habit each

    private mutating func addPlants() {
        domain("off.example", active: 0)
        domain("mx.example", backupmx: 1, transport: "relay:[mx.outside.example]:25")
        domain("Caps.Example")
        domain("münchen.example")
        domain("odd.example", transport: "no transport!")
        insert("alias_domain", ["alias_domain": q("off-alias.example"), "target_domain": q("off.example")])
        insert("alias_domain", ["alias_domain": q("lost-alias.example"), "target_domain": q("lost.example")])
        keys += ["off-alias.example", "user@off-alias.example"]
        mailbox("user@off.example")
        mailbox("user@mx.example")
        mailbox("user@caps.example", domain: "Caps.Example")
        mailbox("ghost@lost.example")
        mailbox("Upper@d1.example")
        mailbox("o'brien@d1.example")
        mailbox("huge@d1.example", quota: "8796093022208")
        mailbox("astray@d1.example", domain: "d2.example")
        mailbox("nosmtp@d1.example")
        mailbox("alone@d1.example", forwards: false)
        scripts["vmail", default: []] += [
            "UPDATE mailbox SET enablesmtpsecured = 0, enablemanagesievesecured = 0 WHERE username = 'nosmtp@d1.example'",
            "UPDATE mailbox SET allow_nets = '192.0.2.0/24', employeeid = NULL WHERE username = 'user9@d1.example'",
            "UPDATE mailbox SET isglobaladmin = 1 WHERE username = 'user1@d1.example'",
            "UPDATE mailbox SET isadmin = 1, isglobaladmin = 1 WHERE username = 'user2@d1.example'",
            "UPDATE mailbox SET isadmin = 1 WHERE username = 'user3@d1.example'",
        ]
        insert("domain_admins", ["username": q("user1@d1.example"), "domain": q("ALL")])
        insert("domain_admins", ["username": q("user3@d1.example"), "domain": q("d1.example")])
        insert("domain_admins", ["username": q("user4@d1.example"), "domain": q("d1.example")])
        insert("domain_admins", ["username": q("gone@outside.example"), "domain": q("d1.example")])
        insert("admin", ["username": q("boss@outside.example"), "password": q(hashes[0].hash), "name": q("Boss")])
        insert("domain_admins", ["username": q("boss@outside.example"), "domain": q("d2.example")])

        forward("both@d3.example", "shared@d3.example, news@d3.example,else@outside.example", flag: "is_list")
        insert("alias", ["address": q("both@d3.example"), "domain": q("d3.example")])
        forward("dot@d3.example", "Away@Outside.Example.", flag: "is_list")
        insert("alias", ["address": q("dot@d3.example"), "domain": q("d3.example")])
        forward("orphan@d3.example", "kept@outside.example", flag: "is_list")
        forward("left@d3.example", "left@d3.example", flag: "is_forwarding")
        forward("local@d3.example", "root", flag: "is_list")
        insert("alias", ["address": q("local@d3.example"), "domain": q("d3.example")])
        forward("@d4.example", "user4@d4.example")
        forward("nick@alias0.example", "user1@d0.example", domain: "d0.example", flag: "is_alias")
        forward("nick@off.example", "user1@d0.example", domain: "d0.example", flag: "is_alias")
        keys += ["nobody@d4.example", "user1@alias4.example", "user1+text@alias0.example", "nobody@alias4.example"]
        insert(
            "maillists",
            [
                "address": q("news@d3.example"), "domain": q("d3.example"), "transport": q("mlmmj:d3.example/news"),
                "mlid": q("0f6f0bfe-2c0c-4f2e-9a3e-000000000001"), "accesspolicy": q("public"),
            ])
        insert("alias", ["address": q("news@d3.example"), "domain": q("d3.example")])
        forward("news@d3.example", "news@d3.example", flag: "is_maillist")
        mailbox("shared@d3.example")
        mailbox("quiet@d3.example", active: 0)
        mailbox("paused@d3.example")
        mailbox("up@d3.example")
        forward("paused@d3.example", "away@outside.example", flag: "is_forwarding", active: 0)
        forward("quiet@d3.example", "loud@outside.example", flag: "is_forwarding")
        insert("alias", ["address": q("old@d3.example"), "domain": q("d3.example"), "active": "0"])
        forward("old@d3.example", "user1@d3.example", flag: "is_list")
        insert("alias", ["address": q("user7@d3.example"), "domain": q("d3.example")])
        insert("admin", ["username": q("user7@d3.example"), "password": q(hashes[0].hash)])
        scripts["vmail", default: []] += [
            "UPDATE mailbox SET maildir = 'd3.example/user40-2019.03.04.05.06.07/' WHERE username = 'shared@d3.example'",
            "UPDATE mailbox SET maildir = '../secret/' WHERE username = 'up@d3.example'",
        ]
        insert("sender_relayhost", ["account": q("@d3.example"), "relayhost": q("[relay.outside.example]:587")])
        insert("sender_relayhost", ["account": q("user5@d3.example"), "relayhost": q("smtp:x y")])
        insert("recipient_bcc_domain", ["domain": q("d3.example"), "bcc_address": q("all@d4.example")])
        keys.append("@d3.example")
        insert("share_folder", ["from_user": q("user1@d3.example"), "to_user": q("user2@d3.example"), "dummy": "NULL"])
        insert("share_folder", ["from_user": q("user1@d3.example"), "to_user": q("gone@d3.example"), "dummy": q("1")])
        insert("anyone_shares", ["from_user": q("user1@d3.example"), "dummy": "NULL"])
        insert(
            "deleted_mailboxes",
            [
                "username": q("late@d3.example"), "domain": q("d3.example"), "maildir": q("/var/vmail/vmail1/late/"),
                "admin": q("boss@outside.example"), "delete_date": q("2027-01-31"),
                "timestamp": q("2026-10-01 02:03:04"),
            ])
        insert(
            "log",
            [
                "admin": q("boss@outside.example"), "ip": q("192.0.2.7"), "domain": q("d3.example"),
                "event": q("delete"),
                "username": q("late@d3.example"), "msg": q("Delete user: late@d3.example."),
                "timestamp": q("2026-10-01 02:03:04"),
            ], in: "iredadmin")
        engine == .mariadb ? addMariaDBHabits() : addPostgreSQLHabits()
    }

    private mutating func addMariaDBHabits() {
        scripts["vmail", default: []] += [
            "UPDATE domain SET settings = NULL, disclaimer = NULL, created = '0000-00-00 00:00:00' WHERE domain = 'd5.example'",
            "UPDATE mailbox SET settings = NULL, created = '0000-00-00 00:00:00' WHERE username = 'user1@d5.example'",
            // Nobody sees the blank.
            "UPDATE mailbox SET username = 'user2@d5.example ' WHERE username = 'user2@d5.example'",
        ]
    }

    /// It compares every letter.
    private mutating func addPostgreSQLHabits() {
        mailbox("User1@d1.example")
        forward("USER1@D1.example", "spy@outside.example", domain: "d1.example", flag: "is_forwarding")
        forward("D6.example", "spy@outside.example", domain: "d6.example")
        insert(
            "sender_bcc_user",
            ["username": q("Upper@d1.example"), "bcc_address": q("spy@outside.example"), "domain": q("d1.example")])
        insert("recipient_bcc_domain", ["domain": q("D7.example"), "bcc_address": q("spy@outside.example")])
        scripts["vmail", default: []] += [
            "UPDATE domain SET created = '-infinity', modified = '20000-01-01', expired = 'infinity' WHERE domain = 'd5.example'",
            "UPDATE mailbox SET created = '2020-02-03 04:05:06.789', expired = '0044-03-15 BC' WHERE username = 'user1@d5.example'",
        ]
        for period in [60, 3600] {
            insert(
                "throttle",
                [
                    "account": q("@d2.example"), "kind": q("inbound"), "priority": "60", "period": "\(period)",
                    "max_msgs": "5",
                ],
                in: "iredapd")
        }
    }

    // MARK: Policies

    private mutating func addPolicies() {
        insert(
            "throttle", ["account": q("@."), "kind": q("outbound"), "period": "60", "max_msgs": "30"], in: "iredapd")
        insert(
            "throttle",
            [
                "account": q("User1@d1.example"), "kind": q("outbound"), "priority": "100", "period": "60",
                "max_msgs": "9",
            ],
            in: "iredapd")
        insert(
            "throttle",
            [
                "account": q("gone@d1.example"), "kind": q("outbound"), "priority": "100", "period": "60",
                "max_msgs": "9",
            ],
            in: "iredapd")
        insert("greylisting", ["account": q("@."), "sender": q("@."), "active": "1"], in: "iredapd")
        insert(
            "greylisting", ["account": q("@d1.example"), "priority": "60", "sender": q("@."), "active": "0"],
            in: "iredapd")
        insert(
            "greylisting_whitelists", ["account": q("@."), "sender": q("192.0.2.0/24"), "comment": q("office")],
            in: "iredapd")
        insert("greylisting_whitelists", ["account": q("@."), "sender": q("192.0.*.2")], in: "iredapd")
        insert("greylisting_whitelist_domains", ["domain": q("outlook.example")], in: "iredapd")

        insert("policy", ["policy_name": q("@."), "spam_lover": q("Y"), "spam_tag2_level": "6.2"], in: "amavisd")
        insert("policy", ["policy_name": q("@d1.example"), "spam_lover": q("N"), "virus_lover": q(" ")], in: "amavisd")
        insert("policy", ["policy_name": q("Trusting"), "spam_lover": q("Y")], in: "amavisd")
        insert("policy", ["policy_name": q("Unused"), "spam_lover": q("Y")], in: "amavisd")
        let users = [
            ("@.", 0, 1), ("@d1.example", 5, 2), ("user1@d1.example", 10, 3), ("user2@d1.example", 10, 1),
            ("user3@d2.example", 10, 1), ("User4@d2.example", 10, 3), ("gone@d2.example", 10, 3),
        ]
        for (email, priority, policy) in users {
            insert(
                "users", ["email": engine.bytes(email.utf8), "priority": "\(priority)", "policy_id": "\(policy)"],
                in: "amavisd")
        }
        insert("users", ["email": engine.bytes([0xff, 0x40, 0x64]), "policy_id": "3"], in: "amavisd")
        for sender in ["friend@outside.example", "@spam.example", "Loud@outside.example"] {
            insert("mailaddr", ["email": engine.bytes(sender.utf8), "priority": "10"], in: "amavisd")
        }
        for (user, sender, list) in [(5, 1, "W"), (1, 2, "B"), (5, 3, "B"), (7, 1, "W")] {
            insert("wblist", ["rid": "\(user)", "sid": "\(sender)", "wb": q(list)], in: "amavisd")
        }
        insert("outbound_wblist", ["rid": "1", "sid": "4", "wb": q("B")], in: "amavisd")
    }
}
