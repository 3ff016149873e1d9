import Gateway
import Storage
import Testing

/// Alias domains in `PUT /api/domain/<domain>`: `Contract.md` 5.4.
struct AliasDomainTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/domain/a.example"
    private let names: SQL = "SELECT alias_domain, target_domain, active FROM alias_domain ORDER BY 1"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("old.example", of: "a.example")
        try api.addAliasDomain("theirs.example", of: "b.example")
        try api.addMailbox("jo@a.example")
        try api.addForwarding("extra@old.example", to: "jo@a.example", flag: .isAlias, domain: "a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        admin = try api.globalAdmin()
    }

    @Test(arguments: [
        (
            "addAliasDomain=New.Example",
            ["new.example|a.example|1", "old.example|a.example|1", "theirs.example|b.example|1"]
        ),
        (
            "addAliasDomain=new.example,old.example,b.example,theirs.example,a.example,bogus",
            ["new.example|a.example|1", "old.example|a.example|1", "theirs.example|b.example|1"]
        ),
        ("addAliasDomain=", ["old.example|a.example|1", "theirs.example|b.example|1"]),
        ("removeAliasDomain=old.example,theirs.example,none.example", ["theirs.example|b.example|1"]),
        ("aliasDomains=new.example", ["new.example|a.example|1", "theirs.example|b.example|1"]),
        (
            "aliasDomains=new.example,old.example",
            ["new.example|a.example|1", "old.example|a.example|1", "theirs.example|b.example|1"]
        ),
        ("aliasDomains=", ["theirs.example|b.example|1"]),
    ])
    func areAddedAndRemoved(_ form: String, _ rows: [String]) throws {
        try admin.done(.put, target, form)
        #expect(try api.rows(names) == rows)
    }

    @Test(arguments: ["removeAliasDomain=old.example", "aliasDomains="])
    func takeTheirAddressesWithThem(_ form: String) throws {
        try admin.done(.put, target, form)
        #expect(try api.rows("SELECT address FROM forwardings WHERE is_alias = 1") == ["extra@a.example"])
    }

    @Test func keepTheirAddressesWhenTheyStay() throws {
        try admin.done(.put, target, "aliasDomains=old.example,new.example")
        #expect(
            try api.rows("SELECT address FROM forwardings WHERE is_alias = 1 ORDER BY 1") == [
                "extra@a.example", "extra@old.example",
            ])
    }

    @Test func waitForAProofWhenADomainAdminAddsThem() throws {
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.client("own@office.example").done(.put, target, "addAliasDomain=new.example")
        #expect(
            try api.rows(names) == ["new.example|a.example|0", "old.example|a.example|1", "theirs.example|b.example|1"])
    }

    @Test func strictHandlingRefusesANameInUse() throws {
        var strict = admin
        strict.isStrict = true
        #expect(try strict.refusal(.put, target, "addAliasDomain=new.example,theirs.example") == "ALREADY_EXISTS")
    }
}
