import Gateway
import MailStore
import Storage
import Testing

/// A domain whose ownership is still to be verified gives its maker power over nothing outside itself. Here dan, who
/// may create domains, makes `big.example`, a name of people outside whom `victim.example` knows.
struct WaitingDomainTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let dan: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "victim.example"] { try api.addDomain(domain) }
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        try api.addAdmin("bob@big.example", of: ["victim.example"])
        try api.addMailbox("own@a.example")
        try api.addMailbox("jo@victim.example")
        root = try api.globalAdmin()
        dan = try api.client("dan@office.example")
    }

    /// Whatever may name an address outside, and what others wrote down under that name.
    private func pointOutside() throws {
        let (jo, ceo) = ("jo@victim.example", "ceo@big.example")
        try api.addAlias("team@victim.example", members: [jo, ceo, "team@big.example"])
        try api.addList("list@victim.example", members: [ceo])
        try api.addForwarding(jo, to: ceo)
        try api.addForwarding("victim.example", to: ceo, flag: .none)
        for name in ["ceo", "team"] {
            let address = "\(name)@big.example"
            try api.run(
                """
                INSERT INTO moderators (address, moderator, domain, dest_domain)
                VALUES ('list@victim.example', \(address), 'victim.example', 'big.example')
                """)
            try api.run(
                """
                INSERT INTO maillist_owners (address, owner, domain, dest_domain)
                VALUES ('list@victim.example', \(address), 'victim.example', 'big.example')
                """)
        }
        for side in ["sender", "recipient"] {
            try api.run(
                SQL(
                    trusted:
                        "INSERT INTO \(side)_bcc_user (username, bcc_address, domain) VALUES (?, ?, 'victim.example')",
                    [.text(jo), .text(ceo)]))
            try api.run(
                SQL(
                    trusted: "INSERT INTO \(side)_bcc_domain (domain, bcc_address) VALUES ('victim.example', ?)",
                    [.text(side == "sender" ? ceo : "team@big.example")]))
        }
        try api.run(
            "INSERT INTO sender_relayhost (account, relayhost) VALUES (\(ceo), '[192.0.2.1]'), ('@big.example', '[192.0.2.2]')"
        )
        try api.run(
            "INSERT INTO deleted_mailboxes (username, domain, maildir) VALUES (\(ceo), 'big.example', '/var/vmail/old/')"
        )
        try api.run("INSERT INTO share_folder (from_user, to_user) VALUES (\(jo), \(ceo))", on: .usage)
        for key in ["@big.example", ceo] {
            try api.run("INSERT INTO policy (policy_name) VALUES (\(key))", on: .amavisd)
            try api.run(
                "INSERT INTO users (email, policy_id) SELECT \(key), id FROM policy WHERE policy_name = \(key)",
                on: .amavisd)
            try api.run("INSERT INTO throttle (account, period) VALUES (\(key), 60)", on: .iredapd)
            try api.run("INSERT INTO greylisting (account, sender) VALUES (\(key), '@.')", on: .iredapd)
        }
    }

    /// Each call in turn; after each, every row that was there before is there still, as it was.
    @Test func whatIsDoneInItTouchesNobodyElsesRows() throws {
        try pointOutside()
        let before = try api.contents()
        let calls: [(TestAPI.Client, Gateway.Method, String, String?)] = [
            (dan, .post, "/api/domain/big.example", "name=Big"),
            (dan, .post, "/api/user/ceo@big.example", "name=C&password=Secret-1234"),
            (dan, .put, "/api/user/ceo@big.example", "accountStatus=disabled"),
            (dan, .put, "/api/user/ceo@big.example", "forwarding=own@a.example"),
            (dan, .put, "/api/user/ceo@big.example", "accountStatus=active&addAlias=boss@big.example"),
            (dan, .put, "/api/users/big.example", "accountStatus=disabled&password=Other-5678"),
            (
                dan, .put, "/api/domain/big.example",
                "catchall=own@a.example&senderBcc=own@a.example&addAliasDomain=bigger.example"
            ),
            (dan, .delete, "/api/user/ceo@big.example", nil),
            (dan, .post, "/api/alias/team@big.example", "members=own@a.example&moderators=own@a.example"),
            (dan, .put, "/api/alias/team@big.example", "accountStatus=disabled&members=x@b.example"),
            (dan, .delete, "/api/alias/team@big.example", nil),
            (dan, .post, "/api/maillist/ceo@big.example", "members=own@a.example"),
            (dan, .put, "/api/maillist/ceo@big.example", "accountStatus=disabled"),
            (dan, .delete, "/api/maillist/ceo@big.example", nil),
            (dan, .post, "/api/user/ceo@big.example", "name=C&password=Secret-1234"),
            (dan, .put, "/api/user/ceo@big.example", "accountStatus=disabled"),
            (dan, .delete, "/api/domain/big.example", nil),
        ]
        for (client, method, target, form) in calls {
            let answer = try client.send(method, target, form)
            #expect(answer.isSuccess, "\(method.text) \(target): \(answer.body)")
            let after = Set(try api.contents())
            let gone = before.filter { !after.contains($0) && !$0.hasPrefix("domain_totals: a.example") }
            #expect(gone == [], "\(method.text) \(target)")
        }
    }

    @Test func itsUsersAreNotToldWhereElseTheyAreMembers() throws {
        try pointOutside()
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        try dan.done(.post, "/api/alias/all@big.example", "members=ceo@big.example")
        for target in ["/api/user/ceo@big.example", "/api/users/big.example"] {
            let answer = try dan.send(.get, target)
            #expect(answer.isSuccess && !answer.body.contains("victim"), "\(answer.body)")
            #expect(answer.body.contains("all@big.example"))
        }
        // A member of a domain that is somebody's own is told.
        try root.done(.put, "/api/domain/big.example", "accountStatus=active")
        #expect(
            try dan.send(.get, "/api/user/ceo@big.example").texts("member_of_aliases") == [
                "all@big.example", "team@victim.example",
            ])
    }

    private static let closed: [(Gateway.Method, String, String?)] = [
        (.get, "/api/spampolicy/domain/big.example", nil),
        (.put, "/api/spampolicy/domain/big.example", "quarantine_spam=yes"),
        (.delete, "/api/spampolicy/user/ceo@big.example", nil),
        (.put, "/api/spampolicy/user/ceo@big.example", "quarantine_spam=yes"),
        (.post, "/api/throttle/big.example/inbound", "period=60"),
        (.post, "/api/throttle/ceo@big.example/outbound", "period=60"),
        (.post, "/api/greylisting/big.example", "status=disable"),
        (.post, "/api/greylisting/big.example/whitelists", "addSenders=@x.example"),
        (.post, "/api/wblist/inbound/whitelist/big.example", "addresses=@x.example"),
        (.put, "/api/wblist/outbound/blacklist/ceo@big.example", "addresses=@x.example"),
        (.get, "/api/policy/explain/ceo@big.example", nil),
        (.put, "/api/domain/admins/big.example", "addAdmin=own@a.example"),
        (.get, "/api/ldif/domain/big.example", nil), (.get, "/api/ldif/catchall/big.example", nil),
        (.get, "/api/ldif/user/ceo@big.example", nil),
        (.post, "/api/user/ceo@big.example/change_email/vice@big.example", nil),
        (.post, "/api/user/ceo@big.example/change_email/vice@a.example", nil),
        (.post, "/api/user/own@a.example/change_email/owner@big.example", nil),
        (.post, "/api/alias/team@big.example/change_email/team@a.example", nil),
        (.put, "/api/domain/big.example", "outboundRelay=mx.b.example"),
        (.put, "/api/domain/big.example", "outboundRelay="),
        (.put, "/api/user/ceo@big.example", "outboundRelay=mx.b.example"),
        (.put, "/api/domain/big.example", "accountStatus=active"),
        (.post, "/api/alias/new@big.example", "accessPolicy=moderatorsonly"),
        (.post, "/api/maillist/new@big.example", "accessPolicy=domain"),
        (.put, "/api/alias/team@big.example", "accessPolicy=membersonly"),
    ]

    @Test func whatReachesBeyondItIsClosedToItsMaker() throws {
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        try dan.done(.post, "/api/alias/team@big.example", "members=own@a.example&accessPolicy=public")
        for (method, target, form) in Self.closed {
            #expect(try dan.refusal(method, target, form) == "PERMISSION_DENIED", "\(method.text) \(target)")
        }
        try root.done(.put, "/api/domain/big.example", "accountStatus=active")
        for (method, target, form) in Self.closed where form != "accountStatus=active" {
            #expect(try dan.send(method, target, form).word != "PERMISSION_DENIED", "\(method.text) \(target)")
        }
    }

    /// Not even by a global admin, who can switch the domain on first.
    @Test(arguments: [
        "ceo@big.example/change_email/vice@big.example", "ceo@big.example/change_email/x@a.example",
        "own@a.example/change_email/o@big.example",
    ])
    func nobodyIsMovedThereOrFromThere(_ path: String) throws {
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        #expect(try root.refusal(.post, "/api/user/\(path)") == "PERMISSION_DENIED")
        try root.done(.put, "/api/domain/big.example", "accountStatus=active")
        try root.done(.post, "/api/user/\(path)")
    }

    @Test func aGlobalAdminIsNotBound() throws {
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try root.done(.put, "/api/spampolicy/domain/big.example", "quarantine_spam=yes")
        try root.done(.put, "/api/domain/big.example", "outboundRelay=mx.b.example")
        try root.done(.put, "/api/domain/admins/big.example", "addAdmin=bob@big.example")
        #expect(try root.send(.get, "/api/ldif/domain/big.example").isSuccess)
    }

    /// A domain that a global admin has switched off is nobody's lever: it was somebody's, with all its rights.
    @Test func adisabledDomainIsNoWaitingOne() throws {
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        for status in ["active", "disabled"] {
            try root.done(.put, "/api/domain/big.example", "accountStatus=\(status)")
        }
        try dan.done(.put, "/api/spampolicy/domain/big.example", "quarantine_spam=yes")
        #expect(try api.rows("SELECT COUNT(*) FROM domain_ownership") == ["0"])
    }

    @Test func nobodyIsAppointedFromIt() throws {
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        for client in [dan, root] {
            _ = try client.send(.put, "/api/domain/admins/a.example", "addAdmin=ceo@big.example")
            #expect(
                try api.rows("SELECT username FROM domain_admins WHERE domain = 'a.example'") == ["dan@office.example"])
        }
        #expect(try root.refusal(.put, "/api/user/ceo@big.example", "isGlobalAdmin=yes") == "PERMISSION_DENIED")
    }

    @Test(arguments: [true, false])
    func aStandaloneAdminsRightsAndSessionsAreNotItsOwn(_ isWaiting: Bool) throws {
        let bob = try api.client("bob@big.example")
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        if !isWaiting { try root.done(.put, "/api/domain/big.example", "accountStatus=active") }
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        try dan.done(.put, "/api/users/big.example", "password=Other-5678")
        #expect(try bob.send(.get, "/api/domain/victim.example").isSuccess)
        try dan.done(.delete, "/api/domain/big.example")
        #expect(try bob.send(.get, "/api/domain/victim.example").isSuccess)
    }

    @Test func aStandaloneGlobalAdminStandsInNobodysWay() throws {
        try api.addAdmin("root@big.example")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('root@big.example', 'ALL')")
        let other = try api.client("root@big.example")
        try dan.done(.post, "/api/domain/big.example", "name=Big")
        try dan.done(.post, "/api/user/ceo@big.example", "name=C&password=Secret-1234")
        try dan.done(.put, "/api/users/big.example", "password=Other-5678")
        try dan.done(.delete, "/api/domain/big.example")
        #expect(try other.send(.get, "/api/domain/victim.example").isSuccess)
    }

    @Test func sessionsOfItsOwnUsersEndWithTheirPasswordAndTheDomain() throws {
        try root.done(.post, "/api/domain/big.example", "name=Big")
        for name in ["one", "two"] { try api.addMailbox("\(name)@big.example", isAdmin: true) }
        try api.run(
            "INSERT INTO domain_admins (username, domain) SELECT username, domain FROM mailbox WHERE isadmin = 1")
        let one = try api.client("one@big.example")
        let two = try api.client("two@big.example")
        try one.done(.put, "/api/users/big.example", "password=Other-5678")
        #expect(try one.send(.get, "/api/domains").isSuccess)
        #expect(try two.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        try root.done(.delete, "/api/domain/big.example")
        #expect(try api.rows("SELECT admin FROM sessions WHERE admin LIKE '%big.example'", in: .api) == [])
    }
}
