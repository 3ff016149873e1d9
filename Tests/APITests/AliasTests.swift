import Gateway
import Storage
import Testing

/// `/api/alias/<mail>` and what `/api/maillist/<mail>` shares with it: `Contract.md` 9.1, 9.2.
struct AliasTests {
    enum Kind: String, CaseIterable, Sendable { case alias, maillist }

    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        try api.addMailbox("off@a.example", active: false)
        admin = try api.globalAdmin()
    }

    private func target(_ kind: Kind) -> String { "/api/\(kind.rawValue)/team@a.example" }

    private func create(_ kind: Kind, _ form: String = "") throws { try admin.done(.post, target(kind), form) }

    private func members() throws -> [String] {
        try api.rows(
            """
            SELECT forwarding, domain, dest_domain, is_list, is_forwarding + is_alias + is_maillist, active
              FROM forwardings WHERE address = 'team@a.example' ORDER BY 1
            """)
    }

    @Test(arguments: Kind.allCases)
    func theRowIsWhatWasGiven(_ kind: Kind) throws {
        try admin.done(.post, "/api/\(kind.rawValue)/Team@A.example", "name=Our+Team&accessPolicy=MembersOnly")
        #expect(
            try api.rows("SELECT address, name, accesspolicy, domain, created, modified, active FROM alias") == [
                "team@a.example|Our Team|membersonly|a.example|2026-01-31 23:59:59|1970-01-01 01:01:01|1"
            ])
        #expect(try api.rows("SELECT COUNT(*) FROM maillists") == [kind == .alias ? "0" : "1"])
        #expect(try members() == [])
    }

    @Test func aListHasARowOfEachKind() throws {
        try create(.maillist, "name=Our+Team&accessPolicy=domain&members=jo@a.example")
        #expect(
            try api.rows(
                "SELECT address, domain, name, accesspolicy, transport, length(mlid), is_newsletter, settings, created, active FROM maillists"
            ) == [
                "team@a.example|a.example|Our Team|domain|dovecot|36|0||2026-01-31 23:59:59|1"
            ])
        #expect(try members() == ["jo@a.example|a.example|a.example|1|0|1"])
    }

    @Test(
        arguments: Kind.allCases,
        [
            ("", "public"), ("accessPolicy=public", "public"), ("accessPolicy=subdomain", "subdomain"),
            ("accessPolicy=allowedonly", "moderatorsonly"),
            ("accessPolicy=AllowedOnly", "moderatorsonly"),
            ("accessPolicy=membersandmoderatorsonly", "membersandmoderatorsonly"),
        ])
    func thePolicyIsKnown(_ kind: Kind, _ policy: (form: String, stored: String)) throws {
        try create(kind, policy.form)
        #expect(try api.rows("SELECT accesspolicy FROM alias") == [policy.stored])
        try admin.done(.put, target(kind), policy.form)
        #expect(try api.rows("SELECT accesspolicy FROM alias") == [policy.stored])
        if kind == .maillist { #expect(try api.rows("SELECT accesspolicy FROM maillists") == [policy.stored]) }
    }

    @Test(arguments: Kind.allCases)
    func membersAreAnybodyButItself(_ kind: Kind) throws {
        try create(kind, "members=JO@a.example,off@a.example,x@c.example,no@a.example,team@a.example,bogus,x@c.example")
        #expect(
            try members() == [
                "jo@a.example|a.example|a.example|1|0|1", "no@a.example|a.example|a.example|1|0|1",
                "off@a.example|a.example|a.example|1|0|0",
                "x@c.example|a.example|c.example|1|0|1",
            ])
    }

    @Test(
        arguments: Kind.allCases,
        [
            ("members=y@c.example", ["y@c.example"]), ("members=", []),
            ("members=x@c.example,y@c.example,team@a.example", ["x@c.example", "y@c.example"]),
            ("addMember=y@c.example,bogus", ["jo@a.example", "x@c.example", "y@c.example"]),
            ("addMember=", ["jo@a.example", "x@c.example"]),
            ("addMember=team@a.example,jo@a.example", ["jo@a.example", "x@c.example"]),
            ("removeMember=X@c.example,no@c.example", ["jo@a.example"]),
            ("removeMember=jo@a.example,x@c.example", []), ("removeMember=", ["jo@a.example", "x@c.example"]),
            ("addMember=y@c.example&removeMember=x@c.example", ["jo@a.example", "y@c.example"]),
        ])
    func peopleComeAndGo(_ kind: Kind, _ change: (form: String, people: [String])) throws {
        try create(kind, "members=jo@a.example,x@c.example&moderators=jo@a.example,x@c.example")
        try admin.done(.put, target(kind), change.form)
        let shown = try admin.send(.get, target(kind))
        #expect(shown.texts("members") == change.people)
        #expect(shown.texts("moderators") == ["jo@a.example", "x@c.example"])
    }

    @Test(
        arguments: Kind.allCases,
        [
            ("moderators=y@c.example", ["y@c.example|a.example|c.example"]), ("moderators=", []),
            (
                "addModerator=y@c.example,bogus",
                ["jo@a.example|a.example|a.example", "y@c.example|a.example|c.example"]
            ),
            ("removeModerator=jo@a.example,no@c.example", []),
            ("addModerator=&removeModerator=", ["jo@a.example|a.example|a.example"]),
        ])
    func moderatorsComeAndGo(_ kind: Kind, _ change: (form: String, rows: [String])) throws {
        try create(kind, "moderators=jo@a.example")
        try admin.done(.put, target(kind), change.form)
        #expect(
            try api.rows(
                "SELECT moderator, domain, dest_domain FROM moderators WHERE address = 'team@a.example' ORDER BY 1")
                == change.rows)
        #expect(try members() == [])
    }

    @Test(arguments: Kind.allCases)
    func aDisabledOneDeliversToNobody(_ kind: Kind) throws {
        try create(kind, "members=jo@a.example,off@a.example,x@c.example")
        try api.addAlias("other@a.example", members: ["team@a.example"])
        try admin.done(.put, target(kind), "accountStatus=disabled")
        #expect(
            try api.rows(
                "SELECT active FROM alias WHERE address = 'team@a.example' UNION ALL SELECT active FROM maillists")
                == (kind == .alias ? ["0"] : ["0", "0"]))
        #expect(try api.rows("SELECT DISTINCT active FROM forwardings WHERE address = 'team@a.example'") == ["0"])
        #expect(try api.rows("SELECT active FROM forwardings WHERE address = 'other@a.example'") == ["1"])
        try admin.done(.put, target(kind), "addMember=y@c.example")
        try admin.done(.put, "/api/user/off@a.example", "accountStatus=active")
        #expect(try api.rows("SELECT DISTINCT active FROM forwardings WHERE address = 'team@a.example'") == ["0"])
        try admin.done(.put, target(kind), "accountStatus=active")
        #expect(try api.rows("SELECT DISTINCT active FROM forwardings WHERE address = 'team@a.example'") == ["1"])
    }

    @Test(arguments: Kind.allCases)
    func aTextIsChangedAlone(_ kind: Kind) throws {
        try create(kind, "name=Old&accessPolicy=domain&members=jo@a.example")
        try admin.done(.put, target(kind), "name=New")
        #expect(
            try api.rows("SELECT name, accesspolicy, active, modified FROM alias") == [
                "New|domain|1|2026-01-31 23:59:59"
            ])
        try admin.done(.put, target(kind), "name=")
        #expect(try admin.send(.get, target(kind)).text("name") == "")
        if kind == .maillist { #expect(try api.rows("SELECT name, accesspolicy FROM maillists") == ["|domain"]) }
    }

    @Test(arguments: Kind.allCases)
    func nothingRecognisedChangesNothing(_ kind: Kind) throws {
        try create(kind, "members=jo@a.example")
        let before = try api.contents() + api.log()
        for form in ["", "Members=", "bogus=1"] { try admin.done(.put, target(kind), form) }
        #expect(try api.contents() + api.log() == before)
    }
}
