import Gateway
import Storage
import Testing

/// `/api/admin/<mail>`: `Contract.md` 6.2.
struct AdminTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let target = "/api/admin/dan@office.example"

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        root = try api.globalAdmin()
    }

    private func row(_ columns: String) throws -> [String] {
        try api.rows(SQL(trusted: "SELECT \(columns) FROM admin WHERE username = 'dan@office.example'"))
    }

    private func domains() throws -> [String] {
        try api.rows("SELECT domain FROM domain_admins WHERE username = 'dan@office.example' ORDER BY 1")
    }

    /// The limits and the settings they become, on creation and on change alike.
    private static let limits = [
        ("maxDomains=5", "create_max_domains:5;create_new_domains:yes;"), ("maxDomains=0", "create_new_domains:yes;"),
        ("maxQuota=10&quotaUnit=GB", "create_max_quota:10;create_quota_unit:GB;"), ("maxQuota=0", ""),
        ("maxQuota=1&quotaUnit=TB", "create_max_quota:1;create_quota_unit:TB;"),
        ("maxQuota=2&quotaUnit=MB", "create_max_quota:2;create_quota_unit:MB;"),
        ("maxUsers=3", "create_max_users:3;"), ("maxUsers=-1", "create_max_users:-1;"), ("maxUsers=0", ""),
        ("maxUsers=", ""),
        ("maxAliases=4", "create_max_aliases:4;"), ("maxLists=-1", "create_max_lists:-1;"),
        ("disableViewingMailLog=yes", "disable_viewing_mail_log:yes;"), ("disableViewingMailLog=no", ""),
        ("disableManagingQuarantinedMails=yes", "disable_managing_quarantined_mails:yes;"),
        ("isGlobalAdmin=yes&maxDomains=5&maxUsers=3&maxQuota=1&quotaUnit=TB", ""),
    ]

    /// The pairs of a `settings` text, whatever their order.
    private func pairs(_ settings: String) -> Set<Substring> { Set(settings.split(separator: ";")) }

    @Test(arguments: limits)
    func createsWithLimits(_ form: String, _ settings: String) throws {
        try root.done(.post, target, "password=Secret-1234&\(form)")
        #expect(pairs(try #require(try row("settings").first)) == pairs(settings))
    }

    @Test(arguments: limits)
    func changesTheLimits(_ form: String, _ settings: String) throws {
        try api.addAdmin("dan@office.example")
        try root.done(.put, target, form)
        #expect(pairs(try #require(try row("settings").first)) == pairs(settings))
    }

    @Test(arguments: [
        ("maxDomains=0", "create_new_domains:yes;odd:1;create_max_users:2;create_max_quota:1;create_quota_unit:GB"),
        (
            "maxDomains=",
            "create_new_domains:yes;create_max_domains:4;odd:1;create_max_users:2;create_max_quota:1;create_quota_unit:GB"
        ),
        ("maxUsers=0", "create_new_domains:yes;create_max_domains:4;odd:1;create_max_quota:1;create_quota_unit:GB"),
        ("maxQuota=0", "create_new_domains:yes;create_max_domains:4;odd:1;create_max_users:2"),
        ("isGlobalAdmin=yes", "odd:1"),
    ])
    func takesLimitsAway(_ form: String, _ settings: String) throws {
        try api.addAdmin(
            "dan@office.example",
            settings:
                "create_new_domains:yes;create_max_domains:4;odd:1;create_max_users:2;create_max_quota:1;create_quota_unit:GB;"
        )
        try root.done(.put, target, form)
        #expect(pairs(try #require(try row("settings").first)) == pairs(settings))
    }

    @Test func minusOneDomainTakesTheRightAway() throws {
        try api.addAdmin("dan@office.example", settings: "create_new_domains:yes;create_max_domains:4;")
        try root.done(.put, target, "maxDomains=-1")
        #expect(
            try api.client("dan@office.example").refusal(.post, "/api/domain/new.example", "name=X")
                == "PERMISSION_DENIED")
        #expect(try !#require(row("settings").first).contains("create_new_domains"))
    }

    @Test func createsTheRow() throws {
        try root.done(
            .post, "/api/admin/Dan@Office.example",
            "password=Secret-1234&name=Dan&language=de_DE&accountStatus=disabled")
        #expect(
            try row("name, language, active, passwordlastchange, created, modified") == [
                "Dan|de_DE|0|2026-01-31 23:59:59|2026-01-31 23:59:59|1970-01-01 01:01:01"
            ])
        #expect(try domains() == [])
    }

    @Test func whatIsNotGivenHasItsDefault() throws {
        try root.done(.post, target, "password=Secret-1234&language=xx_XX")
        #expect(try row("name, language, active, settings") == ["||1|"])
        _ = try api.client("dan@office.example")
    }

    @Test func aGlobalAdminManagesEverything() throws {
        try api.addAdmin("dan@office.example", of: ["a.example"])
        #expect(try root.send(.get, target).texts("managed_domains") == ["a.example"])
        try root.done(.put, target, "isGlobalAdmin=yes")
        #expect(try domains() == ["ALL"])
        let shown = try root.send(.get, target)
        #expect(shown.texts("managed_domains") == ["a.example", "b.example"] && shown.number("isglobaladmin") == 1)
        try root.done(.put, target, "isGlobalAdmin=no")
        #expect(try domains() == [])
        #expect(try root.send(.get, target).number("isglobaladmin") == 0)
    }

    @Test func isShownWithoutThePassword() throws {
        try api.addAdmin("dan@office.example", settings: "create_max_users:5;create_new_domains:yes;")
        let shown = try root.send(.get, target)
        #expect(shown.member("password") == nil)
        #expect(shown.text("username") == "dan@office.example" && shown.number("active") == 1)
        let settings = shown.member("settings") as? [String: Any]
        #expect(settings?["create_max_users"] as? Int == 5 && settings?["create_new_domains"] as? String == "yes")
    }

    @Test func deletesHisRights() throws {
        try api.addAdmin("dan@office.example", of: ["a.example", "b.example"])
        try root.done(.delete, target)
        #expect(try row("username") == [])
        #expect(try domains() == [])
    }

    @Test func aNewPasswordIsHashedAndDated() throws {
        try api.addAdmin("dan@office.example")
        api.clock.move(by: 60)
        try root.done(.put, target, "password=Other-5678")
        #expect(try row("passwordlastchange, modified") == ["2026-02-01 00:00:59|2026-02-01 00:00:59"])
        _ = try api.client("dan@office.example", password: "Other-5678")
        #expect(throws: NoAnswer.self) { try api.client("dan@office.example") }
    }

    @Test func anotherValueLeavesThePasswordAlone() throws {
        try api.addAdmin("dan@office.example")
        let before = try row("password, passwordlastchange")
        try root.done(.put, target, "name=Dan&accountStatus=active&language=fr_FR")
        #expect(try row("name, active, language") == ["Dan|1|fr_FR"])
        #expect(try row("password, passwordlastchange") == before)
    }

    @Test func aGlobalAdminHasNoLimits() throws {
        try root.done(.put, "/api/admin/\(TestAPI.admin)", "maxDomains=5&maxUsers=3&maxQuota=1&quotaUnit=TB")
        #expect(try api.rows("SELECT settings FROM admin") == [""])
    }

    /// What has no meaning for a global admin is not even read.
    @Test(arguments: [
        "maxQuota=2", "quotaUnit=MB", "maxQuota=2&quotaUnit=XB", "maxUsers=x", "maxDomains=-7", "maxAliases=1e3",
        "maxLists=99999999999999999999", "maxQuota=-1&quotaUnit=", "maxUsers=%F0%9F%93%A7", "quotaUnit=GB&maxDomains=",
    ])
    func aGlobalAdminsLimitsAreDiscardedUnread(_ limits: String) throws {
        for isStrict in [false, true] {
            var client = root
            client.isStrict = isStrict
            try client.done(.post, target, "password=Secret-1234&\(limits)&isGlobalAdmin=yes")
            #expect(try row("settings") == [""])
            try client.done(.put, target, "isGlobalAdmin=yes&\(limits)")
            #expect(try row("settings") == [""])
            try client.done(.put, "\(target)?\(limits)", "isGlobalAdmin=1")
            try client.done(.delete, target)
            try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_max_users:5;")
            try client.done(.put, target, "isGlobalAdmin=yes&\(limits)")
            #expect(try row("settings") == [""])
            #expect(try domains() == ["ALL"])
            try client.done(.delete, target)
        }
    }

    @Test(arguments: ["isGlobalAdmin=no&", ""])
    func othersLimitsAreRead(_ form: String) throws {
        try api.addAdmin("dan@office.example")
        #expect(try root.refusal(.put, target, "\(form)maxUsers=x") == "INVALID_PARAMETER")
        #expect(try root.refusal(.put, target, "\(form)maxQuota=2") == "MISSING_PARAMETER")
    }

    @Test func whoCeasesToBeGlobalMayGetLimitsAtOnce() throws {
        try root.done(.post, target, "password=Secret-1234&isGlobalAdmin=yes&maxUsers=3")
        #expect(try row("settings") == [""])
        try root.done(.put, target, "isGlobalAdmin=no&maxUsers=3")
        #expect(try row("settings") == ["create_max_users:3;"])
        #expect(try domains() == [])
    }
}
