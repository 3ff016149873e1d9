import Gateway
import Settings
import Storage
import Testing

/// `POST /api/domain/<domain>`: `Contract.md` 5.3.
struct CreateDomainTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        admin = try api.globalAdmin()
    }

    @Test func storesTheQuotaInMegabytes() throws {
        try admin.done(.post, "/api/domain/example.com", "name=Example+Ltd&quota=2048")
        #expect(
            try api.rows("SELECT domain, description, maxquota, active FROM domain") == [
                "example.com|Example Ltd|2048|1"
            ])
    }

    @Test func writesEveryColumnItsDefault() throws {
        try admin.done(.post, "/api/domain/A.Example", "name=A")
        #expect(
            try api.rows("SELECT * FROM domain") == [
                "a.example|A||0|0|0|0|0|dovecot||0|2026-01-31 23:59:59|1970-01-01 01:01:01|9999-12-31 00:00:00|1"
            ])
        #expect(try api.rows("SELECT COUNT(*) FROM domain_admins") == ["1"])
        #expect(try api.rows("SELECT COUNT(*) FROM domain_ownership") == ["0"])
    }

    @Test func writesEveryParameterToItsColumn() throws {
        try admin.done(
            .post, "/api/domain/a.example",
            "name=A&quota=1000&language=de_DE&transport=lmtp:unix:private/dovecot-lmtp&defaultQuota=10&maxUserQuota=20"
                + "&numberOfUsers=3&numberOfAliases=4&numberOfLists=-1&senderBcc=Out@b.example&recipientBcc=in@b.example"
        )
        #expect(
            try api.rows("SELECT description, maxquota, transport, mailboxes, aliases, maillists, settings FROM domain")
                == [
                    "A|1000|lmtp:unix:private/dovecot-lmtp|3|4|-1|default_language:de_DE;default_user_quota:10;max_user_quota:20;"
                ])
        #expect(
            try api.rows("SELECT domain, bcc_address, created, active FROM sender_bcc_domain")
                == ["a.example|out@b.example|2026-01-31 23:59:59|1"])
        #expect(
            try api.rows("SELECT domain, bcc_address, created, active FROM recipient_bcc_domain")
                == ["a.example|in@b.example|2026-01-31 23:59:59|1"])
    }

    @Test(arguments: [
        "quota=", "quota=0", "language=", "language=xx_XX", "transport=", "defaultQuota=0", "maxUserQuota=",
        "numberOfUsers=",
        "numberOfAliases=0", "numberOfLists=", "senderBcc=", "recipientBcc=%20",
    ])
    func anEmptyValueCountsAsNotSent(_ form: String) throws {
        try admin.done(.post, "/api/domain/a.example", "name=A&\(form)")
        #expect(
            try api.rows("SELECT maxquota, transport, mailboxes, aliases, maillists, settings, backupmx FROM domain")
                == ["0|dovecot|0|0|0||0"])
        #expect(try api.rows("SELECT COUNT(*) FROM sender_bcc_domain") == ["0"])
    }

    @Test(arguments: [
        (nil, "MISSING_PARAMETER"), ("name=", "MISSING_PARAMETER"), ("name=%20%09", "MISSING_PARAMETER"),
        ("cn=", "MISSING_PARAMETER"),
        ("name=&cn=A", "MISSING_PARAMETER"), ("name=a%0Ab", "INVALID_PARAMETER"),
        ("name=A&quota=-1", "INVALID_PARAMETER"), ("name=A&quota=1.5", "INVALID_PARAMETER"),
        ("name=A&quota=%2B1", "INVALID_PARAMETER"),
        ("name=A&quota=1e3", "INVALID_PARAMETER"), ("name=A&quota=0x10", "INVALID_PARAMETER"),
        ("name=A&quota=1%200", "INVALID_PARAMETER"),
        ("name=A&quota=%D9%A1", "INVALID_PARAMETER"), ("name=A&quota=9223372036854775808", "INVALID_PARAMETER"),
        ("name=A&quota=100000000000000000000", "INVALID_PARAMETER"), ("name=A&quota=--1", "INVALID_PARAMETER"),
        ("name=A&defaultQuota=x", "INVALID_PARAMETER"), ("name=A&maxUserQuota=-1", "INVALID_PARAMETER"),
        ("name=A&numberOfUsers=-2", "INVALID_PARAMETER"), ("name=A&numberOfAliases=x", "INVALID_PARAMETER"),
        ("name=A&numberOfLists=-01", "INVALID_PARAMETER"),
        ("name=A&numberOfUsers=9223372036854775808", "INVALID_PARAMETER"),
        ("name=A&senderBcc=x", "INVALID_MAIL"), ("name=A&recipientBcc=a@b.example,c@b.example", "INVALID_MAIL"),
        ("name=A&senderBcc=a@b@c.example", "INVALID_MAIL"), ("name=A&recipientBcc=a%20b@c.example", "INVALID_MAIL"),
        ("name=A&transport=a%20b", "INVALID_PARAMETER"), ("name=A&transport=a%0Ab", "INVALID_PARAMETER"),
        ("name=A&transport=smtp:[b.example", "INVALID_PARAMETER"), ("name=A&transport=%C3%BC", "INVALID_PARAMETER"),
        ("name=A&transport=:b.example", "INVALID_PARAMETER"),
        ("name=A&transport=smtp:b.example;x", "INVALID_PARAMETER"),
    ])
    func refuses(_ form: String?, _ word: String) throws {
        #expect(try admin.refusal(.post, "/api/domain/a.example", form) == word)
    }

    @Test func aTransportHasAtMost255Characters() throws {
        let long = "smtp:" + String(repeating: "a", count: 250)
        try admin.done(.post, "/api/domain/a.example", "name=A&transport=\(long)")
        #expect(try admin.refusal(.post, "/api/domain/b.example", "name=B&transport=\(long)a") == "INVALID_PARAMETER")
    }

    @Test func theNameMayBeLongAndInAnyLanguage() throws {
        let name = String(repeating: "日本語", count: 200)
        try admin.done(.post, "/api/domain/a.example", "name=\(name)")
        #expect(try api.rows("SELECT description FROM domain") == [name])
    }

    @Test func theOlderNameOfTheNameSatisfiesIt() throws {
        try admin.done(.post, "/api/domain/a.example", "cn=A&preferredLanguage=fr_FR")
        #expect(try api.rows("SELECT description, settings FROM domain") == ["A|default_language:fr_FR;"])
    }

    @Test(arguments: [
        "pipe:x", "local:", "smtp", "smtp:", "smtp:[192.0.2.1]:25", "relay:[mail.example]", "x-y_z:host:smtp",
        "dovecot",
        "lmtp:inet:192.0.2.1:24", "smtp:[IPv6:2001:db8::1]:25", "error:", "discard:",
    ])
    func aGlobalAdminMayUseAnyTransport(_ transport: String) throws {
        try admin.done(.post, "/api/domain/a.example", "name=A&transport=\(transport)")
        #expect(try api.rows("SELECT transport FROM domain") == [transport])
    }

    @Test func theDefaultTransportIsASetting() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.defaultTransport, "lmtp:unix:x"))
        try admin.done(.post, "/api/domain/a.example", "name=A")
        #expect(try api.rows("SELECT transport FROM domain") == ["lmtp:unix:x"])
    }

    @Test(arguments: ["a.example", "A.EXAMPLE", "alias.example"])
    func aNameIsTakenByPrimaryAndAliasDomains(_ name: String) throws {
        try api.addDomain("a.example")
        try api.addAliasDomain("alias.example", of: "a.example")
        #expect(try admin.refusal(.post, "/api/domain/\(name)", "name=A") == "ALREADY_EXISTS")
    }

    @Test func aNameUnderWhichAStandaloneAdminExistsIsFree() throws {
        try admin.done(.post, "/api/domain/admin.example", "name=A")
    }

    @Test(arguments: [
        "_dmarc.example", "-a.example", "1.example", "xn--bcher-kva.example", "a.b.c.example", "a_b.example",
        "a.xn--p1ai",
    ])
    func takesEveryWellFormedName(_ name: String) throws {
        try admin.done(.post, "/api/domain/\(name)", "name=A")
        #expect(try api.rows("SELECT domain FROM domain") == [name])
    }

    @Test func isLogged() throws {
        try admin.done(.post, "/api/domain/a.example", "name=A")
        let line = try #require(try api.log().last)
        #expect(line.hasPrefix("create|postmaster@admin.example|127.0.0.1|a.example||[API] "))
        #expect(try api.log().count == 2)
    }
}
