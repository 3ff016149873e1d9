import Support
import Testing

@testable import IRedMail
@testable import MailStore

/// What somebody writes into a directory who may write below one domain only, and would like to have more.
struct HostileDirectoryTests {
    private static func entry(_ dn: String, _ attributes: [(String, String)]) -> String {
        LDIFRecord.text("\(dn),dc=iredmail,dc=org", attributes)
    }

    private static func domain(_ name: String, _ further: [(String, String)] = [], below place: String = "") -> String {
        entry(
            "domainName=\(name),\(place)o=domains",
            [
                ("objectClass", "mailDomain"), ("domainName", name), ("accountStatus", "active"),
                ("enabledService", "mail"),
            ]
                + further)
    }

    private static func account(
        _ objectClass: String, _ address: String, of domain: String, _ further: [(String, String)] = [],
        services: [String] = []
    ) -> String {
        entry(
            "mail=\(address),ou=Users,domainName=\(domain),o=domains",
            [("objectClass", objectClass), ("mail", address), ("accountStatus", "active")]
                + (["mail", "deliver"] + services).map { ("enabledService", $0) } + further)
    }

    private static func user(
        _ address: String, of domain: String, _ further: [(String, String)] = [], services: [String] = []
    ) -> String {
        account(
            "mailUser", address, of: domain,
            [("userPassword", "{PLAIN}Secret-1234"), ("homeDirectory", "/var/vmail/vmail1/\(domain)/\(address)/")]
                + further, services: services)
    }

    /// Two domains, of which one is the enemy's.
    private static let both =
        domain("mine.example")
        + domain("theirs.example", [("domainAliasName", "alias.example"), ("enabledService", "domainalias")])

    private func forwardings(_ reading: Reading) throws -> [String] {
        try reading.rows(.vmail, "SELECT address, forwarding FROM forwardings ORDER BY address, forwarding", 2)
    }

