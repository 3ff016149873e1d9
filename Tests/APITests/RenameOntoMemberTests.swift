import Gateway
import Storage
import Testing

/// An account renamed onto an address that it, or others, pass mail on to: `Contract.md` 7.5.
struct RenameOntoMemberTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address) }
        admin = try api.globalAdmin()
    }

    private func rows(of address: String) throws -> [String] {
        try api.rows(
            "SELECT forwarding, is_list, is_forwarding, active FROM forwardings WHERE address = \(address) ORDER BY forwarding"
        )
    }

    @Test(arguments: ["new@a.example", "new@b.example"])
    func anAliasLosesThatMember(_ new: String) throws {
        try api.addAlias("team@a.example", members: ["jo@a.example", new])
        try admin.done(.post, "/api/alias/team@a.example/change_email/\(new)")
        #expect(try rows(of: new) == ["jo@a.example|1|0|1"])
        #expect(try admin.send(.get, "/api/alias/\(new)").texts("members") == ["jo@a.example"])
    }

    @Test func itMayHaveBeenItsOnlyOne() throws {
        try api.addAlias("team@a.example", members: ["new@a.example"])
        try admin.done(.post, "/api/alias/team@a.example/change_email/new@a.example")
        #expect(try admin.send(.get, "/api/alias/new@a.example").texts("members") == [])
    }

    @Test(arguments: [["team@a.example"], ["team@a.example", "new@a.example"]])
    func whatAnAliasPassedOnToItselfIsLostToo(_ members: [String]) throws {
        try api.addAlias("team@a.example", members: members + ["jo@a.example"])
        try admin.done(.post, "/api/alias/team@a.example/change_email/new@a.example")
        #expect(try rows(of: "new@a.example") == ["jo@a.example|1|0|1"])
    }

    @Test func othersThatHadBothHaveOne() throws {
        try api.addAlias("team@a.example", members: ["all@a.example", "new@a.example"])
        try api.addAlias("all@a.example", members: ["team@a.example", "new@a.example"])
        try api.addForwarding("jo@a.example", to: "team@a.example")
        try api.addForwarding("jo@a.example", to: "new@a.example")
        try api.addForwarding("a.example", to: "team@a.example", flag: .none)
        try api.addForwarding("a.example", to: "new@a.example", flag: .none)
        try admin.done(.post, "/api/alias/team@a.example/change_email/new@a.example")
        #expect(try rows(of: "new@a.example") == ["all@a.example|1|0|1"])
        #expect(try rows(of: "all@a.example") == ["new@a.example|1|0|1"])
        #expect(try rows(of: "jo@a.example") == ["jo@a.example|0|1|1", "new@a.example|0|1|1"])
        #expect(try rows(of: "a.example") == ["new@a.example|0|0|1"])
    }

    @Test func moderatorsAndCopiesAreWrittenOnce() throws {
        try api.addAlias("team@a.example", members: ["new@a.example"])
        for moderator in ["team@a.example", "new@a.example"] {
            try admin.done(.put, "/api/alias/team@a.example", "addModerator=\(moderator)")
        }
        for copy in ["team@a.example", "new@a.example"] {
            try admin.done(
                .put, "/api/user/\(copy == "team@a.example" ? "jo" : "al")@a.example", "recipientBcc=\(copy)")
        }
        try admin.done(.post, "/api/alias/team@a.example/change_email/new@a.example")
        #expect(try admin.send(.get, "/api/alias/new@a.example").texts("moderators") == ["new@a.example"])
        #expect(
            try api.rows("SELECT username, bcc_address FROM recipient_bcc_user ORDER BY 1") == [
                "al@a.example|new@a.example", "jo@a.example|new@a.example",
            ])
    }

    /// A mailbox that forwarded to its new address, with a copy or without, has its mail there.
    @Test(arguments: [true, false])
    func aMailboxKeepsItsMail(_ keepsCopy: Bool) throws {
        try admin.done(.put, "/api/user/jo@a.example", "forwarding=new@b.example" + (keepsCopy ? ",jo@a.example" : ""))
        try api.addAlias("team@a.example", members: ["jo@a.example", "new@b.example"])
        try admin.done(.post, "/api/user/jo@a.example/change_email/new@b.example")
        #expect(try rows(of: "new@b.example") == ["new@b.example|0|1|1"])
        #expect(try rows(of: "team@a.example") == ["new@b.example|1|0|1"])
    }
}
