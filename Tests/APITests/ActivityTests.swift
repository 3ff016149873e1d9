import Gateway
import Storage
import Testing

/// `forwardings.active` follows the accounts on both sides: `Contract.md` 1.1 and 7.3.
struct ActivityTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("al@b.example")
        try api.addForwarding("jo@a.example", to: "x@c.example")
        try api.addForwarding("jo@a.example", to: "al@b.example")
        try api.addForwarding("al@b.example", to: "jo@a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addForwarding("b.example", to: "jo@a.example", flag: .none)
        try api.addAlias("team@a.example", members: ["jo@a.example", "al@b.example"])
        try api.addAlias("off@a.example", members: ["jo@a.example"], active: false)
        try api.addList("list@a.example", members: ["jo@a.example"])
        admin = try api.globalAdmin()
    }

    private func inactive() throws -> [String] {
        try api.rows("SELECT address || ' ' || forwarding FROM forwardings WHERE active = 0 ORDER BY 1")
    }

    private func set(_ status: String, _ address: String = "jo@a.example") throws {
        try admin.done(.put, "/api/user/\(address)", "accountStatus=\(status)")
    }

    private static let ofJo = [
        "al@b.example jo@a.example", "b.example jo@a.example", "extra@a.example jo@a.example",
        "jo@a.example al@b.example",
        "jo@a.example jo@a.example", "jo@a.example x@c.example", "list@a.example jo@a.example",
        "off@a.example jo@a.example",
        "team@a.example jo@a.example",
    ]

    @Test(arguments: ["disabled", "disable", "no", "0", "DISABLED"])
    func aDisabledUserTakesEveryRowAlong(_ word: String) throws {
        try set(word)
        #expect(try inactive() == Self.ofJo)
        #expect(try api.rows("SELECT active FROM mailbox WHERE username = 'jo@a.example'") == ["0"])
    }

    @Test(arguments: ["active", "enable", "enabled", "yes", "1"])
    func anEnabledUserBringsBackAllButThoseOfADisabledAlias(_ word: String) throws {
        try set("disabled")
        try set(word)
        #expect(try inactive() == ["off@a.example jo@a.example"])
    }

    @Test func rowsOfAnotherDisabledUserStayOff() throws {
        try set("disabled")
        try set("disabled", "al@b.example")
        try set("active")
        #expect(
            try inactive() == [
                "al@b.example al@b.example", "al@b.example jo@a.example", "jo@a.example al@b.example",
                "off@a.example jo@a.example",
                "team@a.example al@b.example",
            ])
    }

    @Test func rowsOfADisabledListStayOff() throws {
        try api.run("UPDATE alias SET active = 0 WHERE address = 'list@a.example'")
        try api.run("UPDATE maillists SET active = 0 WHERE address = 'list@a.example'")
        try set("disabled")
        try set("active")
        #expect(try inactive() == ["list@a.example jo@a.example", "off@a.example jo@a.example"])
    }

    @Test(arguments: ["forwarding=y@c.example", "forwarding=", "addAlias=new@a.example"])
    func newRowsOfADisabledUserAreOff(_ form: String) throws {
        try set("disabled")
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(
            try api.rows(
                """
                SELECT COUNT(*) FROM forwardings
                 WHERE active = 1 AND (address = 'jo@a.example' OR forwarding = 'jo@a.example')
                """
            ) == ["0"])
    }

    @Test(arguments: [
        "accountStatus=disabled&forwarding=y@c.example&addAlias=new@a.example",
        "forwarding=y@c.example&aliases=new@a.example&accountStatus=0",
    ])
    func allInOneRequestAgrees(_ form: String) throws {
        try admin.done(.put, "/api/user/jo@a.example", form)
        #expect(
            try api.rows(
                """
                SELECT COUNT(*) FROM forwardings
                 WHERE active = 1 AND (address = 'jo@a.example' OR forwarding = 'jo@a.example')
                """
            ) == ["0"])
        try admin.done(.put, "/api/user/jo@a.example", "forwarding=&aliases=&accountStatus=active")
        #expect(try inactive() == ["off@a.example jo@a.example"])
    }

    @Test func aForwardToADisabledUserIsOffUntilHeIsBack() throws {
        try set("disabled", "al@b.example")
        try admin.done(.put, "/api/user/jo@a.example", "forwarding=al@b.example,jo@a.example")
        #expect(try inactive().contains("jo@a.example al@b.example"))
        try set("active", "al@b.example")
        #expect(try !inactive().contains("jo@a.example al@b.example"))
    }
}
