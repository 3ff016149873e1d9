import Gateway
import Storage
import Testing

/// `PUT /api/users/<domain>`: `Contract.md` 7.6.
struct UpdateAllMailboxesTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let target = "/api/users/a.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example", "empty.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "al@a.example", "x@b.example"] { try api.addMailbox(address) }
        try api.addMailbox("root@a.example", isAdmin: true, isGlobalAdmin: true)
        try api.addAdmin("own@office.example", of: ["a.example"])
        admin = try api.globalAdmin()
    }

    private func column(_ name: String) throws -> [String] {
        try api.rows(SQL(trusted: "SELECT username, \(name) FROM mailbox ORDER BY username"))
    }

    @Test(arguments: [
        ("language=de_DE", "language", "de_DE", ""), ("preferredLanguage=fr_FR", "language", "fr_FR", ""),
        ("language=xx", "language", "", ""),
        ("transport=dovecot", "transport", "dovecot", ""), ("transport=", "transport", "", ""),
        ("accountStatus=disabled", "active", "0", "1"),
    ])
    func everyUserOfTheDomainIsChanged(_ form: String, _ name: String, _ value: String, _ other: String) throws {
        try admin.done(.put, target, form)
        #expect(
            try column(name) == [
                "al@a.example|\(value)", "jo@a.example|\(value)", "root@a.example|\(value)", "x@b.example|\(other)",
            ])
    }

    @Test func aDomainAdminSparesGlobalAdmins() throws {
        try api.client("own@office.example").done(
            .put, target, "language=de_DE&accountStatus=disabled&password=Other-5678")
        #expect(
            try column("language") == ["al@a.example|de_DE", "jo@a.example|de_DE", "root@a.example|", "x@b.example|"])
        #expect(try column("active") == ["al@a.example|0", "jo@a.example|0", "root@a.example|1", "x@b.example|1"])
        _ = try api.client("root@a.example")
    }

    @Test func allGetTheSameHash() throws {
        let old = try column("password").last
        try admin.done(.put, target, "password=Other-5678")
        #expect(try api.rows("SELECT COUNT(DISTINCT password) FROM mailbox WHERE domain = 'a.example'") == ["1"])
        #expect(try column("password").last == old)
        #expect(try column("passwordlastchange").first == "al@a.example|2026-01-31 23:59:59")
        try admin.done(.post, "/api/verify_password/user/jo@a.example", "password=Other-5678")
    }

    @Test func forwardingsFollowTheStatus() throws {
        try api.addForwarding("x@b.example", to: "jo@a.example")
        try api.addAlias("team@b.example", members: ["jo@a.example"])
        try api.addAlias("off@b.example", members: ["jo@a.example"], active: false)
        let rows: SQL = "SELECT address, active FROM forwardings WHERE forwarding = 'jo@a.example' ORDER BY 1"
        try admin.done(.put, target, "accountStatus=disabled")
        #expect(try api.rows(rows) == ["jo@a.example|0", "off@b.example|0", "team@b.example|0", "x@b.example|0"])
        #expect(try api.rows("SELECT active FROM forwardings WHERE forwarding = 'x@b.example'") == ["1"])
        try admin.done(.put, target, "accountStatus=active")
        #expect(try api.rows(rows) == ["jo@a.example|1", "off@b.example|0", "team@b.example|1", "x@b.example|1"])
    }

    @Test(arguments: [
        ("password=", "PW_EMPTY"),
        ("password=abc", "PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"),
        ("accountStatus=", "INVALID_PARAMETER"), ("transport=a+b", "INVALID_PARAMETER"),
    ])
    func refusesTheWholeRequest(_ form: String, _ word: String) throws {
        #expect(try admin.refusal(.put, target, "language=de_DE&\(form)") == word)
    }

    @Test func theDomainsOwnPasswordLengthCounts() throws {
        try api.run("UPDATE domain SET settings = 'min_passwd_length:20;' WHERE domain = 'a.example'")
        #expect(try admin.refusal(.put, target, "password=Secret-1234") == "PW_SHORTER_THAN_MIN_LENGTH")
    }

    @Test func aClosedRelayProfileClosesTheTransport() throws {
        try api.run("UPDATE domain SET settings = 'disabled_user_profiles:relay;'")
        let own = try api.client("own@office.example")
        #expect(try own.refusal(.put, target, "transport=dovecot") == "PERMISSION_DENIED")
        try own.done(.put, target, "language=de_DE")
        try admin.done(.put, target, "transport=dovecot")
    }

    @Test(arguments: ["language=de_DE", "password=Other-5678", ""])
    func aDomainWithoutUsersIsASuccess(_ form: String) throws {
        let before = try api.contents()
        try admin.done(.put, "/api/users/empty.example", form)
        #expect(try api.contents() == before)
    }
}
