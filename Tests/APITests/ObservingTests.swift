import API
import Gateway
import Mail
import MailStore
import Settings
import Storage
import Testing

/// What the operator sees of requests and of the service.
struct ObservingTests {
    /// The record of the one request since the last time; it may come a moment after the answer.
    private func one(_ api: TestAPI) throws -> RequestRecord {
        var records = api.requests.take()
        let end = ContinuousClock.now + .seconds(10)
        while records.isEmpty, ContinuousClock.now < end { records = api.requests.take() }
        #expect(records.count == 1)
        return try #require(records.first)
    }

    @Test func eachRequestIsToldOfOnce() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        let client = try api.globalAdmin()
        _ = try one(api)
        let answer = try client.send(.get, "/api/domain/a.example?password=Secret-1")
        let record = try one(api)
        #expect(record.admin == TestAPI.admin && record.client == "127.0.0.1" && record.method == "GET")
        #expect(record.route == "/api/domain/<domain>" && record.status == .ok && record.word == nil)
        #expect(record.bytes == answer.body.utf8.count && record.duration > .zero)
        let list = try client.send(.get, "/api/domains")
        #expect(try one(api).bytes == list.body.utf8.count)
        _ = try client.send(.delete, "/api/domain/b.example")
        #expect(try one(api).word == "INVALID_DOMAIN_NAME")
        _ = try client.send(.get, "/api/nothing")
        let unknown = try one(api)
        #expect(unknown.route == nil && unknown.status == .notFound && unknown.word == "NOT_FOUND")
    }

    @Test func aLineHoldsNoSecretAndNothingThatForgesAnother() throws {
        let api = try TestAPI()
        var request = Request(Method("POST"), "/api/login?password=Secret-1234&x=\u{1b}", from: "1.2.3.4\nforged=1 x")
        request.requestID = "id\r\n postern: forged"
        request.cookie = "iRedAdmin=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
        request.body = Array("username=\(TestAPI.admin)&password=Secret-9999".utf8)
        _ = try api.send(request)
        let line = try one(api).line
        #expect(
            line.hasPrefix(
                "request id=id???postern:?forged client=1.2.3.4?forged=1?x admin=- method=POST route=/api/login "))
        #expect(line.hasSuffix(" bytes=\(try api.send(request).body.utf8.count)"))
        #expect(line.allSatisfy { $0.isASCII && !$0.isNewline } && !line.contains("Secret") && !line.contains("abcdef"))
        #expect(line.contains(" status=200 word=INVALID_PARAMETER us="))
    }

    @Test func theLogCanBeSwitchedOff() throws {
        let api = try TestAPI(Settings().with(Settings.logsRequests, false))
        _ = try api.nobody.send(.get, "/api/domains")
        #expect(api.requests.take().isEmpty)
    }

    @Test func healthNeedsNoSessionButTheGate() throws {
        let api = try TestAPI()
        #expect(try api.nobody.send(.get, "/api/health").body == #"{"_success": true, "_data": {"status": "ok"}}"#)
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.clients, [try IPNetwork("192.0.2.1")]))
        #expect(try api.nobody.send(.get, "/api/health").word == "NOT_AUTHORIZED")
    }

    @Test func healthIsBadWhileNothingCanBeWritten() throws {
        let api = try TestAPI()
        let lock = try api.connection(StoreFile.vmail, writes: true)
        try lock.beginWriting()
        let answer = try api.nobody.send(.get, "/api/health")
        #expect(answer.status == .unavailable && answer.word == "DATABASE_BUSY")
        lock.rollback()
        #expect(try api.nobody.send(.get, "/api/health").status == .ok)
    }

    @Test func metricsAreForGlobalAdminsAndTheListedAddresses() throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addAdmin("here@office.example", of: ["a.example"])
        let global = try api.globalAdmin()
        _ = try global.send(.get, "/api/domain/a.example")
        _ = try global.send(.get, "/api/domain/b.example")
        let answer = try global.send(.get, "/api/metrics")
        #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        for line in [
            "# TYPE postern_requests_total counter", "# HELP postern_test_things Things of a test.",
            "postern_test_things 7",
            #"postern_requests_total{method="GET",route="/api/domain/<domain>",status="200"} 2"#,
            #"postern_refusals_total{method="GET",route="/api/domain/<domain>",word="INVALID_DOMAIN_NAME"} 1"#,
            #"postern_request_duration_seconds_count{method="GET",route="/api/domain/<domain>"} 2"#,
        ] {
            #expect(answer.body.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
        #expect(try api.nobody.send(.get, "/api/metrics").word == "LOGIN_REQUIRED")
        #expect(try api.client("here@office.example").send(.get, "/api/metrics").word == "PERMISSION_DENIED")
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.metricsClients, [try IPNetwork("127.0.0.0/8")]))
        #expect(try api.nobody.send(.get, "/api/metrics").body.hasPrefix("# HELP postern_uptime_seconds"))
        #expect(try api.nobody.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func theOperatorSeesTimesByRoute() throws {
        let api = try TestAPI(operators: [4711])
        _ = try api.nobody.send(.get, "/api/domains")
        var request = Request(Method("GET"), "/postern/status", from: "")
        request.isFromOperator = true
        request.peer = 4711
        let routes = try #require(api.send(request).member("routes") as? [[String: Any]])
        let route = try #require(routes.first)
        #expect(
            route["path"] as? String == "/api/domains" && route["requests"] as? Int == 1
                && route["refused"] as? Int == 1)
        let (half, most) = (try #require(route["p50_us"] as? Int), try #require(route["p99_us"] as? Int))
        #expect(half > 0 && half <= most)
        #expect(try api.nobody.send(.get, "/postern/status").status == .notFound)
    }
}
