import Gateway
import Mail
import MailStore
import Settings
import Storage
import Testing

/// Who may begin a session: `Contract.md` 3.1 and 3.3, `Security.md` A3, A11, A12, A14, A16, A20.
struct LoginTests {
    private static func form(_ username: String, _ password: String = TestAPI.password) -> String {
        "username=\(username)&password=\(password)"
    }

    @Test func aStandaloneAdminLogsIn() throws {
        let api = try TestAPI()
        try api.addAdmin("dan@office.example")
        let answer = try api.nobody.send(.post, "/api/login", Self.form("dan@office.example"))
        #expect(answer.body == Answer.done)
        #expect(answer.status == .ok)
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func aMailUserWithRightsLogsIn(_ isAdmin: Bool, _ isGlobal: Bool) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: isAdmin, isGlobalAdmin: isGlobal)
        #expect(try api.nobody.send(.post, "/api/login", Self.form("jo@a.example")).isSuccess)
    }

    @Test(arguments: ["Postmaster@ADMIN.example", "%20postmaster@admin.example%20", "postmaster%40admin.example"])
    func theNameIsReadInLowerCase(_ username: String) throws {
        #expect(try TestAPI().nobody.send(.post, "/api/login", Self.form(username)).isSuccess)
    }

    @Test(arguments: [
        (nil, "INVALID_USERNAME"), ("", "INVALID_USERNAME"), ("password=Secret-1234", "INVALID_USERNAME"),
        ("username=&password=Secret-1234", "INVALID_USERNAME"),
        ("username=postmaster&password=Secret-1234", "INVALID_USERNAME"),
        ("username=a@b@c.example&password=Secret-1234", "INVALID_USERNAME"),
        ("username=postmaster@admin.example", "EMPTY_PASSWORD"),
        ("username=postmaster@admin.example&password=", "EMPTY_PASSWORD"),
        ("username=postmaster@admin.example&password=%20%09", "EMPTY_PASSWORD"),
        ("username=postmaster@admin.example&password=secret-1234", "INVALID_CREDENTIALS"),
        ("username=postmaster@admin.example&password=Secret-12345", "INVALID_CREDENTIALS"),
        ("username=postmaster@admin.example&password=Secret-1234%00", "INVALID_PARAMETER"),
        ("username=postmaster@admin.example&password={PLAIN}Secret-1234", "INVALID_CREDENTIALS"),
    ])
    func eachMistakeHasItsWord(_ form: String?, _ word: String) throws {
        let api = try TestAPI()
        let answer = try api.refusal { try api.nobody.send(.post, "/api/login", form) }
        #expect(answer.word == word)
        #expect(answer.headers["Set-Cookie"] == nil)
        #expect(try api.rows("SELECT COUNT(*) FROM sessions", in: .api) == ["0"])
    }

    @Test(arguments: ["?username=postmaster@admin.example&password=Secret-1234", "?password=Secret-1234"])
    func credentialsInTheQueryAreRefused(_ query: String) throws {
        let api = try TestAPI()
        #expect(
            try api.nobody.send(.post, "/api/login" + query, "username=\(TestAPI.admin)").word == "INVALID_PARAMETER")
    }

    /// Five accounts that must not be told apart.
    private func answers(isStrict: Bool) throws -> [Answer] {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addAdmin("off@office.example")
        try api.run("UPDATE admin SET active = 0 WHERE username = 'off@office.example'")
        try api.addAdmin("none@office.example")
        try api.run("UPDATE admin SET password = '' WHERE username = 'none@office.example'")
        try api.addAdmin("star@office.example")
        try api.run("UPDATE admin SET password = '*0' WHERE username = 'star@office.example'")
        try api.addMailbox("user@a.example")
        try api.addMailbox("off@a.example", active: false, isAdmin: true, isGlobalAdmin: true)
        var client = api.nobody
        client.isStrict = isStrict
        let password = TestAPI.password
        return try [
            (TestAPI.admin, "Wrong-1234"), ("off@office.example", password), ("none@office.example", password),
            ("star@office.example", "*0"), ("nobody@office.example", password), ("user@a.example", password),
            ("off@a.example", password),
            ("nobody@a.example", password), ("a@nowhere.example", password),
        ].map { try client.send(.post, "/api/login", Self.form($0.0, $0.1)) }
    }

    @Test(arguments: [false, true])
    func unknownWrongDisabledAndPowerlessGetTheSameBytes(_ isStrict: Bool) throws {
        let answers = try answers(isStrict: isStrict)
        for answer in answers {
            #expect(answer.body.hasPrefix(#"{"_success": false, "_msg": "INVALID_CREDENTIALS""#))
            #expect(answer.body == answers[0].body)
            #expect(answer.status == answers[0].status)
            #expect(answer.headers == answers[0].headers)
        }
    }

    @Test func aStoredHashIsNotThePassword() throws {
        let api = try TestAPI()
        let hash = try #require(try api.rows("SELECT password FROM admin").first)
        let escaped = hash.replacing("+", with: "%2B").replacing("=", with: "%3D")
        #expect(
            try api.nobody.send(.post, "/api/login", Self.form(TestAPI.admin, escaped)).word == "INVALID_CREDENTIALS")
    }

    @Test func anActiveStandaloneAdminHidesAMailboxOfTheSameName() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: true, isGlobalAdmin: true)
        try api.addAdmin("jo@a.example")
        try api.run("DELETE FROM domain_admins WHERE username = 'jo@a.example'")
        #expect(try api.client("jo@a.example").send(.get, "/api/domain/a.example").word == "PERMISSION_DENIED")
    }

    @Test func aDisabledStandaloneAdminHidesNothing() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: true, isGlobalAdmin: true)
        try api.addAdmin("jo@a.example")
        try api.run("UPDATE admin SET active = 0 WHERE username = 'jo@a.example'")
        #expect(try api.client("jo@a.example").send(.get, "/api/domain/a.example").isSuccess)
    }

    @Test func anAdminWithoutDomainsLogsInAndManagesNothing() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addAdmin("dan@office.example")
        #expect(try api.client("dan@office.example").send(.get, "/api/domains").data as? [String] == [])
    }

    @Test func anAdminOfADisabledDomainLogsInAndManagesIt() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.run("UPDATE domain SET active = 0")
        try api.addMailbox("jo@a.example", isAdmin: true)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        #expect(try api.client("jo@a.example").send(.get, "/api/domain/a.example").number("active") == 0)
    }

    @Test func aLoginIsLogged() throws {
        let api = try TestAPI()
        var client = api.nobody
        client.address = "192.0.2.7"
        _ = try client.send(.post, "/api/login", Self.form(TestAPI.admin))
        let line = try #require(try api.log().first)
        #expect(
            line.hasPrefix("login|postmaster@admin.example|192.0.2.7||postmaster@admin.example|[API] "))
        #expect(try api.rows("SELECT timestamp, loglevel FROM log") == ["2026-01-31 23:59:59|info"])
    }

    @Test(arguments: [
        ("192.0.2.1", true), ("192.0.2.200", true), ("::ffff:192.0.2.1", true), ("198.51.100.1", false),
        ("2001:db8::1", false),
    ])
    func adminsLogInFromListedAddressesOnly(_ address: String, _ isAllowed: Bool) throws {
        let api = try TestAPI(Settings().with(Settings.adminLoginClients, [try IPNetwork("192.0.2.0/24")]))
        try api.addAdmin("dan@office.example")
        var client = api.nobody
        client.address = address
        let answer = try client.send(.post, "/api/login", Self.form("dan@office.example"))
        #expect(answer.word == (isAllowed ? nil : "NOT_ALLOWED_IP"))
    }

    @Test func theListOfGlobalAdminsBindsOnlyThem() throws {
        let api = try TestAPI(Settings().with(Settings.globalAdminClients, [try IPNetwork("192.0.2.1")]))
        try api.addAdmin("dan@office.example")
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isGlobalAdmin: true)
        #expect(try api.nobody.send(.post, "/api/login", Self.form("dan@office.example")).isSuccess)
        #expect(try api.nobody.send(.post, "/api/login", Self.form(TestAPI.admin)).word == "NOT_ALLOWED_IP")
        #expect(try api.nobody.send(.post, "/api/login", Self.form("jo@a.example")).word == "NOT_ALLOWED_IP")
        var client = api.nobody
        client.address = "192.0.2.1"
        #expect(try client.send(.post, "/api/login", Self.form(TestAPI.admin)).isSuccess)
    }
}
