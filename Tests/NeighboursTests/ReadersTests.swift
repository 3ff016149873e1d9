import MailStore
import Neighbours
import StoreSupport
import Support
import Testing

/// Postfix reads the tables through the printed files.
@Suite(
    .enabled(if: !ReadersEngine.ofPostfix.isEmpty, "needs postfix-sqlite and sqlite3, or postfix-pgsql and a server"))
struct PostfixReadersTests {
    private func read(_ engine: ReadersEngine, _ body: (ReadersState, PostfixReader) throws -> Void) throws {
        let state = try ReadersState(engine, [.vmail])
        try state.run(.vmail, "BEGIN;\n" + ReadersRows.vmail(mail: state.mail) + "\nCOMMIT;")
        try withExtendedLifetime(state) { try body(state, try state.postfixReader()) }
    }

    /// Table, key, answer; all cases of one table in one test, since making the database costs most.
    @Test(
        arguments: ReadersEngine.ofPostfix,
        [
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
    func answers(_ engine: ReadersEngine, _ table: (map: String, cases: [(String, String?)])) throws {
        try read(engine) { _, postfix throws in
            let (map, cases) = table
            for (key, answer) in cases {
                let found = try postfix.query(map: map, key: key)
                #expect(found == answer, "\(key)")
            }
        }
    }

    @Test(arguments: ReadersEngine.ofPostfix)
    func asksTheMailboxBeforeTheCatchAll(_ engine: ReadersEngine) throws {
        try read(engine) { _, postfix throws in
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@open.example") == "anna@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "anna@other.example") == "anna@open.example")
            #expect(try postfix.lookUp("virtual_alias_maps", "nobody@open.example") == "bert@open.example")
        }
    }

    @Test(arguments: ReadersEngine.ofPostfix)
    func namesEveryTableOnceAndThroughProxymap(_ engine: ReadersEngine) throws {
        try read(engine) { state, postfix throws in
            let parameters = [
                "virtual_mailbox_domains", "relay_domains", "transport_maps", "virtual_mailbox_maps",
                "virtual_alias_maps",
                "sender_bcc_maps", "recipient_bcc_maps", "smtpd_sender_login_maps", "sender_dependent_relayhost_maps",
            ]
            let maps = try parameters.flatMap { try postfix.maps(of: $0) }
            #expect(Set(maps).count == 16 && maps.count == 16)
            let main = try state.directory.read("postfix/postern-main.cf")
            #expect(!main.contains(" \(engine.name):"))
            // proxymap serves them without being told.
            let served = try Program.run("/usr/sbin/postconf", ["-dh", "proxy_read_maps"]).output.split {
                " \n".contains($0)
            }
            for parameter in parameters { #expect(served.contains("$\(parameter)"), "\(parameter)") }
        }
    }

    @Test(arguments: ReadersEngine.ofPostfix)
    func seesAChangeAtOnce(_ engine: ReadersEngine) throws {
        try read(engine) { state, postfix throws in
            #expect(try postfix.query(map: "virtual-mailbox-domains", key: "shut.example") == nil)
            try state.run(.vmail, "UPDATE domain SET active = 1 WHERE domain = 'shut.example';")
            #expect(try postfix.query(map: "virtual-mailbox-domains", key: "shut.example") == "shut.example")
        }
    }
}

/// A real Dovecot on the printed files.
@Suite(
    .enabled(
        if: DovecotServer.isInstalled && !ReadersEngine.ofDovecot.isEmpty,
        "needs openssl, dovecot and sqlite3, or dovecot-pgsql and a server"),
    .enabled(if: ProcessUser.isRoot, "needs root: Dovecot changes users"))
struct DovecotReadersTests {
    private func run(_ engine: ReadersEngine, _ body: (ReadersState, DovecotServer) throws -> Void) throws {
        let state = try ReadersState(engine, [.vmail, .usage])
        try state.run(.vmail, "BEGIN;\n" + ReadersRows.vmail(mail: state.mail) + "\nCOMMIT;")
        let dovecot = try DovecotServer(configuration: state.dovecot)
        defer { dovecot.stop() }
        try withExtendedLifetime(state) { try body(state, dovecot) }
    }

    @Test(arguments: ReadersEngine.ofDovecot)
    func letsOnlyAnActiveMailboxIn(_ engine: ReadersEngine) throws {
        try run(engine) { _, dovecot throws in
            #expect(try dovecot.login("anna@open.example", "geheim"))
            #expect(try dovecot.login("ANNA@open.example", "geheim"))
            #expect(try !dovecot.login("anna@open.example", "falsch"))
            #expect(try !dovecot.login("disabled@open.example", "geheim"))
            #expect(try !dovecot.login("user@shut.example", "geheim"))
            #expect(try !dovecot.login("user@backup.example", "geheim"))
        }
    }

    @Test(arguments: ReadersEngine.ofDovecot)
    func honoursTheNetworksOfAMailbox(_ engine: ReadersEngine) throws {
        try run(engine) { _, dovecot throws in
            #expect(try dovecot.login("home@open.example", "geheim"))
            #expect(try !dovecot.login("net@open.example", "geheim"))
        }
    }

