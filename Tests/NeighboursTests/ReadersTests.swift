import MailStore
import Neighbours
import Support
import Testing

/// Postfix reads the tables through the printed files; as root, as somebody who only shares a group with them.
@Suite(.enabled(if: PostfixReader.isInstalled && ReadersState.isPossible, "needs postfix-sqlite and sqlite3"))
struct PostfixReadersTests {
    private let state: ReadersState
    private let postfix: PostfixReader

    init() throws {
        state = try ReadersState()
        try state.run(.vmail, "BEGIN;\n" + ReadersRows.vmail(mail: state.mail) + "\nCOMMIT;")
        postfix = try PostfixReader(
            configuration: state.postfix, as: ProcessUser.isRoot ? ReadersState.readers : nil)
    }

    /// Table, key, answer; all cases of one table in one test, since making the database costs most.
    @Test(
        arguments: [
            (
                "virtual-mailbox-domains",
                [
                    ("open.example", "open.example"), ("OPEN.example", "open.example"),
                    ("other.example", "other.example"),
                    ("shut.example", nil), ("backup.example", nil), ("othershut.example", nil), ("off.example", nil),
                    ("unknown.example", nil),
                ]
            ),
            ("relay-domains", [("backup.example", "backup.example"), ("open.example", nil), ("shut.example", nil)]),
            (
                "transport-maps-user",
                [
                    ("own@open.example", "lmtp:unix:private/dovecot-lmtp"), ("anna@open.example", nil),
                    ("open.example", nil),
                ]
            ),
            (
                "transport-maps-maillist",
                [("news@open.example", "mlmmj:open.example/news"), ("empty@open.example", nil)]
            ),
            (
                "transport-maps-domain",
                [
                    ("open.example", "dovecot"), ("backup.example", "relay:[192.0.2.1]:25"), ("shut.example", nil),
                ]
            ),
            (
                "virtual-mailbox-maps",
                [
                    ("anna@open.example", "node1/open.example/anna@open.example/"),
                    ("Anna@Open.example", "node1/open.example/anna@open.example/"),
                    ("disabled@open.example", nil), ("nodelivery@open.example", nil), ("user@shut.example", nil),
                ]
            ),
            (
                "virtual-alias-maps",
                [
                    ("anna@open.example", "anna@open.example"), ("annie@open.example", "anna@open.example"),
                    ("team@open.example", "anna@open.example,x@away.example"),
                    ("disabled@open.example", nil), ("user@shut.example", nil), ("user@backup.example", nil),
                    ("o'x@open.example", nil),
                ]
            ),
            (
                "virtual-alias-maps-alias-domain",
                [
                    ("anna@other.example", "anna@open.example"),
                    ("team@other.example", "anna@open.example,x@away.example"),
                    ("anna@off.example", nil), ("user@othershut.example", nil), ("other.example", nil),
                ]
            ),
            (
                "virtual-alias-maps-catchall",
                [
                    ("nobody@open.example", "bert@open.example"), ("nobody+x@open.example", nil),
                    ("x@plain.example", nil),
                ]
            ),
            (
                "virtual-alias-maps-alias-domain-catchall",
                [
                    ("nobody@other.example", "bert@open.example"), ("nobody+x@other.example", nil),
                    ("x@off.example", nil),
                ]
            ),
            ("sender-bcc-maps-user", [("anna@open.example", "s@archive.example"), ("bert@open.example", nil)]),
            ("sender-bcc-maps-domain", [("bert@open.example", "sd@archive.example"), ("x@plain.example", nil)]),
            ("recipient-bcc-maps-user", [("anna@open.example", "r@archive.example"), ("bert@open.example", nil)]),
            ("recipient-bcc-maps-domain", [("bert@open.example", "rd@archive.example"), ("b+x@open.example", nil)]),
            (
                "smtpd-sender-login-maps",
                [
                    ("anna@open.example", "anna@open.example"), ("disabled@open.example", nil),
                    ("nodelivery@open.example", nil), ("user@shut.example", nil),
                ]
            ),
            (
                "sender-dependent-relayhost-maps",
                [
                    ("anna@open.example", "[192.0.2.9]:587"), ("@open.example", "[192.0.2.8]:587"),
                    ("bert@open.example", nil),
                ]
            ),
        ] as [(String, [(String, String?)])])
    func answers(_ map: String, _ cases: [(String, String?)]) throws {
        for (key, answer) in cases { #expect(try postfix.query(map: map, key: key) == answer, "\(key)") }
    }

    @Test func asksTheMailboxBeforeTheCatchAll() throws {
        #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "anna@open.example")
        #expect(try postfix.lookUp("virtual_alias_maps", "anna@other.example") == "anna@open.example")
        #expect(try postfix.lookUp("virtual_alias_maps", "nobody@open.example") == "bert@open.example")
    }

    @Test func namesEveryTableOnceAndThroughProxymap() throws {
        let parameters = [
            "virtual_mailbox_domains", "relay_domains", "transport_maps", "virtual_mailbox_maps", "virtual_alias_maps",
            "sender_bcc_maps", "recipient_bcc_maps", "smtpd_sender_login_maps", "sender_dependent_relayhost_maps",
        ]
        let maps = try parameters.flatMap { try postfix.maps(of: $0) }
        #expect(Set(maps).count == 16 && maps.count == 16)
        let main = try #require(PostfixConfiguration(stateDirectory: "/s").files.first { $0.name == "postern-main.cf" })
        #expect(!main.text.contains(" sqlite:"))
        // proxymap serves them without being told.
        let served = try Program.run("/usr/sbin/postconf", ["-dh", "proxy_read_maps"]).output.split {
            " \n".contains($0)
        }
        for parameter in parameters { #expect(served.contains("$\(parameter)"), "\(parameter)") }
    }

    @Test func seesAChangeAtOnce() throws {
        #expect(try postfix.query(map: "virtual-mailbox-domains", key: "shut.example") == nil)
        try state.run(.vmail, "UPDATE domain SET active = 1 WHERE domain = 'shut.example';")
        #expect(try postfix.query(map: "virtual-mailbox-domains", key: "shut.example") == "shut.example")
    }
}

/// A real Dovecot on the printed files.
@Suite(
    .enabled(if: DovecotServer.isInstalled && ReadersState.isPossible, "needs dovecot, openssl and sqlite3"),
    .enabled(if: ProcessUser.isRoot, "needs root: Dovecot changes users"))
final class DovecotReadersTests {
    private let state: ReadersState
    private let dovecot: DovecotServer

    init() throws {
        state = try ReadersState()
        try state.run(.vmail, "BEGIN;\n" + ReadersRows.vmail(mail: state.mail) + "\nCOMMIT;")
        dovecot = try DovecotServer(configuration: state.dovecot)
    }

    deinit { dovecot.stop() }

    @Test func letsOnlyAnActiveMailboxIn() throws {
        #expect(try dovecot.login("anna@open.example", "geheim"))
        #expect(try dovecot.login("ANNA@open.example", "geheim"))
        #expect(try !dovecot.login("anna@open.example", "falsch"))
        #expect(try !dovecot.login("disabled@open.example", "geheim"))
        #expect(try !dovecot.login("user@shut.example", "geheim"))
        #expect(try !dovecot.login("user@backup.example", "geheim"))
    }

    @Test func honoursTheNetworksOfAMailbox() throws {
        #expect(try dovecot.login("home@open.example", "geheim"))
        #expect(try !dovecot.login("net@open.example", "geheim"))
    }

    @Test(arguments: [
        ("plainonly@open.example", [true, false, false]), ("tlsonly@open.example", [false, false, true]),
    ])
    func asksForTheColumnOfTheConnection(_ user: String, _ expected: [Bool]) throws {
        let found = try DovecotServer.Connection.allCases.map { try dovecot.login(user, "geheim", over: $0) }
        #expect(found == expected)
        for service in ["smtp", "sieve"] {
            let found = try [nil, "secured", "tls"].map {
                try dovecot.accepts(user, "geheim", service: service, secured: $0)
            }
            #expect(found == expected, "\(service)")
        }
    }

    @Test func knowsHomeFormatAndQuota() throws {
        let anna = try #require(try dovecot.userdb("anna@open.example"))
        #expect(anna.home == "\(state.mail)/node1/open.example/anna@open.example/")
        #expect(anna.mail == "maildir:~/Maildir" && anna.quota == 10_485_760)
        #expect(try dovecot.userdb("bert@open.example")?.quota == 0)
        #expect(try dovecot.userdb("disabled@open.example") == nil)
        #expect(try dovecot.users().count == 11)
    }

    @Test func recordsQuotaAndLogins() throws {
        #expect(try dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
        #expect(try !dovecot.deliver("Subject: hello\n\nhello\n", to: "nodelivery@open.example"))
        #expect(try dovecot.login("anna@open.example", "geheim"))
        let isRecorded = try Program.wait(atMost: .seconds(5)) {
            try state.run(
                .usage,
                """
                SELECT used_quota.domain, messages, bytes > 0, imap > 1700000000, pop3 IS NULL, lda > 1700000000
                  FROM used_quota JOIN last_login USING (username);
                """) == "open.example|1|1|1|1|1\n"
        }
        #expect(isRecorded, "\(dovecot.log)")
        #expect(!dovecot.log.contains("Error:"))
    }
}

/// amavisd's own lookup modules on the printed file, as the user amavisd becomes.
@Suite(
    .enabled(if: AmavisdLookup.isInstalled && ReadersState.isPossible, "needs amavisd-new, DBD::SQLite, sqlite3"),
    .enabled(if: ProcessUser.isRoot, "needs root: amavisd takes its configuration from root only"))
struct AmavisdReadersTests {
    private let state: ReadersState
    private let amavisd: AmavisdLookup

    init() throws {
        state = try ReadersState()
        try state.run(.amavisd, ReadersRows.amavisd)
        let user = try #require(ProcessUser(named: "amavis"))
        amavisd = AmavisdLookup(snippet: "\(state.amavisd)/50-postern", as: user)
    }

    @Test func mergesTheScopesColumnByColumn() throws {
        let bert = try amavisd.policy(of: "bert+list@open.example")
        #expect(bert["spam_lover"] == "N")
        #expect(bert["spam_tag2_level"] == "8.0" || bert["spam_tag2_level"] == "8")
        #expect(bert["spam_subject_tag2"] == "[SPAM] ")
        #expect(bert["virus_quarantine_to"] == "virus-quarantine")
        #expect(bert["spam_tag_level"] == nil)
        #expect(try amavisd.policy(of: "x@elsewhere.example")["spam_lover"] == "Y")
    }

    @Test func judgesSenders() throws {
        #expect(try amavisd.judgement(of: "any@bad.example", for: "bert@open.example") == "B")
        #expect(try amavisd.judgement(of: "good@bad.example", for: "bert@open.example") == "W")
        #expect(try amavisd.judgement(of: "any@bad.example", for: "x@plain.example") == nil)
    }
}
