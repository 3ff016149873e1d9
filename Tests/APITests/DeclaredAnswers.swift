import API
import Gateway
import MailStore
import Storage

/// Every read of the API with what its answer is declared to be.
enum DeclaredAnswers {
    /// The target of a request, and the shape of `_data`; several of an operation that answers in several ways.
    static let all: [(target: String, shape: Shape)] = {
        var all: [(target: String, shape: Shape)] = []
        for route in API.routes where route.method == .get {
            guard let shape = route.answer else { continue }
            let target = target(of: route.path)
            all.append((target, shape))
            for (path, query) in queries where path == route.path { all.append(("\(target)?\(query)", shape)) }
        }
        return all
    }()

    private static let queries: [(path: String, query: String)] = [
        ("/api/domains", "name_only=yes"), ("/api/users/<domain>", "email_only=yes"),
        ("/api/aliases/<domain>", "email_only=yes"), ("/api/mls/<domain>", "email_only=yes"),
        ("/api/ml/<mail>", "with_subscribers=yes"),
        ("/api/policy/explain/<mail>", "sender=x@far.example&client=192.0.2.1&recipient=x@far.example"),
    ]

    private static func target(of path: String) -> String {
        let mail =
            if path.contains("/admin/") {
                "dan@office.example"
            } else if path.contains("/alias/") {
                "team@a.example"
            } else if path.contains("/maillist/") {
                "list@a.example"
            } else if path.contains("/ml/") {
                "news@a.example"
            } else {
                "jo@a.example"
            }
        return path.replacing("<domain>", with: "a.example").replacing("<mail>", with: mail)
    }

    /// A state in which every declared member has something to show.
    static func populated() throws -> TestAPI {
        let api = try TestAPI(lists: TestListHelper())
        let limits = """
            create_new_domains:yes;create_max_domains:5;create_max_users:-1;create_max_aliases:9;create_max_lists:9;\
            create_max_quota:10;create_quota_unit:GB;disable_viewing_mail_log:yes;\
            disable_managing_quarantined_mails:yes;timezone:UTC;other:x;
            """
        try api.addDomain(
            "a.example",
            settings: """
                default_user_quota:10;max_user_quota:20;min_passwd_length:9;max_passwd_length:90;default_language:de_DE;\
                timezone:UTC;enabled_services:self-service;disabled_mail_services:pop3;disabled_domain_profiles:bcc;\
                disabled_user_profiles:bcc;disabled_user_preferences:wblist;default_groups:x;default_mailing_lists:y;
                """)
        try api.addDomain("b.example")
        for name in ["alias.example", "waiting.example"] { try api.addAliasDomain(name, of: "a.example") }
        try api.run("UPDATE alias_domain SET active = 0 WHERE alias_domain = 'waiting.example'")
        try api.run("UPDATE domain SET active = 0 WHERE domain = 'a.example'")
        for name in ["", "waiting.example"] {
            try api.run(
                """
                INSERT INTO domain_ownership (admin, domain, alias_domain, verify_code, message, expire)
                VALUES ('dan@office.example', 'a.example', \(name), 'code', 'Nothing found.', 2000000000)
                """)
        }
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: limits)
        try api.addMailbox("jo@a.example", quota: 5, isAdmin: true, settings: limits)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'b.example')")
        try api.run("INSERT INTO used_quota (username, bytes, messages) VALUES ('jo@a.example', 7, 1)", on: .usage)
        try api.addMailbox("al@a.example", active: false)
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addForwarding("jo@a.example", to: "jo@b.example")
        try api.addForwarding("a.example", to: "jo@a.example", flag: .none)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addList("list@a.example", members: ["jo@a.example"])
        try populatePolicies(api)
        return api
    }

    private static func populatePolicies(_ api: TestAPI) throws {
        let root = try api.globalAdmin()
        _ = try root.send(
            .post, "/api/ml/news@a.example", "subscribers=jo@a.example&require_confirm=no&owner=jo@a.example")
        for scope in ["global", "domain/a.example", "user/jo@a.example"] {
            _ = try root.send(.put, "/api/spampolicy/\(scope)", "spam_score=5.5&quarantine_spam=yes&banned_rulenames=X")
        }
        for scope in ["global", "a.example", "jo@a.example"] {
            for kind in ["inbound", "outbound"] {
                _ = try root.send(.post, "/api/throttle/\(scope)/\(kind)", "period=3600&max_msgs=100")
                for colour in ["whitelist", "blacklist"] {
                    let peers = "addresses=@far.example,192.0.2.0/24,\(colour)@b.example"
                    _ = try root.send(.post, "/api/wblist/\(kind)/\(colour)/\(scope)", peers)
                }
            }
            _ = try root.send(.post, "/api/greylisting/\(scope)", "status=enable")
            _ = try root.send(.post, "/api/greylisting/\(scope)/whitelists", "senders=@far.example,192.0.2.0/24")
        }
        _ = try root.send(.post, "/api/greylisting/whitelist_spf_domains", "domains=far.example")
        // More rows than the log tells of one by one, and some that change.
        let members = (1...60).map { "m\($0)@b.example" }.joined(separator: ",")
        _ = try root.send(.post, "/api/alias/many@b.example", "members=\(members)")
        _ = try root.send(.put, "/api/alias/many@b.example", "name=Many")
    }
}
