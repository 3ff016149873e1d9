import Gateway
import Mail
import Settings
import Testing

/// Who may speak to the API at all: `Security.md` E, `Contract.md` 2.3.
struct GateTests {
    private static func restricted(_ ranges: String...) throws -> Settings {
        Settings().with(Settings.restrictsClients, true)
            .with(Settings.clients, try ranges.map { try IPNetwork($0) })
    }

    private static let login = "username=\(TestAPI.admin)&password=\(TestAPI.password)"

    private func word(_ settings: Settings, from address: String, _ target: String = "/api/login") throws -> String? {
        let api = try TestAPI(settings)
        var client = api.nobody
        client.address = address
        return try client.send(.post, target, Self.login).word
    }

    @Test(arguments: ["/api/login", "/api/domains", "/api/nothing", "/"])
    func everyPathIsUnknownWhileTheAPIIsSwitchedOff(_ target: String) throws {
        let api = try TestAPI(enabled: false)
        let answer = try api.nobody.send(.post, target, Self.login)
        #expect(answer.status == .notFound)
        #expect(answer.word == "NOT_FOUND")
    }

    @Test func theSwitchIsAskedBeforeTheAddress() throws {
        let api = try TestAPI(Self.restricted(), enabled: false)
        #expect(try api.nobody.send(.get, "/api/domains").word == "NOT_FOUND")
    }

    @Test(arguments: ["/api/login", "/api/domains", "/api/nothing", "/api/login?x", "//"])
    func theAddressIsAskedBeforeTheRoute(_ target: String) throws {
        #expect(try word(Self.restricted("192.0.2.1"), from: "192.0.2.2", target) == "NOT_AUTHORIZED")
    }

    @Test func theAddressIsAskedBeforeTheMethod() throws {
        let api = try TestAPI(Self.restricted("192.0.2.1"))
        #expect(try api.nobody.send(.other("PATCH"), "/api/login").word == "NOT_AUTHORIZED")
    }

    @Test func theAddressIsAskedBeforeAMalformedRequestIsJudged() throws {
        let api = try TestAPI(Self.restricted("192.0.2.1"))
        var request = Request(.post, "/api/login", from: "192.0.2.2")
        request.fault = .malformed
        #expect(try api.send(request).word == "NOT_AUTHORIZED")
    }

    @Test func everybodyIsLetInWithoutAList() throws {
        #expect(try word(Settings(), from: "203.0.113.9") == nil)
    }

    @Test func aListRestrictsAlsoWithoutTheFlag() throws {
        let settings = Settings().with(Settings.clients, [try IPNetwork("192.0.2.1")])
        #expect(try word(settings, from: "192.0.2.2") == "NOT_AUTHORIZED")
        #expect(try word(settings, from: "192.0.2.1") == nil)
    }

    @Test(arguments: ["127.0.0.1", "192.0.2.1", "2001:db8::1"])
    func theFlagWithAnEmptyListRefusesEverybody(_ address: String) throws {
        #expect(try word(Self.restricted(), from: address) == "NOT_AUTHORIZED")
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.0/24", "192.0.2.255"), ("0.0.0.0/0", "203.0.113.9"),
        ("2001:db8::1", "2001:DB8:0:0:0:0:0:1"), ("2001:db8::/32", "2001:db8:ffff::1"),
        ("192.0.2.1", "::ffff:192.0.2.1"), ("192.0.2.1", "0:0:0:0:0:ffff:192.0.2.1"), ("192.0.2.1", "::FFFF:c000:201"),
        ("192.0.2.0/24", "::ffff:192.0.2.7"),
    ])
    func aListedAddressIsLetIn(_ range: String, _ address: String) throws {
        #expect(try word(Self.restricted(range), from: address) == nil)
    }

    @Test(arguments: [
        ("192.0.2.0/25", "192.0.2.128"), ("192.0.2.1", "192.0.2.2"), ("2001:db8::/33", "2001:db8:8000::1"),
        ("192.0.2.1", "::192.0.2.1"), ("0.0.0.0/0", "2001:db8::1"),
    ])
    func anAddressOutsideIsRefused(_ range: String, _ address: String) throws {
        #expect(try word(Self.restricted(range), from: address) == "NOT_AUTHORIZED")
    }

    @Test(arguments: [
        "", "unix:", "localhost", "192.0.2.1:80", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1%eth0", "192.0.2.01",
        "192.0.2", "192.0.2.1, 192.0.2.1", "[2001:db8::1]", "2001:db8::1%eth0",
    ])
    func whatIsNoAddressIsRefusedWhileRestricted(_ address: String) throws {
        #expect(try word(Self.restricted("0.0.0.0/0", "::/0"), from: address) == "NOT_AUTHORIZED")
    }

    @Test func aRefusedAddressGetsStatusOKInTheDefaultHandlingAnd403InTheStrict() throws {
        let api = try TestAPI(Self.restricted("192.0.2.1"))
        var client = api.nobody
        #expect(try client.send(.get, "/api/domains").status == .ok)
        client.isStrict = true
        #expect(try client.send(.get, "/api/domains").status == .forbidden)
    }

    @Test func aNewListCountsForTheNextRequest() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        let settings = try Self.restricted("192.0.2.1").with(Settings.apiEnabled, true)
        try api.reconfigure(settings)
        #expect(try admin.send(.get, "/api/domains").word == "NOT_AUTHORIZED")
        try api.reconfigure(Settings().with(Settings.apiEnabled, true))
        #expect(try admin.send(.get, "/api/domains").isSuccess)
    }

    @Test(arguments: [nil, "", "Secret", "secret ", "secre", "secrets"])
    func aRequestWithoutTheGateSecretIsRefused(_ shown: String?) throws {
        let api = try TestAPI(gateSecret: "secret")
        var request = Request(.get, "/api/domains")
        request.gate = shown
        #expect(try api.send(request).word == "NOT_AUTHORIZED")
    }

    @Test func aRequestWithTheGateSecretIsServed() throws {
        let api = try TestAPI(gateSecret: "secret")
        var request = Request(.get, "/api/domains")
        request.gate = "secret"
        #expect(try api.send(request).word == "LOGIN_REQUIRED")
    }
}