    @Test func anEntryCountsWhereItBelongsOnly() throws {
        let reading = try Reading(
            ldif: Self.both + Self.user("boss@theirs.example", of: "theirs.example")
                + Self.entry(
                    "mail=root@mine.example,ou=Users,domainName=mine.example,o=domains",
                    [
                        ("objectClass", "mailAdmin"), ("mail", "root@mine.example"), ("domainGlobalAdmin", "yes"),
                        ("accountStatus", "active"), ("userPassword", "{PLAIN}Secret-1234"),
                    ])
                + Self.domain(
                    "theirs.example", [("domainAdmin", "me@mine.example")], below: "domainName=mine.example,")
                + Self.entry(
                    "domainName=theirs.example,o=domains,domainName=mine.example,o=domains",
                    [
                        ("objectClass", "mailDomain"), ("domainName", "theirs.example"),
                        ("domainAdmin", "me@mine.example"),
                    ])
                + Self.user("me@mine.example", of: "mine.example", services: ["domainadmin"])
                + Self.user("boss@theirs.example", of: "mine.example")
                + Self.user("@theirs.example", of: "mine.example", [("mailForwardingAddress", "me@mine.example")]))
        #expect(try reading.rows(.vmail, "SELECT username, domain FROM domain_admins", 2) == [])
        #expect(try reading.rows(.vmail, "SELECT username FROM admin", 1) == [])
        #expect(
            try forwardings(reading) == [
                "boss@theirs.example|boss@theirs.example", "me@mine.example|me@mine.example",
            ])
        #expect(
            try reading.rows(.vmail, "SELECT maildir FROM mailbox WHERE username = 'boss@theirs.example'", 1)
                == ["theirs.example/boss@theirs.example/"])
        for name in [
            "admin root@mine.example", "domain theirs.example", "mailbox boss@theirs.example",
            "mailbox @theirs.example",
        ] {
            #expect(reading.lines.contains { $0.hasPrefix("left-out \(name) its entry lies elsewhere") }, "\(name)")
        }
    }

    @Test func nobodyGetsTheMailOfAnAccountByNamingIt() throws {
        let reading = try Reading(
            ldif: Self.both + Self.user("plain@theirs.example", of: "theirs.example")
                + Self.user(
                    "away@theirs.example", of: "theirs.example", [("mailForwardingAddress", "x@else.example")],
                    services: ["forward"])
                + Self.account(
                    "mailAlias", "info@theirs.example", of: "theirs.example",
                    [("mailForwardingAddress", "plain@theirs.example")])
                + Self.user(
                    "me@mine.example", of: "mine.example",
                    ["plain", "away", "info"].flatMap { name in
                        [("memberOfGroup", "\(name)@theirs.example"), ("shadowAddress", "\(name)@theirs.example")]
                    }))
        #expect(
            try forwardings(reading) == [
                "away@theirs.example|x@else.example", "info@theirs.example|plain@theirs.example",
                "me@mine.example|me@mine.example", "plain@theirs.example|plain@theirs.example",
            ])
        for name in ["plain", "away", "info"] {
            let left = reading.lines.filter {
                $0.hasPrefix("left-out forwardings \(name)@theirs.example me@mine.example")
            }
            #expect(left.count == 2, "\(name)")
        }
        // Postfix asked for members of an address that is not forwarded.
        #expect(reading.lines.contains("differs forwardings plain@theirs.example me@mine.example it no longer answers"))
    }

    /// LDAP compares without blanks at the ends of values and without case; a bare domain would be a catch-all.
    @Test func noSpellingGetsAnothersMail() throws {
        let spellings = [
            ("shadowAddress", "ceo@theirs.example "), ("memberOfGroup", " cfo@theirs.example"),
            ("memberOfGroup", "\u{212A}im@theirs.example"), ("memberOfGroup", "CTO@Theirs.Example"),
            ("memberOfGroup", "theirs.example"), ("shadowAddress", "theirs.example"),
            ("shadowAddress", "ceo@alias.example"), ("shadowAddress", "nobody@theirs.example"),
            ("memberOfGroup", "nolist@theirs.example"),
        ]
        let reading = try Reading(
            ldif: Self.both
                + ["ceo", "cfo", "kim", "cto"].map { Self.user("\($0)@theirs.example", of: "theirs.example") }.joined()
                + Self.user("me@mine.example", of: "mine.example", spellings)
                + Self.account("mailExternalUser", "me@out.example", of: "mine.example", spellings))
        #expect(
            try forwardings(reading)
                == ["ceo", "cfo", "cto", "kim"].map { "\($0)@theirs.example|\($0)@theirs.example" }
                + ["me@mine.example|me@mine.example"])
    }

    @Test func blanksAroundAValueChangeNothing() throws {
        let reading = try Reading(
            ldif: Self.domain("d.example", [("domainBackupMX", "yes ")])
                + Self.user("off@d.example", of: "d.example", [("domainStatus", "disabled ")])
                + Self.account(
                    "mailUser", "on@d.example", of: "d.example",
                    [("userPassword", " {PLAIN}x "), ("homeDirectory", "/var/vmail/vmail1/d.example/on/")],
                    services: [" imap "]
                ).replacing("accountStatus: active", with: "accountStatus:: YWN0aXZlIA=="))
        #expect(try reading.rows(.vmail, "SELECT backupmx FROM domain", 1) == ["1"])
        #expect(
            try reading.rows(.vmail, "SELECT username, active, enableimap FROM mailbox ORDER BY username", 3)
                == ["off@d.example|0|0", "on@d.example|1|1"])
    }

    @Test func anAliasDomainOfSeveralIsNobodys() throws {
        let enemy = Self.domain(
            "third.example", [("domainAliasName", "Alias.example"), ("enabledService", "domainalias")])
        let user = Self.user("u@theirs.example", of: "theirs.example")
        for text in [Self.both + enemy + user, enemy + user + Self.both] {
            let reading = try Reading(ldif: text)
            #expect(reading.counts["alias_domain"] == nil)
            for domain in ["theirs.example", "third.example"] {
                #expect(
                    reading.lines.contains {
                        $0.hasPrefix("differs alias_domain ")
                            && $0.hasSuffix("addresses of \(domain) no longer answer below it")
                    })
            }
        }
        // One that answers nothing takes nothing.
        let idle = Self.domain("third.example", [("domainAliasName", "alias.example")])
        let reading = try Reading(ldif: idle + Self.both + user)
        #expect(
            try reading.rows(.vmail, "SELECT alias_domain, target_domain, active FROM alias_domain", 3)
                == ["alias.example|theirs.example|1"])
    }

    @Test func aListKeepsItsPlaceWhateverOthersCallTheirs() throws {
        func list(_ address: String, of domain: String) -> String {
            Self.account("mailList", address, of: domain, [("mailingListID", "11111111-2222-3333-4444-555555555555")])
        }
        let text =
            Self.both + Self.user("u@mine.example", of: "mine.example") + list("a@mine.example", of: "mine.example")
        let reading = try Reading(ldif: text + list("z@theirs.example", of: "theirs.example"))
        #expect(
            try reading.rows(.vmail, "SELECT address FROM maillists ORDER BY address", 1)
                == ["a@mine.example", "z@theirs.example"])
        #expect(reading.lines.filter { $0.contains("it gets a mailingListID of its own") }.count == 2)
        // Nor by guessing what it would get instead.
        let guessed = try reading.rows(.vmail, "SELECT mlid FROM maillists WHERE address = 'z@theirs.example'", 1)[0]
        let guess = Self.account("mailList", "b@mine.example", of: "mine.example", [("mailingListID", guessed)])
        #expect(
            try Reading(ldif: text + guess + list("z@theirs.example", of: "theirs.example")).counts["maillists"] == 3)
        // The same each time.
        let again = try Reading(ldif: text + list("z@theirs.example", of: "theirs.example"))
        #expect(try again.allRows() == reading.allRows())
    }

    @Test func oneUsersServicesDecideForNobodyElse() throws {
        let others = (1...3).map { number in
            Self.user(
                "u\(number)@theirs.example", of: "theirs.example", services: ["imap", "imapsecured", "managesieve"])
        }
        let reading = try Reading(
            ldif: Self.both + others.joined()
                + Self.user(
                    "me@mine.example", of: "mine.example", services: ["imaptls", "quota-status", "sieve", "sogo"]))
        #expect(
            try reading.rows(
                .vmail,
                """
                SELECT enableimap, enableimaptls, "enablequota-status", enablesieve, enablesogo, enablepop3, enablepop3tls
                  FROM mailbox WHERE domain = 'theirs.example'
                """, 7) == Array(repeating: "1|1|1|1|1|0|0", count: 3))
    }

    @Test func aMailboxHasADirectoryOfItsOwn() throws {
        func user(_ address: String, of domain: String, _ home: String) -> String {
            Self.account(
                "mailUser", address, of: domain, [("userPassword", "{PLAIN}x"), ("homeDirectory", home)])
        }
        let reading = try Reading(
            ldif: Self.both
                + user("all@mine.example", of: "mine.example", "/var/vmail/vmail1/mine.example/")
                + Self.account("mailUser", "none@mine.example", of: "mine.example", [("userPassword", "{PLAIN}x")])
                + user("boss@theirs.example", of: "theirs.example", "/var/vmail/vmail1/theirs.example/boss/")
                + user("a@mine.example", of: "mine.example", "/var/vmail/vmail1/theirs.example/boss/")
                + user("b@mine.example", of: "mine.example", "/var/vmail/vmail1/theirs.example/boss/Maildir/")
                + user("c@mine.example", of: "mine.example", "/var/vmail/vmail1/theirs.example/boss/mine.example/c/"))
        #expect(try reading.rows(.vmail, "SELECT username FROM mailbox", 1) == ["boss@theirs.example"])
        for name in ["all", "none", "a", "b"] {
            #expect(
                reading.lines.contains(
                    "differs mailbox \(name)@mine.example it no longer gets mail, and nobody can log in"))
        }
    }

    /// What a run tells and takes is the same each time: one that was cut short is run again.
    @Test func theReportIsAlwaysTheSame() throws {
        let many = [
            ("cn", "a"), ("cn", "b"), ("sn", "a"), ("sn", "b"), ("givenName", "a"), ("givenName", "b"), ("mobile", "1"),
            ("mobile", "2"), ("telephoneNumber", "1"), ("telephoneNumber", "2"), ("x\ty", "odd"), ("zz", "odd"),
        ]
        let text = Self.both + Self.user("u@mine.example", of: "mine.example", many)
        let lines = try Reading(ldif: text).lines
        #expect(
            lines.filter { $0.contains("of the 2 values of") }.map { $0.split(separator: " ")[8] } == [
                "cn", "sn", "givenName", "mobile", "telephoneNumber",
            ])
        #expect(try Reading(ldif: text).lines == lines)
    }

    @Test func whatTurnsATextAroundIsNotShown() throws {
        let reading = try Reading(
            ldif: Self.both
                + Self.user("u@theirs.example", of: "theirs.example", [("accountStatus", "disabled")])
                + Self.user("me@mine.example", of: "mine.example", [("mailForwardingAddress", "a\u{202E}b\nc")]))
        let lines = reading.findings.map(\.description)
        #expect(lines.contains { $0.contains("a?b?c") })
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains("\u{202E}") && !$0.contains("\n") })
    }

    @Test(
        arguments: [
            ("mail=a@b.example,ou=Users", ["a@b.example"]), ("MAIL = A@b.example , ou = Users", ["a@b.example"]),
            (#"mail=p\2Blus@b.example,ou=x"#, ["p+lus@b.example"]),
            (#"mail=p\+lus@b.example,ou=x"#, ["p+lus@b.example"]),
            (#"mail="a,b=c"+uid=u,ou=x"#, ["a,b=c"]), ("uid=u+mail=a@b.example,ou=x", ["a@b.example"]),
            (#"mail=a\20,ou=x"#, ["a"]), (#"mail=\c3\a4,ou=x"#, ["ä"]), ("mail=a  b  ,ou=x", ["a  b"]), ("", []),
            (#"mail=a\"#, [#"a\"#]), ("ou=mail\\,mail=a,ou=x", []),
        ])
    func aNameIsRead(_ text: String, _ mail: [String]) {
        let name = DistinguishedName(text)
        #expect(name.values("mail", at: 0) == mail)
        #expect(name.values("mail", at: 7) == [])
    }
}
