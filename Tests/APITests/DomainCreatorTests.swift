import Gateway
import Settings
import Storage
import Testing

/// What a normal admin may create: `Contract.md` 4 and 5.3, `Security.md` B7, B8, B12.
struct DomainCreatorTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.addDomain("own.example")
        try api.run("UPDATE domain SET maxquota = 100, mailboxes = 5, aliases = -1, maillists = 2")
        try api.addDomain("foreign.example")
        try api.run("UPDATE domain SET maxquota = 5000, mailboxes = 5000 WHERE domain = 'foreign.example'")
    }

    private func dan(_ limits: String = "") throws -> TestAPI.Client {
        try api.addAdmin("dan@office.example", of: ["own.example"], settings: "create_new_domains:yes;" + limits)
        return try api.client("dan@office.example")
    }

    private func columns() throws -> String? {
        try api.rows("SELECT maxquota, mailboxes, aliases, maillists FROM domain WHERE domain = 'new.example'").first
    }

    @Test(arguments: ["", "create_new_domains:no;", "create_max_domains:5;", "create_new_domains:;"])
    func whoMayNotCreateDomainsIsRefused(_ settings: String) throws {
        try api.addAdmin("dan@office.example", of: ["own.example"], settings: settings)
        #expect(
            try api.client("dan@office.example").refusal(.post, "/api/domain/new.example", "name=New")
                == "PERMISSION_DENIED")
    }

    @Test func aMailUserMayCreateDomainsToo() throws {
        try api.addMailbox("jo@own.example", isAdmin: true, settings: "create_new_domains:yes;")
        try api.client("jo@own.example").done(.post, "/api/domain/new.example", "name=New")
        #expect(
            try api.rows("SELECT username, domain, active FROM domain_admins WHERE domain = 'new.example'") == [
                "jo@own.example|new.example|1"
            ])
    }

    @Test func managesTheNewDomainAndMustProveItIsHis() throws {
        try dan().done(.post, "/api/domain/new.example", "name=New")
        #expect(try api.rows("SELECT active FROM domain WHERE domain = 'new.example'") == ["0"])
        #expect(
            try api.rows("SELECT username, active, created FROM domain_admins WHERE domain = 'new.example'")
                == ["dan@office.example|1|2026-01-31 23:59:59"])
        let row = try #require(
            try api.rows("SELECT admin, domain, alias_domain, verified, expire, verify_code FROM domain_ownership")
                .first)
        // 30 days after 2026-01-31 23:59:59 UTC.
        let beginning = "dan@office.example|new.example||0|1772495999|iredmail-domain-verification-"
        #expect(row.hasPrefix(beginning))
        #expect(row.count == beginning.count + 20)
        #expect(row.dropFirst(beginning.count).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    @Test func everyCodeIsAnother() throws {
        let dan = try dan()
        for index in 1...20 { try dan.done(.post, "/api/domain/n\(index).example", "name=N") }
        #expect(try api.rows("SELECT COUNT(DISTINCT verify_code) FROM domain_ownership") == ["20"])
    }

    @Test func anOwnerWhoHasProvedItNeedNotDoSoAgain() throws {
        let dan = try dan()
        try api.run(
            """
            INSERT INTO domain_ownership (admin, domain, verified, verify_code)
            VALUES ('dan@office.example', 'new.example', 1, 'c')
            """
        )
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try api.rows("SELECT active FROM domain WHERE domain = 'new.example'") == ["1"])
        #expect(try api.rows("SELECT verified, verify_code FROM domain_ownership") == ["1|c"])
    }

    @Test(arguments: [
        ("'x@office.example'", "'new.example'", 1), ("'dan@office.example'", "'n.example'", 1),
        ("'dan@office.example'", "'new.example'", 0),
    ])
    func anotherProofDoesNotCount(_ admin: String, _ domain: String, _ verified: Int) throws {
        let dan = try dan()
        try api.run(
            SQL(
                trusted:
                    "INSERT INTO domain_ownership (admin, domain, verified) VALUES (\(admin), \(domain), \(verified))"))
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try api.rows("SELECT active FROM domain WHERE domain = 'new.example'") == ["0"])
    }

    @Test func theProofIsASetting() throws {
        let dan = try dan()
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.requiresDomainOwnership, false))
        try dan.done(.post, "/api/domain/new.example", "name=New")
        #expect(try api.rows("SELECT active FROM domain WHERE domain = 'new.example'") == ["1"])
        #expect(try api.rows("SELECT COUNT(*) FROM domain_ownership") == ["0"])
    }

    @Test(arguments: ["foreign.example", "own.example", "alias.example"])
    func aTakenNameIsRefused(_ name: String) throws {
        try api.addAliasDomain("alias.example", of: "foreign.example")
        #expect(try dan().refusal(.post, "/api/domain/\(name)", "name=X") == "ALREADY_EXISTS")
    }

    /// One domain is managed already; what is allotted to it: 100 MB, 5 users, no aliases (counts 0), 2 lists.
    @Test(arguments: [
        ("create_max_domains:1;", "", "EXCEED_LIMIT_DOMAIN"), ("create_max_domains:-1;", "", "EXCEED_LIMIT_DOMAIN"),
        ("create_max_quota:100;create_quota_unit:MB;", "", "EXCEED_LIMIT_QUOTA"),
        ("create_max_quota:150;create_quota_unit:MB;", "quota=51", "EXCEED_LIMIT_QUOTA"),
        ("create_max_quota:1;create_quota_unit:GB;", "quota=925", "EXCEED_LIMIT_QUOTA"),
        ("create_max_quota:1;create_quota_unit:TB;", "quota=1048477", "EXCEED_LIMIT_QUOTA"),
        ("create_max_quota:-1;create_quota_unit:MB;", "quota=1", "EXCEED_LIMIT_QUOTA"),
        ("create_max_users:5;", "", "EXCEED_LIMIT_USERS"),
        ("create_max_users:8;", "numberOfUsers=4", "EXCEED_LIMIT_USERS"),
        ("create_max_users:-1;", "numberOfUsers=1", "EXCEED_LIMIT_USERS"),
        ("create_max_aliases:3;", "numberOfAliases=4", "EXCEED_LIMIT_ALIASES"),
        ("create_max_lists:2;", "", "EXCEED_LIMIT_LISTS"),
        ("create_max_lists:4;", "numberOfLists=3", "EXCEED_LIMIT_LISTS"),
        ("create_max_users:9223372036854775807;", "numberOfUsers=9223372036854775807", "EXCEED_LIMIT_USERS"),
    ])
    func beyondTheAllowanceIsRefused(_ limits: String, _ form: String, _ word: String) throws {
        #expect(try dan(limits).refusal(.post, "/api/domain/new.example", "name=New&\(form)") == word)
    }

    @Test(arguments: [
        ("create_max_domains:2;", "", "0|0|0|0"), ("create_max_domains:0;", "", "0|0|0|0"),
        ("create_max_quota:150;create_quota_unit:MB;", "quota=50", "50|0|0|0"),
        ("create_max_quota:150;create_quota_unit:MB;", "", "50|0|0|0"),
        ("create_max_quota:1;create_quota_unit:GB;", "quota=0", "924|0|0|0"),
        ("create_max_quota:1;create_quota_unit:TB;", "", "1048476|0|0|0"),
        ("create_max_users:8;", "", "0|3|0|0"), ("create_max_users:8;", "numberOfUsers=3", "0|3|0|0"),
        ("create_max_users:8;", "numberOfUsers=-1", "0|-1|0|0"), ("create_max_aliases:3;", "", "0|0|3|0"),
        ("create_max_lists:4;", "numberOfLists=0", "0|0|0|2"),
        ("", "quota=7&numberOfUsers=8&numberOfAliases=9&numberOfLists=10", "7|8|9|10"),
    ])
    func withinTheAllowanceTheRestIsGiven(_ limits: String, _ form: String, _ expected: String) throws {
        try dan(limits).done(.post, "/api/domain/new.example", "name=New&\(form)")
        #expect(try columns() == expected)
    }

    @Test func aGlobalAdminHasNoAllowance() throws {
        try api.addMailbox(
            "jo@own.example", isGlobalAdmin: true,
            settings: "create_max_domains:-1;create_max_users:1;create_max_quota:1;")
        try api.client("jo@own.example").done(.post, "/api/domain/new.example", "name=New")
        #expect(try columns() == "0|0|0|0")
        #expect(try api.rows("SELECT active FROM domain WHERE domain = 'new.example'") == ["1"])
    }

    @Test func hugeNumbersNeitherTrapNorFail() throws {
        try api.run("UPDATE domain SET mailboxes = 9223372036854775807, aliases = 9223372036854775807")
        try api.run("INSERT INTO domain (domain, mailboxes) VALUES ('own2.example', 9223372036854775807)")
        let dan = try dan("create_max_quota:9223372036854775807;create_quota_unit:TB;")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('dan@office.example', 'own2.example')")
        try dan.done(.post, "/api/domain/new.example", "name=New&quota=1")
    }

    @Test(arguments: [
        ("dovecot", true), ("lmtp:unix:private/x", true), ("smtp:[192.0.2.1]:25", true), ("smtps:host.example", true),
        ("relay:[mail.example]", true), ("virtual", true), ("error:x", true), ("discard:", true), ("pipe:x", false),
        ("local", false),
        ("local:", false), ("maildrop", false), ("smtp-amavis:[127.0.0.1]:10024", false), ("SMTP:host.example", false),
    ])
    func aTransportNeedsAnAllowedService(_ transport: String, _ isAllowed: Bool) throws {
        let dan = try dan()
        if isAllowed {
            try dan.done(.post, "/api/domain/new.example", "name=New&transport=\(transport)")
        } else {
            #expect(
                try dan.refusal(.post, "/api/domain/new.example", "name=New&transport=\(transport)")
                    == "PERMISSION_DENIED")
        }
    }

    @Test func manyAtOnceStayWithinTheAllowance() throws {
        let dan = try dan("create_max_domains:3;")
        let requests = (1...8).map { index in
            var request = Request(.post, "/api/domain/n\(index).example?name=N")
            request.cookie = dan.cookie
            return request
        }
        let answers = try api.sendAtOnce(requests)
        #expect(answers.count(where: \.isSuccess) == 2)
        #expect(answers.compactMap(\.word) == Array(repeating: "EXCEED_LIMIT_DOMAIN", count: 6))
    }
}
