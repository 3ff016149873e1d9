import Gateway
import Storage
import Testing

/// The end of aliases and lists, and their renaming: `Contract.md` 9.1, 9.2.
struct AliasLifecycleTests {
    typealias Kind = AliasTests.Kind

    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    /// `team@a.example` with everything that may speak of it.
    private func populate(_ kind: Kind) throws {
        try admin.done(
            .post, "/api/\(kind.rawValue)/team@a.example", "members=jo@a.example,x@c.example&moderators=jo@a.example")
        try api.addAlias("other@a.example", members: ["team@a.example", "x@c.example"])
        try api.addForwarding("jo@a.example", to: "team@a.example")
        try api.addForwarding("a.example", to: "team@a.example", flag: .none)
        try api.run(
            """
            INSERT INTO moderators (address, moderator, domain, dest_domain) VALUES
            ('other@a.example', 'team@a.example', 'a.example', 'a.example')
            """)
        for direction in ["sender", "recipient"] {
            try api.run(
                SQL(
                    trusted:
                        "INSERT INTO \(direction)_bcc_domain (domain, bcc_address) VALUES ('a.example', 'team@a.example')"
                ))
            try api.run(
                SQL(
                    trusted:
                        "INSERT INTO \(direction)_bcc_user (username, bcc_address, domain) VALUES ('jo@a.example', 'team@a.example', 'a.example')"
                ))
        }
        try api.run(
            "INSERT INTO maillist_owners (address, owner, domain, dest_domain) VALUES ('team@a.example', 'jo@a.example', 'a.example', 'a.example')"
        )
    }

    @Test(arguments: Kind.allCases)
    func nothingSpeaksOfADeletedOne(_ kind: Kind) throws {
        try populate(kind)
        try admin.done(.delete, "/api/\(kind.rawValue)/team@a.example")
        #expect(try api.contents().filter { $0.contains("team@a.example") } == [])
        #expect(
            try api.rows("SELECT address, forwarding FROM forwardings ORDER BY 1, 2") == [
                "jo@a.example|jo@a.example", "other@a.example|x@c.example",
            ])
        try admin.done(.post, "/api/user/team@a.example", "password=Secret-1234")
    }

    @Test(arguments: ["archive=yes", "archive=no"])
    func aListsArchiveIsNotAsked(_ query: String) throws {
        try populate(.maillist)
        try admin.done(.delete, "/api/maillist/team@a.example?\(query)")
        #expect(try api.rows("SELECT address FROM maillists") == [])
    }

    @Test func aDeletedDomainTakesBothRowsOfAList() throws {
        try populate(.maillist)
        try admin.done(.delete, "/api/domain/a.example")
        #expect(try api.contents().filter { $0.contains("team@a.example") } == [])
    }

    @Test(arguments: ["crew@a.example", "Crew@B.example"])
    func anAliasIsRenamedEverywhere(_ new: String) throws {
        try populate(.alias)
        try admin.done(.post, "/api/alias/team@a.example/change_email/\(new)")
        let name = new.lowercased()
        let domain = String(name.dropFirst(5))
        #expect(try api.contents().filter { $0.contains("team@a.example") } == [])
        #expect(
            try api.rows("SELECT address, domain FROM alias WHERE address <> 'other@a.example'") == [
                "\(name)|\(domain)"
            ])
        #expect(
            try api.rows(
                "SELECT forwarding, domain, dest_domain, is_list, active FROM forwardings WHERE address = \(name) ORDER BY 1"
            ) == [
                "jo@a.example|\(domain)|a.example|1|1", "x@c.example|\(domain)|c.example|1|1",
            ])
        #expect(
            try api.rows(
                "SELECT address, domain, dest_domain, active FROM forwardings WHERE forwarding = \(name) ORDER BY 1")
                == [
                    "a.example|a.example|\(domain)|1", "jo@a.example|a.example|\(domain)|1",
                    "other@a.example|a.example|\(domain)|1",
                ])
        #expect(
            try api.rows(
                "SELECT address, moderator, domain, dest_domain FROM moderators ORDER BY address = 'other@a.example'")
                == [
                    "\(name)|jo@a.example|\(domain)|a.example", "other@a.example|\(name)|a.example|\(domain)",
                ])
        for table in ["sender_bcc_domain", "recipient_bcc_domain", "sender_bcc_user", "recipient_bcc_user"] {
            #expect(try api.rows(SQL(trusted: "SELECT bcc_address FROM \(table)")) == [name])
        }
    }

    @Test func aDisabledAliasStaysDisabledUnderItsNewName() throws {
        try populate(.alias)
        try admin.done(.put, "/api/alias/team@a.example", "accountStatus=disabled")
        try admin.done(.post, "/api/alias/team@a.example/change_email/crew@b.example")
        #expect(try api.rows("SELECT active FROM alias WHERE address = 'crew@b.example'") == ["0"])
        #expect(try api.rows("SELECT DISTINCT active FROM forwardings WHERE address = 'crew@b.example'") == ["0"])
    }

    @Test func aDisabledUserStaysDisabledUnderTheNewName() throws {
        try populate(.alias)
        try admin.done(.put, "/api/user/jo@a.example", "accountStatus=disabled")
        try admin.done(.post, "/api/user/jo@a.example/change_email/jo@b.example")
        #expect(try api.rows("SELECT active FROM mailbox") == ["0"])
        #expect(
            try api.rows("SELECT DISTINCT active FROM forwardings WHERE 'jo@b.example' IN (address, forwarding)") == [
                "0"
            ])
    }

    @Test func aMemberThatWasThereUnderTheNewNameStaysOnce() throws {
        try populate(.alias)
        try api.addForwarding("other@a.example", to: "crew@b.example", flag: .isList)
        try api.run(
            "INSERT INTO moderators (address, moderator, domain, dest_domain) VALUES ('other@a.example', 'crew@b.example', 'a.example', 'b.example')"
        )
        try admin.done(.post, "/api/alias/team@a.example/change_email/crew@b.example")
        #expect(
            try api.rows("SELECT forwarding FROM forwardings WHERE address = 'other@a.example' ORDER BY 1") == [
                "crew@b.example", "x@c.example",
            ])
        #expect(
            try api.rows("SELECT moderator FROM moderators WHERE address = 'other@a.example'") == ["crew@b.example"])
    }

    @Test(arguments: Kind.allCases)
    func theProfileShowsThePeople(_ kind: Kind) throws {
        try populate(kind)
        let shown = try admin.send(.get, "/api/\(kind.rawValue)/team@a.example")
        #expect(
            shown.text("address") == "team@a.example" && shown.text("accesspolicy") == "public"
                && shown.number("active") == 1)
        #expect(shown.texts("members") == ["jo@a.example", "x@c.example"])
        #expect(shown.texts("moderators") == ["jo@a.example"])
        #expect(shown.texts("owners") == (kind == .alias ? nil : ["jo@a.example"]))
    }
}
