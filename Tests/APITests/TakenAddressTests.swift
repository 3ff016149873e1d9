import Gateway
import Settings
import Storage
import Testing

/// One name space of addresses: `Contract.md` 4, `Security.md` B3, B4.
struct TakenAddressTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("off@a.example", active: false)
        try api.run("DELETE FROM forwardings WHERE address = 'off@a.example'")
        try api.addAlias("team@a.example")
        try api.run("INSERT INTO maillists (address, domain, mlid) VALUES ('list@a.example', 'a.example', 'm')")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        admin = try api.globalAdmin()
    }

    @Test(arguments: ["jo", "JO", "off", "team", "list", "extra", "Extra"])
    func aNewUserIsRefused(_ local: String) throws {
        #expect(try admin.refusal(.post, "/api/user/\(local)@a.example", "password=Other-5678") == "ALREADY_EXISTS")
    }

    /// The mailbox would share the admin's rights: who may rename or delete it could take them.
    @Test func anAdminsNameIsTakenForUsers() throws {
        try api.addDomain("office.example")
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try api.addAdmin("eve@office.example", of: ["office.example"])
        let eve = try api.client("eve@office.example")
        #expect(try eve.refusal(.post, "/api/user/dan@office.example", "password=Other-5678") == "ALREADY_EXISTS")
        try eve.done(.post, "/api/user/al@office.example", "password=Other-5678")
        #expect(
            try eve.refusal(.post, "/api/user/al@office.example/change_email/Dan@office.example") == "ALREADY_EXISTS")
        try eve.done(.post, "/api/alias/dan@office.example", "members=al@office.example")
        try eve.done(.delete, "/api/alias/dan@office.example")
        #expect(try api.rows("SELECT domain FROM domain_admins WHERE username = 'dan@office.example'") == ["a.example"])
    }

    @Test(arguments: ["jo", "JO", "off", "team", "list", "jo+x", "team+x", "x+y"])
    func aPerUserAliasIsPassedOver(_ local: String) throws {
        let before = try api.rows("SELECT address, forwarding FROM forwardings ORDER BY id")
        try admin.done(.put, "/api/user/jo@a.example", "addAlias=\(local)@a.example".replacing("+", with: "%2B"))
        #expect(try api.rows("SELECT address, forwarding FROM forwardings ORDER BY id") == before)
    }

    @Test func anotherUsersPerUserAliasIsPassedOver() throws {
        try api.addMailbox("al@a.example")
        for form in ["addAlias=extra@a.example", "aliases=extra@a.example"] {
            try admin.done(.put, "/api/user/al@a.example", form)
            #expect(
                try api.rows("SELECT forwarding FROM forwardings WHERE address = 'extra@a.example'") == ["jo@a.example"]
            )
        }
    }

    @Test func theTakenAreKeptAndTheFreeAreAdded() throws {
        try admin.done(
            .put, "/api/user/jo@a.example", "addAlias=team@a.example,NEW@a.example,x,new@a.example,new@b.example")
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE is_alias = 1 ORDER BY 1") == [
                "extra@a.example", "new@a.example",
            ])
    }

    private func delimited(by delimiter: String) throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.recipientDelimiters, [delimiter]))
    }

    @Test(arguments: ["jo-x", "team-x", "list-", "extra-x-y"])
    func anExtensionOfATakenAddressIsTaken(_ local: String) throws {
        try delimited(by: "-")
        #expect(try admin.refusal(.post, "/api/user/\(local)@a.example", "password=Other-5678") == "ALREADY_EXISTS")
    }

    @Test func anAddressWithAnExtensionIsTakenOnce() throws {
        try delimited(by: "-")
        try admin.done(.post, "/api/user/new-x@a.example", "password=Other-5678")
        #expect(try admin.refusal(.post, "/api/user/new-x@a.example", "password=Other-5678") == "ALREADY_EXISTS")
    }

    @Test func anAddressNobodyHasIsFree() throws {
        for local in ["j", "joo", "jo-x", "jo.x", "tea_"] {
            try admin.done(.post, "/api/user/\(local)@a.example", "password=Other-5678")
        }
    }

    @Test func aCatchAllTakesNoAddress() throws {
        try api.addForwarding("a.example", to: "new@a.example", flag: .none)
        try admin.done(.post, "/api/user/new@a.example", "password=Other-5678")
    }
}
