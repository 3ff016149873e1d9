import Gateway
import MailStore
import Storage
import Testing

/// `Contract.md` 14.
struct ThrottleTests {
    private let api: TestAPI
    private let client: TestAPI.Client
    private let target = "/api/throttle/example.com/outbound"

    init() throws {
        api = try TestAPI()
        try api.addDomain("example.com")
        try api.addMailbox("jo@example.com")
        client = try api.globalAdmin()
    }

    private func rows() throws -> [String] {
        try api.rows(
            """
            SELECT account, kind, priority, period, msg_size, max_msgs, max_quota, max_rcpts FROM throttle ORDER BY id
            """, in: .iredapd)
    }

    @Test func everyScopeAndKindHasItsRow() throws {
        for (place, kind) in [
            ("global", "inbound"), ("global", "outbound"), ("example.com", "inbound"), ("example.com", "outbound"),
            ("jo@example.com", "inbound"), ("jo%40example.com", "outbound/"),
        ] {
            try client.done(.post, "/api/throttle/\(place)/\(kind)", "period=60&msg_size=1&max_msgs=2&max_quota=3")
        }
        #expect(
            try rows() == [
                "@.|inbound|0|60|1|2|3|-1", "@.|outbound|0|60|1|2|3|-1", "@example.com|inbound|60|60|1|2|3|-1",
                "@example.com|outbound|60|60|1|2|3|-1", "jo@example.com|inbound|100|60|1|2|3|-1",
                "jo@example.com|outbound|100|60|1|2|3|-1",
            ])
        #expect(
            try client.send(.get, "/api/throttle/jo@example.com/inbound").body
                == #"{"_success": true, "_data": {"account": "jo@example.com", "kind": "inbound", "period": 60, "#
                + #""msg_size": 1, "max_msgs": 2, "max_quota": 3, "max_rcpts": -1}}"#)
    }

    @Test func settingReplacesAllButTheRecipients() throws {
        try client.done(.post, target, "period=60&msg_size=1&max_msgs=2&max_quota=3&max_rcpts=4")
        try client.done(.post, target, "period=30&max_msgs=&max_quota=0")
        #expect(try rows() == ["@example.com|outbound|60|30|-1|-1|0|4"])
        try client.done(.post, target, "period=30&max_rcpts=-1")
        #expect(try rows() == ["@example.com|outbound|60|30|-1|-1|-1|-1"])
    }

    @Test func theRowKeepsItsNumberAndItsCounters() throws {
        try client.done(.post, target, "period=60&max_msgs=2")
        try api.run(
            "INSERT INTO throttle_tracking (tid, account) SELECT id, 'jo@example.com' FROM throttle", on: .iredapd)
        try api.run("UPDATE throttle SET priority = 20", on: .iredapd)
        let before = try api.rows("SELECT id FROM throttle", in: .iredapd)
        try client.done(.post, target, "period=60&max_msgs=3")
        #expect(try api.rows("SELECT id FROM throttle", in: .iredapd) == before)
        #expect(try api.rows("SELECT COUNT(*) FROM throttle_tracking", in: .iredapd) == ["1"])
        #expect(try rows() == ["@example.com|outbound|60|60|-1|3|-1|-1"], "a wrong priority is mended")
    }

    @Test(arguments: [(Method.post, "period=0"), (.post, "period=0&max_msgs=5"), (.delete, "")])
    func removingTakesTheCountersAlong(_ method: Method, _ form: String) throws {
        try client.done(.post, target, "period=60&max_msgs=2")
        try client.done(.post, "/api/throttle/global/outbound", "period=60&max_msgs=2")
        try api.run(
            "INSERT INTO throttle_tracking (tid, account) SELECT id, 'jo@example.com' FROM throttle", on: .iredapd)
        try client.done(method, target, form)
        #expect(try rows() == ["@.|outbound|0|60|-1|2|-1|-1"])
        #expect(try api.rows("SELECT COUNT(*) FROM throttle_tracking", in: .iredapd) == ["1"])
        #expect(try client.send(.get, target).body == #"{"_success": true, "_data": {}}"#)
        try client.done(method, target, form)
    }

    @Test(arguments: [
        ("", "MISSING_PARAMETER"), ("max_msgs=5", "MISSING_PARAMETER"), ("period=", "MISSING_PARAMETER"),
        ("period=abc", "INVALID_PERIOD"), ("period=-1", "INVALID_PERIOD"), ("period=1.5", "INVALID_PERIOD"),
        ("period=4294967296", "INVALID_PERIOD"), ("period=60&msg_size=x", "INVALID_MSG_SIZE"),
        ("period=60&msg_size=-2", "INVALID_MSG_SIZE"), ("period=60&max_msgs=9223372036854775808", "INVALID_MAX_MSGS"),
        ("period=60&max_msgs=%2B1", "INVALID_MAX_MSGS"), ("period=60&max_quota=1e3", "INVALID_MAX_QUOTA"),
        ("period=60&max_rcpts=many", "INVALID_MAX_RCPTS"), ("period=0&max_rcpts=many", "INVALID_MAX_RCPTS"),
    ])
    func aWrongValueIsRefused(_ form: String, _ word: String) throws {
        try client.done(.post, target, "period=60&max_msgs=2")
        #expect(try client.refusal(.post, target, form) == word)
    }

    @Test func theLargestNumbersFit() throws {
        try client.done(.post, target, "period=4294967295&max_quota=9223372036854775807")
        #expect(try rows() == ["@example.com|outbound|60|4294967295|-1|-1|9223372036854775807|-1"])
    }

    @Test func whatOthersKeepThereIsNeitherShownNorTouched() throws {
        try api.run("INSERT INTO throttle (account, kind, period) VALUES ('@example.com', 'external', 5)", on: .iredapd)
        try client.done(.post, target, "period=60")
        try client.done(.delete, target)
        #expect(try rows() == ["@example.com|external|0|5|-1|-1|-1|-1"])
    }
}
