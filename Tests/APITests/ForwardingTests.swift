import Gateway
import Settings
import Storage
import Testing

/// Forwarding and per-user aliases of a user: `Contract.md` 1.1 and 7.3, `Security.md` B3.
struct ForwardingTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("off@b.example", active: false)
        admin = try api.globalAdmin()
    }

    private func put(_ form: String, _ client: TestAPI.Client? = nil) throws {
        try (client ?? admin).done(.put, "/api/user/jo@a.example", form)
    }

    /// `forwarding|domain|dest_domain|is_forwarding|is_alias|is_list|active`
    private func destinations() throws -> [String] {
        try api.rows(
            """
            SELECT forwarding, domain, dest_domain, is_forwarding, is_alias, is_list, active
              FROM forwardings WHERE address = 'jo@a.example' ORDER BY forwarding
            """)
    }

    /// `address|forwarding|domain|dest_domain|is_forwarding|is_alias|is_list|active`
    private func aliases() throws -> [String] {
        try api.rows(
            """
            SELECT address, forwarding, domain, dest_domain, is_forwarding, is_alias, is_list, active
              FROM forwardings WHERE is_alias = 1 ORDER BY address
            """)
    }

    private static let own = "jo@a.example|a.example|a.example|1|0|0|1"

    @Test(arguments: [
        ("x@c.example", ["x@c.example|a.example|c.example|1|0|0|1"]),
        ("x@c.example,jo@a.example", [own, "x@c.example|a.example|c.example|1|0|0|1"]),
        ("JO@A.example", [own]), ("", [own]),
        ("X@C.example,x@c.example,bad,,x@c.example", ["x@c.example|a.example|c.example|1|0|0|1"]),
        ("off@b.example", ["off@b.example|a.example|b.example|1|0|0|0"]),
        ("x%2By@c.example", ["x+y@c.example|a.example|c.example|1|0|0|1"]),
        ("jo%2Bx@a.example", ["jo+x@a.example|a.example|a.example|1|0|0|1"]),
    ])
    func theListReplacesWhatWasThere(_ list: String, _ expected: [String]) throws {
        try put("forwarding=old@c.example,older@c.example")
        try put("forwarding=\(list)")
        #expect(try destinations() == expected)
    }

    @Test func theProfileShowsIt() throws {
        try put("forwarding=z@c.example,jo@a.example,c@c.example")
        let answer = try admin.send(.get, "/api/user/jo@a.example")
        #expect(answer.texts("forwardings") == ["c@c.example", "jo@a.example", "z@c.example"])
    }

    @Test func rowsOfOtherKindsStay() throws {
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try put("forwarding=x@c.example")
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE forwarding = 'jo@a.example' ORDER BY 1") == [
                "extra@a.example", "team@a.example",
            ])
    }

    @Test(arguments: ["addAlias=new@a.example", "aliases=new@a.example", "addAlias=NEW@A.example,new@a.example"])
    func aPerUserAliasIsARowOfItsOwn(_ form: String) throws {
        try put(form)
        #expect(try aliases() == ["new@a.example|jo@a.example|a.example|a.example|0|1|0|1"])
    }

    @Test func underAnAliasDomainTheRowCarriesThePrimaryDomain() throws {
        try put("addAlias=new@alias.example")
        #expect(try aliases() == ["new@alias.example|jo@a.example|a.example|a.example|0|1|0|1"])
    }

    @Test(arguments: [
        "new@b.example", "new@c.example", "new@sub.a.example", "new@xa.example", "jo@a.example", "n+x@a.example",
        "-n@a.example", "new@a.example.evil.example",
    ])
    func anotherAddressIsPassedOver(_ address: String) throws {
        try put("addAlias=\(address.replacing("+", with: "%2B"))")
        #expect(try aliases() == [])
        #expect(try destinations() == [Self.own])
    }

    @Test func withASettingAnyHostedDomainWillDo() throws {
        try api.addAliasDomain("alias-b.example", of: "b.example")
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.userAliasesCrossDomains, true))
        try put("addAlias=new@b.example,new@alias-b.example,new@c.example")
        #expect(
            try aliases() == [
                "new@alias-b.example|jo@a.example|a.example|a.example|0|1|0|1",
                "new@b.example|jo@a.example|a.example|a.example|0|1|0|1",
            ])
    }

    @Test func aNormalAdminMustManageThatDomain() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.userAliasesCrossDomains, true))
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try put("addAlias=new@b.example", try api.client("dan@office.example"))
        #expect(try aliases() == [])
    }

    @Test(arguments: [
        ("", []), ("two@a.example", ["two"]), ("two@a.example,three@a.example", ["three", "two"]),
        ("three@a.example,bad", ["three"]),
    ])
    func theListOfPerUserAliasesReplacesWhatWasThere(_ list: String, _ expected: [String]) throws {
        try put("addAlias=one@a.example,two@a.example")
        try put("aliases=\(list)")
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE is_alias = 1 ORDER BY 1")
                == expected.map { "\($0)@a.example" })
        #expect(try destinations() == [Self.own])
    }

    @Test func onlyOwnPerUserAliasesAreRemoved() throws {
        try api.addMailbox("al@a.example")
        try api.addForwarding("als@a.example", to: "al@a.example", flag: .isAlias)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try put("addAlias=one@a.example,two@a.example")
        try put("removeAlias=ONE@a.example,als@a.example,jo@a.example,team@a.example,no@a.example,bad")
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE is_alias = 1 ORDER BY 1") == [
                "als@a.example", "two@a.example",
            ])
        #expect(
            try api.rows(
                "SELECT address FROM forwardings WHERE forwarding = 'jo@a.example' AND is_alias = 0 ORDER BY 1") == [
                    "jo@a.example", "team@a.example",
                ])
    }

    @Test func addedAndRemovedTogether() throws {
        try put("addAlias=one@a.example")
        try put("addAlias=two@a.example&removeAlias=one@a.example")
        #expect(try api.rows("SELECT address FROM forwardings WHERE is_alias = 1") == ["two@a.example"])
    }

    @Test func aRemovedAddressIsFreeForAnother() throws {
        try put("addAlias=one@a.example")
        try put("removeAlias=one@a.example")
        try admin.done(.post, "/api/user/one@a.example", "password=Other-5678")
    }
}
