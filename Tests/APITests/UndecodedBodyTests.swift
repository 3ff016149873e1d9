import Foundation
import Gateway
import Storage
import Testing
import Threads

/// Whoever has no session makes nobody take a body apart, however dear it is.
struct UndecodedBodyTests {
    /// A body as large as the web server lets through.
    struct Body: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let type: String
        let bytes: [UInt8]

        init(_ name: String, _ type: String, _ begin: String, _ piece: String, _ end: String = "") {
            testDescription = name
            self.type = type
            let count = (128 * 1024 - begin.utf8.count - end.utf8.count) / piece.utf8.count
            bytes = Array((begin + String(repeating: piece, count: count) + end).utf8)
        }
    }

    private static let bodies = [
        Body("escapes", form, "name=", "%41"), Body("escaped spaces", form, "name=", "+"),
        Body("combining marks", form, "name=e", "\u{301}\u{323}"),
        Body(
            "header lines", "multipart/form-data; boundary=b", "--b\r\n", ":\r\n",
            "\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--"),
        Body("JSON escapes", "application/json", #"{"name": ""#, #"\u0041"#, #""}"#),
    ]

    private static let form = "application/x-www-form-urlencoded"

    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        admin = try api.globalAdmin()
    }

    @Test(arguments: bodies) func aBodyWithoutASessionCostsNextToNothing(_ body: Body) throws {
        let ended = try api.globalAdmin()
        try ended.done(.post, "/api/logout")
        let cookies = [nil, "iRedAdmin=none", "iRedAdmin=" + String(repeating: "A", count: 43), ended.cookie]
        let requests = (cookies + [admin.cookie]).map { request("/api/user/x@a.example", body, $0) }
        let times = try leastTimes(of: requests) { index, word in
            (word == "LOGIN_REQUIRED") == (index < cookies.count)
        }
        for (cookie, time) in zip(cookies, times) {
            #expect(time * 5 < times[cookies.count], "cookie: \(cookie ?? "none")")
        }
    }

    /// It has to be, and it shows that the times above would tell if the others were.
    @Test(arguments: bodies) func aLoginIsReadWithoutASession(_ body: Body) throws {
        let requests = [request("/api/login", body, nil), request("/api/user/x@a.example", body, admin.cookie)]
        let times = try leastTimes(of: requests) { _, word in word != "LOGIN_REQUIRED" }
        #expect(times[0] * 5 > times[1])
    }

    private func request(_ target: String, _ body: Body, _ cookie: String?) -> Request {
        var request = Request(.post, target)
        request.contentType = body.type
        request.body = body.bytes
        request.cookie = cookie
        return request
    }

    /// Seconds of this thread's processor time until each request has left it, the least of seven. They take turns, so
    /// that a machine whose speed changes slows all of them.
    /// - Parameter isExpected: asked about each request's place and the word it is refused with.
    private func leastTimes(of requests: [Request], _ isExpected: (Int, String) -> Bool) throws -> [Double] {
        var least = requests.map { _ in Double.infinity }
        for _ in 0..<7 {
            for (index, request) in requests.enumerated() {
                let start = Self.processorTime()
                let answers = api.begin([request])
                least[index] = min(least[index], Self.processorTime() - start)
                let answer = try #require(answers.first?.take().first)
                #expect(isExpected(index, try #require(answer.word, "a success")), "\(answer.body)")
            }
        }
        #expect(try api.rows("SELECT COUNT(*) FROM mailbox") == ["0"])
        return least
    }

    private static func processorTime() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
