import Gateway
import MailStore
import Storage
import Testing

/// `Contract.md` 12.2 to 12.5: which scopes there are, who may touch them, and what becomes of their policies.
struct PolicyScopeTests {
    private let api: TestAPI
    private let global: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("example.com")
        try api.addDomain("other.example")
        try api.addAliasDomain("alias.example", of: "example.com")
        try api.addMailbox("jo@example.com")
        try api.addAlias("team@example.com", members: ["jo@example.com"])
        try api.addList("list@example.com", members: ["jo@example.com"])
        try api.addForwarding("extra@example.com", to: "jo@example.com", flag: .isAlias)
        try api.addAdmin("here@office.example", of: ["example.com"])
        global = try api.globalAdmin()
    }

    private static let actions = [
        ("spampolicy", "PUT /api/spampolicy/KIND/NAME spam_score=5"),
        ("throttle", "POST /api/throttle/NAME/inbound period=60"),
        ("greylisting", "POST /api/greylisting/NAME status=enable"),
        ("greylisting", "POST /api/greylisting/NAME/whitelists addSenders=@a.example"),
        ("wblist", "POST /api/wblist/inbound/blacklist/NAME addresses=@a.example"),
        ("wblist", "POST /api/wblist/outbound/blacklist/NAME addresses=@a.example"),
    ]

    private func request(_ action: String, _ name: String) -> (method: Method, target: String, form: String) {
        let parts = action.split(separator: " ").map(String.init)
        let target = parts[1].replacing("KIND", with: name.contains("@") ? "user" : "domain").replacing(
            "NAME", with: name)
        return (Method(parts[0]), target, parts[2])
    }

    @Test(arguments: actions)
    func everyKindOfAccountAndThePrimaryDomainHaveOne(_ profile: String, _ action: String) throws {
        for name in ["jo@example.com", "Team@Example.com", "list@example.com", "example.com", "EXAMPLE.com"] {
            let (method, target, form) = request(action, name)
            try global.done(method, target, form)
        }
    }

    @Test(arguments: actions)
    func nothingElseHas(_ profile: String, _ action: String) throws {
        for name in [
            "extra@example.com", "jo+x@example.com", "jo@alias.example", "nobody@example.com", "alias.example",
            "nowhere.example",
        ] {
            let (method, target, form) = request(action, name)
            #expect(try global.refusal(method, target, form) == "NO_SUCH_ACCOUNT", "\(target)")
        }
        for (name, word) in [
            ("nodot", "INVALID_DOMAIN_NAME"), ("jo@nodot", "INVALID_MAIL"), ("a%20b.example", "INVALID_DOMAIN_NAME"),
        ] {
            let (method, target, form) = request(action, name)
            #expect(try global.refusal(method, target, form) == word, "\(target)")
        }
    }

    @Test(arguments: actions)
    func aClosedProfileIsClosedToDomainAdminsForReadingToo(_ profile: String, _ action: String) throws {
        let here = try api.client("here@office.example")
        for (name, key) in [("example.com", "disabled_domain_profiles"), ("jo@example.com", "disabled_user_profiles")] {
            let (method, target, form) = request(action, name)
            try here.done(method, target, form)
            try api.run("UPDATE domain SET settings = \("\(key):\(profile);") WHERE domain = 'example.com'")
            #expect(try here.refusal(method, target, form) == "PERMISSION_DENIED")
            #expect(try here.refusal(.get, target) == "PERMISSION_DENIED")
            #expect(try global.send(.get, target).isSuccess)
            try api.run("UPDATE domain SET settings = '' WHERE domain = 'example.com'")
        }
    }

    @Test(arguments: actions)
    func whatAnAdminMaySeeIsAskedBeforeWhetherItIsThere(_ profile: String, _ action: String) throws {
        let here = try api.client("here@office.example")
        for name in ["nowhere.example", "jo@nowhere.example", "other.example"] {
            let (method, target, _) = request(action, name)
            #expect(try here.refusal(method, target, "") == "PERMISSION_DENIED", "\(target)")
        }
    }

    // MARK: Lifecycle

    private func makeAll(_ name: String) throws {
        for (_, action) in Self.actions {
            let (method, target, form) = request(action, name)
            try global.done(method, target, form)
        }
        try api.run(
            "INSERT INTO throttle_tracking (tid, account) SELECT id, \(name) FROM throttle WHERE account LIKE '%' || \(name)",
            on: .iredapd)
    }

    /// Rows of the policy tables under a key, over all tables.
    private func keys() throws -> [String] {
        try api.rows(
            "SELECT 'users ' || text_of(email) FROM users UNION ALL SELECT 'policy ' || policy_name FROM policy ORDER BY 1",
            in: .amavisd)
            + api.rows(
                """
                SELECT 'throttle ' || account FROM throttle UNION ALL SELECT 'greylisting ' || account FROM greylisting
                UNION ALL SELECT 'whitelists ' || account FROM greylisting_whitelists
                UNION ALL SELECT 'tracking ' || account FROM throttle_tracking ORDER BY 1
                """, in: .iredapd)
    }

    private static let shipped = ["policy @.", "users @.", "greylisting @."]

    @Test(arguments: [
        ("jo@example.com", "/api/user/jo@example.com"), ("team@example.com", "/api/alias/team@example.com"),
        ("list@example.com", "/api/maillist/list@example.com"),
    ])
    func anAccountsPoliciesGoWithIt(_ name: String, _ target: String) throws {
        try makeAll(name)
        #expect(try keys().count == Self.shipped.count + 6)
        try global.done(.delete, target)
        #expect(try keys() == Self.shipped)
        #expect(try api.rows("SELECT * FROM wblist UNION ALL SELECT * FROM outbound_wblist", in: .amavisd) == [])
    }

    @Test func aDomainsPoliciesGoWithItAndItsAccounts() throws {
        for name in ["example.com", "jo@example.com", "team@example.com"] { try makeAll(name) }
        try api.run("INSERT INTO throttle (account, kind) VALUES ('@.example.com', 'inbound')", on: .iredapd)
        try api.run("INSERT INTO users (email) VALUES ('jo@sub.example.com'), ('@notexample.com')", on: .amavisd)
        try global.done(.delete, "/api/domain/example.com")
        #expect(
            try keys() == [
                "policy @.", "users @.", "users @notexample.com", "users jo@sub.example.com", "greylisting @.",
            ])
    }

    @Test(arguments: [("jo@example.com", "user"), ("team@example.com", "alias")])
    func aRenamedAccountKeepsItsPolicies(_ name: String, _ kind: String) throws {
        try makeAll(name)
        let before = try keys()
        try global.done(.post, "/api/\(kind)/\(name)/change_email/new@other.example")
        // The counters are kept under the throttle's number; whom they count is iRedAPD's business.
        let renamed = before.map { $0.hasPrefix("tracking") ? $0 : $0.replacing(name, with: "new@other.example") }
        #expect(try Set(keys()) == Set(renamed))
        #expect(try global.send(.get, "/api/spampolicy/user/new@other.example").member("spam_score") as? Int == 5)
        #expect(
            try global.send(.get, "/api/wblist/inbound/blacklist/new@other.example").body
                == #"{"_success": true, "_data": ["@a.example"]}"#)
    }

    @Test func whatIsLeftOfAnEarlierNameGivesWay() throws {
        try makeAll("jo@example.com")
        try api.run("INSERT INTO policy (policy_name, spam_kill_level) VALUES ('new@example.com', 99)", on: .amavisd)
        try api.run(
            "INSERT INTO users (email, policy_id) SELECT 'new@example.com', id FROM policy WHERE policy_name = 'new@example.com'",
            on: .amavisd)
        try api.run(
            "INSERT INTO throttle (account, kind, period) VALUES ('new@example.com', 'inbound', 1)", on: .iredapd)
        try global.done(.delete, "/api/spampolicy/user/jo@example.com")
        try global.done(.post, "/api/user/jo@example.com/change_email/new@example.com")
        #expect(
            try global.send(.get, "/api/spampolicy/user/new@example.com").body == #"{"_success": true, "_data": {}}"#)
        #expect(try api.rows("SELECT policy_name FROM policy", in: .amavisd) == ["@."])
        #expect(try global.send(.get, "/api/throttle/new@example.com/inbound").number("period") == 60)
    }

    @Test func everyChangeIsLoggedOnce() throws {
        let before = try api.log().count
        try makeAll("jo@example.com")
        try global.done(.delete, "/api/throttle/jo@example.com/inbound")
        try global.done(.delete, "/api/throttle/jo@example.com/inbound")
        #expect(
            try api.log().dropFirst(before).map { $0.split(separator: "|").dropFirst(3).joined(separator: "|") } == [
                "example.com|jo@example.com|[API] Update spam policy: jo@example.com.",
                "example.com|jo@example.com|[API] Update inbound throttle: jo@example.com.",
                "example.com|jo@example.com|[API] Update greylisting: jo@example.com.",
                "example.com|jo@example.com|[API] Update greylisting whitelist: jo@example.com.",
                "example.com|jo@example.com|[API] Update inbound blacklist: jo@example.com.",
                "example.com|jo@example.com|[API] Update outbound blacklist: jo@example.com.",
                "example.com|jo@example.com|[API] Delete inbound throttle: jo@example.com.",
            ])
    }
}
