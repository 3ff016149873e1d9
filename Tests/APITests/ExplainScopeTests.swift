import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// What `GET /api/policy/explain/<mail>` shows a domain's admin of scopes that are not his: `Security.md` B19.
struct ExplainScopeTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let own: TestAPI.Client

    init() throws {
        api = try .withPolicyAccounts()
        try api.addAdmin("own@office.example", of: ["example.com"])
        admin = try api.globalAdmin()
        own = try api.client("own@office.example")
        for (list, addresses) in [
            ("inbound/blacklist", "secret@hidden.test,@hidden.test,192.0.2.0/24,198.51.100.7,far@far.test"),
            ("outbound/whitelist", "secret@hidden.test,@.hidden.test,to@far.test"),
        ] {
            try admin.done(.post, "/api/wblist/\(list)/global", "addresses=\(addresses)")
            try admin.done(.post, "/api/wblist/\(list)/example.com", "addresses=mine@listed.test")
        }
        try admin.done(.post, "/api/greylisting/global/whitelists", "senders=@hidden.test,203.0.113.0/24,@far.test")
        try admin.done(.post, "/api/greylisting/example.com/whitelists", "senders=@listed.test")
        try admin.done(.post, "/api/greylisting/global", "status=enable")
        try admin.done(
            .put, "/api/spampolicy/global",
            "spam_score=7&quarantine_spam=yes&quarantine_virus=yes&bypass_header_checks=yes"
                + "&banned_rulenames=ours,theirs")
        try admin.done(
            .put, "/api/spampolicy/domain/example.com", "spam_score=5&quarantine_spam=no&banned_rulenames=mine,ours")
        for kind in ["inbound", "outbound"] {
            try admin.done(.post, "/api/throttle/global/\(kind)", "period=77&max_msgs=4321&msg_size=8765")
            try admin.done(.post, "/api/throttle/example.com/\(kind)", "period=60&max_msgs=5")
        }
        try api.run(
            """
            INSERT INTO greylisting (account, sender, active, comment)
            VALUES ('@.com', '@hidden.test', 1, 'marker'), ('@.com', '@far.test', 0, 'marker'),
                   ('@example.com', '@listed.test', 0, 'mine')
            """, on: .iredapd)
        try api.run(
            """
            INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment)
            VALUES ('@.', '192.0.2.64/26', 'AUTO-UPDATE: hidden.test'), ('@.', '198.51.100.9', 'AUTO-UPDATE: hidden.test')
            """, on: .iredapd)
        try api.run(
            "UPDATE greylisting_whitelists SET comment = CASE account WHEN '@.' THEN 'marker' ELSE 'mine' END",
            on: .iredapd)
        try api.run(
            """
            INSERT INTO throttle (account, kind, priority, period, max_msgs) VALUES ('@ip', 'inbound', 10, 88, 6543),
            ('198.51.100.7', 'inbound', 200, 99, 7654), ('@.com', 'inbound', 20, 66, 9876)
            """, on: .iredapd)
    }

    private func explained(_ query: String = "", by client: TestAPI.Client? = nil) throws -> [String: Any] {
        let answer = try (client ?? own).send(.get, "/api/policy/explain/u@example.com\(query)")
        return try #require(answer.data as? [String: Any], "\(answer.body)")
    }

    private func rows(_ data: [String: Any], _ path: String...) -> [[String: Any]] {
        let last = path.dropLast().reduce(data) { $0[$1] as? [String: Any] ?? [:] }
        return last[path.last ?? ""] as? [[String: Any]] ?? []
    }

    private func texts(_ rows: [[String: Any]], _ names: String...) -> [String] {
        rows.map { row in names.map { "\(row[$0] ?? "")" }.joined(separator: " ") }
    }

    /// A mail by sender, client and recipient, and what must not be in the answer about it.
    @Test(arguments: [
        ("", ["hidden", "198.51", "192.0.2", "203.0", "far", "marker", "6543", "7654", "9876", "4321"]),
        ("?sender=far@far.test", ["hidden", "198.51", "192.0.2", "203.0", "to@", "marker", "AUTO"]),
        ("?sender=", ["hidden", "198.51", "192.0.2", "203.0", "far", "marker"]),
        ("?client=198.51.100.9", ["hidden", "100.7", "192.0.2", "203.0", "far", "marker", "AUTO", "7654"]),
        ("?client=192.0.2.65", ["hidden", "198.51", "203.0", "far", "marker", "AUTO"]),
        ("?recipient=to@far.test", ["hidden", "198.51", "192.0.2", "203.0", "far@", "marker"]),
    ])
    func ofOtherScopesOnlyWhatAppliesIsShown(_ query: String, _ absent: [String]) throws {
        let body = try own.send(.get, "/api/policy/explain/u@example.com\(query)").body
        for text in absent { #expect(!body.contains(text), "\(text) in \(body)") }
        #expect(body.contains("listed.test") && body.contains("mine"))
    }

    @Test func aMatchingRowIsShownWithoutItsComment() throws {
        let data = try explained("?sender=far@far.test&client=192.0.2.65&recipient=to@far.test")
        #expect(
            texts(rows(data, "wblist", "inbound", "rows"), "account", "address") == [
                "@example.com mine@listed.test", "@. far@far.test", "@. 192.0.2.0/24",
            ])
        #expect(
            texts(rows(data, "wblist", "outbound", "rows"), "account", "address") == [
                "@example.com mine@listed.test", "@. to@far.test",
            ])
        #expect(
            texts(rows(data, "greylisting", "whitelists"), "account", "sender", "list", "comment") == [
                "@. 192.0.2.64/26 spf ", "@. @far.test whitelists ", "@example.com @listed.test whitelists mine",
            ])
        #expect(
            Set(texts(rows(data, "greylisting", "rows"), "account", "sender", "comment")) == [
                "@example.com @listed.test mine", "@.com @far.test ", "@. @. ",
            ])
    }

    @Test func anInheritedPolicyShowsOnlyWhatDecides() throws {
        let data = try explained()
        let policies = rows(data, "spampolicy", "rows")
        #expect(texts(policies, "account") == ["@example.com", "@."])
        let global = try #require(policies.last)
        #expect(global["spam_score"] is NSNull && global["quarantine_spam"] is NSNull)
        #expect(global["quarantine_virus"] as? String == "yes" && global["bypass_header_checks"] as? String == "yes")
        // Rules of all scopes hold; a rule that the domain names as well decides there.
        #expect(texts(policies, "banned_rulenames") == ["mine,ours", "theirs"])
        #expect(
            texts(rows(data, "spampolicy", "effective", "banned_rulenames"), "name", "account") == [
                "mine @example.com", "ours @example.com", "theirs @.",
            ])
        for kind in ["inbound", "outbound"] {
            #expect(
                texts(rows(data, "throttle", kind, "rows"), "account", "period", "max_msgs", "msg_size") == [
                    "@example.com 60 5 -1", "@. 77 -1 8765",
                ])
        }
    }

    @Test func aScopeThatDecidesNothingIsNotShown() throws {
        try admin.done(
            .post, "/api/throttle/example.com/outbound", "period=60&max_msgs=5&msg_size=0&max_quota=0&max_rcpts=0")
        let data = try explained()
        #expect(texts(rows(data, "throttle", "outbound", "rows"), "account") == ["@example.com"])
    }

    /// A throttle of the client's address comes before all others.
    @Test func aClientsOwnThrottleIsShownToWhoNamesIt() throws {
        let data = try explained("?client=198.51.100.7")
        #expect(
            texts(rows(data, "throttle", "inbound", "rows"), "account", "max_msgs") == [
                "198.51.100.7 7654", "@example.com 5", "@. -1",
            ])
    }

    @Test func aGlobalAdminSeesAll() throws {
        let data = try explained(by: admin)
        #expect(rows(data, "wblist", "inbound", "rows").count == 6)
        #expect(rows(data, "wblist", "outbound", "rows").count == 4)
        #expect(rows(data, "greylisting", "whitelists").count == 6)
        #expect(rows(data, "greylisting", "rows").count == 4)
        #expect(texts(rows(data, "throttle", "inbound", "rows"), "max_msgs") == ["5", "9876", "4321"])
        #expect(rows(data, "greylisting", "whitelists").contains { $0["comment"] as? String == "marker" })
    }

    /// What comes out is the same for both.
    @Test(arguments: [
        "", "?sender=far@far.test", "?sender=", "?client=198.51.100.7&sender=x@hidden.test",
        "?client=192.0.2.65&recipient=to@far.test",
    ])
    func whatComesOutIsToldToBothAlike(_ query: String) throws {
        func outcome(_ client: TestAPI.Client) throws -> [String: NSDictionary] {
            let data = try explained(query, by: client)
            var found: [String: NSDictionary] = [:]
            for path in [
                "spampolicy", "throttle/inbound", "throttle/outbound", "greylisting", "wblist/inbound",
                "wblist/outbound",
            ] {
                let part = path.split(separator: "/").reduce(data) { $0[String($1)] as? [String: Any] ?? [:] }
                found[path] = part["effective"] as? NSDictionary
            }
            #expect(found.count == 6)
            return found
        }
        #expect(try outcome(own) == outcome(admin))
    }
}