    @Test(
        arguments: ReadersEngine.ofDovecot,
        [("plainonly@open.example", [true, false, false]), ("tlsonly@open.example", [false, false, true])])
    func asksForTheColumnOfTheConnection(
        _ engine: ReadersEngine, _ mailbox: (user: String, expected: [Bool])
    ) throws {
        try run(engine) { _, dovecot throws in
            let (user, expected) = mailbox
            let found = try DovecotServer.Connection.allCases.map { try dovecot.login(user, "geheim", over: $0) }
            #expect(found == expected)
            for service in ["smtp", "sieve"] {
                let found = try [nil, "secured", "tls"].map {
                    try dovecot.accepts(user, "geheim", service: service, secured: $0)
                }
                #expect(found == expected, "\(service)")
            }
        }
    }

    @Test(arguments: ReadersEngine.ofDovecot)
    func knowsHomeFormatAndQuota(_ engine: ReadersEngine) throws {
        try run(engine) { state, dovecot throws in
            let anna = try #require(try dovecot.userdb("anna@open.example"))
            #expect(anna.home == "\(state.mail)/node1/open.example/anna@open.example/")
            #expect(anna.mail == "maildir:~/Maildir" && anna.quota == 10_485_760)
            #expect(try dovecot.userdb("bert@open.example")?.quota == 0)
            #expect(try dovecot.userdb("disabled@open.example") == nil)
            #expect(try dovecot.users().count == 11)
        }
    }

    @Test(arguments: ReadersEngine.ofDovecot)
    func recordsWhoSharesWithWhom(_ engine: ReadersEngine) throws {
        try run(engine) { state, dovecot throws in
            // A folder is there to be shared as soon as a message has come.
            #expect(try dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
            let result = try Program.run(
                "/usr/bin/doveadm",
                [
                    "-c", dovecot.configuration, "acl", "set", "-u", "anna@open.example", "INBOX",
                    "user=bert@open.example", "lookup", "read",
                ])
            #expect(result.status == 0, "\(result.errorOutput)")
            let users = try state.run(.usage, "SELECT from_user, to_user FROM share_folder;")
            #expect(users == "anna@open.example|bert@open.example\n", "\(dovecot.log)")
        }
    }

    @Test(arguments: ReadersEngine.ofDovecot)
    func recordsQuotaAndLogins(_ engine: ReadersEngine) throws {
        try run(engine) { state, dovecot throws in
            #expect(try dovecot.deliver("Subject: hello\n\nhello\n", to: "anna@open.example"))
            #expect(try !dovecot.deliver("Subject: hello\n\nhello\n", to: "nodelivery@open.example"))
            #expect(try dovecot.login("anna@open.example", "geheim"))
            let isRecorded = try Program.wait(atMost: .seconds(5)) {
                try state.run(
                    .usage,
                    """
                    SELECT used_quota.domain, messages
                      FROM used_quota JOIN last_login USING (username)
                     WHERE bytes > 0 AND imap > 1700000000 AND pop3 IS NULL AND lda > 1700000000;
                    """) == "open.example|1\n"
            }
            #expect(isRecorded, "\(dovecot.log)")
            #expect(!dovecot.log.contains("Error:"))
        }
    }
}

/// amavisd's own lookup modules on the printed file, as the user amavisd becomes.
@Suite(
    .enabled(
        if: !ReadersEngine.ofAmavisd.isEmpty, "needs amavisd-new, DBD::SQLite and sqlite3, or DBD::Pg and a server"),
    .enabled(if: ProcessUser.isRoot, "needs root: amavisd takes its configuration from root only"))
struct AmavisdReadersTests {
    private func ask(_ engine: ReadersEngine, _ body: (AmavisdLookup) throws -> Void) throws {
        let state = try ReadersState(engine, [.amavisd])
        try state.run(.amavisd, ReadersRows.amavisd)
        let user = try #require(ProcessUser(named: "amavis"))
        try withExtendedLifetime(state) { try body(AmavisdLookup(snippet: "\(state.amavisd)/50-postern", as: user)) }
    }

    @Test(arguments: ReadersEngine.ofAmavisd)
    func mergesTheScopesColumnByColumn(_ engine: ReadersEngine) throws {
        try ask(engine) { amavisd throws in
            let bert = try amavisd.policy(of: "bert+list@open.example")
            #expect(bert["spam_lover"] == "N")
            #expect(bert["spam_tag2_level"] == "8.0" || bert["spam_tag2_level"] == "8")
            #expect(bert["spam_subject_tag2"] == "[SPAM] ")
            #expect(bert["virus_quarantine_to"] == "virus-quarantine")
            #expect(bert["spam_tag_level"] == nil)
            #expect(try amavisd.policy(of: "x@elsewhere.example")["spam_lover"] == "Y")
        }
    }

    @Test(arguments: ReadersEngine.ofAmavisd)
    func judgesSenders(_ engine: ReadersEngine) throws {
        try ask(engine) { amavisd throws in
            #expect(try amavisd.judgement(of: "any@bad.example", for: "bert@open.example") == "B")
            #expect(try amavisd.judgement(of: "good@bad.example", for: "bert@open.example") == "W")
            #expect(try amavisd.judgement(of: "any@bad.example", for: "x@plain.example") == nil)
        }
    }
}
