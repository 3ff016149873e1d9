import Foundation
import Gateway
import Storage
import Testing

/// `GET /api/log`, and what each line says of before and after.
struct AdminLogTests {
    private let api: TestAPI
    private let global: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addMailbox("jo@a.example", quota: 10)
        try api.addAdmin("here@office.example", of: ["a.example"])
        global = try api.globalAdmin()
    }

    private func lines(_ client: TestAPI.Client, _ query: String = "") throws -> [[String: Any]] {
        try client.send(.get, "/api/log\(query)").data as? [[String: Any]] ?? []
    }

    /// The latest line's changes, as the JSON text that was sent.
    private func changes() throws -> String {
        let body = try global.send(.get, "/api/log?limit=1").body
        let start = try #require(body.range(of: "\"changes\": "))
        return String(body[start.upperBound...].dropLast(3))
    }

    @Test func aChangeShowsBeforeAndAfter() throws {
        try global.done(.put, "/api/user/jo@a.example", "quota=20&name=Jo")
        #expect(
            try changes()
                == #"[{"table": "mailbox", "key": "jo@a.example", "before": {"name": "", "quota": 10}, "#
                + #""after": {"name": "Jo", "quota": 20}}]"#)
    }

    @Test func aSecretShowsOnlyThatThereIsOne() throws {
        try global.done(.put, "/api/user/jo@a.example", "password=Other-5678")
        #expect(
            try changes()
                == #"[{"table": "mailbox", "key": "jo@a.example", "before": {"password": "***"}, "after": {"password": "***"}}]"#
        )
        try global.done(.post, "/api/user/al@a.example", "password=Other-5678")
        #expect(try !global.send(.get, "/api/log").body.contains("SSHA512"))
        #expect(try !api.rows("SELECT changes FROM log").joined().contains("SSHA512"))
    }

    @Test func aNewRowShowsWhatIsNotItsDefaultAndARemovedOneToo() throws {
        try global.done(.post, "/api/alias/team@a.example", "name=Team&members=jo@a.example")
        #expect(
            try changes()
                == #"[{"table": "alias", "key": "team@a.example", "after": {"address": "team@a.example", "name": "Team", "#
                + #""accesspolicy": "public", "domain": "a.example"}}, {"table": "forwardings", "key": "2", "#
                + #""after": {"address": "team@a.example", "forwarding": "jo@a.example", "domain": "a.example", "#
                + #""dest_domain": "a.example", "is_list": 1}}]"#)
        try global.done(.delete, "/api/alias/team@a.example")
        #expect(
            try changes().contains(
                #"{"table": "alias", "key": "team@a.example", "before": {"address": "team@a.example", "#))
    }

    @Test func aPolicysChangeIsShownToo() throws {
        try global.done(.post, "/api/throttle/a.example/inbound", "period=60&max_msgs=5")
        try global.done(.post, "/api/throttle/a.example/inbound", "period=60&max_msgs=6")
        #expect(
            try changes()
                == #"[{"table": "throttle", "key": "1", "before": {"max_msgs": 5}, "after": {"max_msgs": 6}}]"#)
    }

    @Test func manyRowsAreCounted() throws {
        for number in 0..<60 { try api.addMailbox("u\(number)@b.example") }
        try global.done(.put, "/api/users/b.example", "language=de_DE")
        let changes = try #require(lines(global, "?limit=1").first?["changes"] as? [[String: Any]])
        #expect(changes.count == 51 && changes.last?["others"] as? Int == 10)
    }

    @Test func whatIsRefusedLeavesNoLine() throws {
        let before = try lines(global).count
        _ = try global.refusal(.put, "/api/user/jo@a.example", "quota=-5")
        #expect(try lines(global).count == before)
    }

    @Test func anAdminSeesTheLinesOfHisDomainsOnly() throws {
        try global.done(.put, "/api/domain/a.example", "name=A")
        try global.done(.put, "/api/domain/b.example", "name=B")
        let here = try api.client("here@office.example")
        #expect(try lines(here).map { $0["domain"] as? String } == ["a.example"])
        #expect(try lines(here, "?domain=a.example").count == 1)
        for name in ["b.example", "nowhere.example"] {
            #expect(try here.refusal(.get, "/api/log?domain=\(name)") == "PERMISSION_DENIED")
        }
        #expect(try lines(global).count >= 4)
    }

    @Test func theFiltersCombine() throws {
        try global.done(.put, "/api/user/jo@a.example", "name=A")
        try api.client("here@office.example").done(.put, "/api/user/jo@a.example", "name=B")
        try global.done(.put, "/api/domain/a.example", "name=C")
        #expect(try lines(global, "?event=update").count == 3)
        #expect(try lines(global, "?event=update&account=jo@a.example").count == 2)
        #expect(try lines(global, "?event=update&account=jo@a.example&admin=here@office.example").count == 1)
        #expect(try lines(global, "?event=login").count == 2)
        #expect(try lines(global, "?domain=b.example").count == 0)
    }

    @Test(arguments: [
        ("since=2026-01-31", 1), ("since=2026-02-01", 0), ("until=2026-01-31", 1), ("until=2026-01-30", 0),
        ("since=2026-01-31T23:59:59Z&until=2026-01-31%2023:59:59", 1), ("until=2026-01-31%2023:59:58", 0),
    ])
    func timesAreIncluded(_ query: String, _ count: Int) throws {
        #expect(try lines(global, "?\(query)").count == count)
    }

    @Test(arguments: [
        "event=bogus", "since=yesterday", "since=2026-02-30", "until=2026-13-01", "limit=0", "limit=10001", "after=x",
    ])
    func aWrongFilterIsRefused(_ query: String) throws {
        #expect(try global.refusal(.get, "/api/log?\(query)") == "INVALID_PARAMETER")
    }

    @Test func partsFollowEachOther() throws {
        for number in 0..<5 { try global.done(.put, "/api/domain/a.example", "name=\(number)") }
        let all = try lines(global, "?event=update").compactMap { $0["id"] as? Int }
        #expect(all == all.sorted(by: >) && all.count == 5)
        var found: [Int] = []
        var target: String? = "/api/log?event=update&limit=2"
        while let next = target {
            let answer = try global.send(.get, next)
            found += (answer.data as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
            target = answer.headers["Link"].flatMap { $0.split(separator: ">").first }.map { String($0.dropFirst()) }
        }
        #expect(found == all)
    }
}
