import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// The printed nginx files, with their limits, before the real program.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct WebServerTests {
        private let system: MailSystem

        /// The limits count by address, so some clients have others than the one that logged in.
        init() throws { system = try MailSystem(settings: ["SESSION_IGNORE_CHANGE_IP = True"], limited: true) }

        /// What comes back for exactly these bytes, up to the end of the connection.
        private func exchange(_ text: String) throws -> String {
            let connection = try HTTPConnection(port: system.nginx.port, limit: 10)
            try connection.send(text)
            return String(decoding: try connection.rest(), as: UTF8.self)
        }

        private func expectEnvelope(_ answer: HTTPAnswer?, _ status: Int, _ word: String) {
            #expect(answer?.status == status)
            #expect(answer?.text == #"{"_success": false, "_msg": "\#(word)"}"#)
            #expect(answer?.header("content-type") == "application/json")
            #expect(answer?.header("cache-control") == "no-store")
            #expect(answer?.header("x-content-type-options") == "nosniff")
        }

        @Test func aBodyTooLongIsRefusedInTheEnvelope() throws {
            let body = [("name", String(repeating: "x", count: 140_000))]
            expectEnvelope(try system.client.send(.post, "/api/domain/open.example", body), 413, "INVALID_PARAMETER")
            // Postern's own limit is the same.
            let most = [("name", String(repeating: "x", count: 128 * 1024 - 5))]
            #expect(try system.client.send(.post, "/api/domain/open.example", most).status == 200)
        }

        @Test(arguments: ["PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
        func otherMethodsAreRefusedInTheEnvelope(_ method: String) throws {
            let answer = try exchange(
                "\(method) /api/domains HTTP/1.1\r\nHost: mail.example\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 405 "))
            // A HEAD has no body; nginx answers TRACE before it looks at any location.
            let envelope = #"{"_success": false, "_msg": "METHOD_NOT_ALLOWED"}"#
            #expect(["HEAD", "TRACE"].contains(method) || answer.hasSuffix(envelope))
            #expect(!answer.lowercased().contains("access-control"))
        }

        /// What a client is answered to so many requests one after the other.
        private func answers(
            _ count: Int, to client: APIClient, _ method: APIClient.Method, _ path: String,
            _ form: [(String, String)] = [], headers: [(String, String)] = []
        ) throws -> [HTTPAnswer] {
            try (0..<count).map { _ in try client.send(method, path, form, headers: headers) }
        }

        private func expectRefusal(_ answer: HTTPAnswer?) {
            expectEnvelope(answer, 429, "TOO_MANY_REQUESTS")
            #expect(answer?.header("retry-after") == "1")
        }

        @Test func tooManyLoginsAreRefusedInTheEnvelope() throws {
            let client = system.nginx.client(from: "127.0.0.7")
            // Without a name no password is checked, so that they come fast.
            let answers = try answers(90, to: client, .post, "/api/login", [("username", ""), ("password", "x")])
            #expect(answers.prefix(61).allSatisfy { $0.word == "INVALID_USERNAME" }, "one and a burst of sixty")
            expectRefusal(answers.last)
            #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED", "other requests are not logins")
            try system.nginx.client(from: "127.0.0.8").logIn(RunningPostern.admin, RunningPostern.password)
        }

        @Test func aSessionMakesALoginNoCheaper() throws {
            let client = system.nginx.client(from: "127.0.0.7", cookie: system.client.cookie)
            expectRefusal(try answers(90, to: client, .post, "/api/login", [("username", "")]).last)
            expectRefusal(try client.send(.post, "/api/verify_password/user/anna@open.example", [("password", "x")]))
            #expect(try client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
        }

        /// Many scripts do so; none of them knows what a 429 is.
        @Test func aScriptThatLogsInBeforeEachOfFiftyOperationsIsServed() throws {
            try system.add(domain: "open.example")
            let client = system.nginx.client(from: "127.0.0.7")
            for number in 0..<50 {
                try client.logIn(RunningPostern.admin, RunningPostern.password)
                try client.change(.post, "/api/user/u\(number)@open.example", [("password", "User-pw-1")])
            }
        }

        /// No cookie, another one, or something that cannot be a session's id.
        @Test(arguments: [
            nil, "PHPSESSID=1", "iRedAdmin=", "iRedAdmin=x", "iRedAdmin=\(String(repeating: "x", count: 44))",
        ])
        func tooManyRequestsWithoutASessionAreRefusedInTheEnvelope(_ cookie: String?) throws {
            let client = system.nginx.client(from: "127.0.0.7", cookie: cookie)
            let answers = try answers(200, to: client, .get, "/api/domains")
            #expect(answers.prefix(41).allSatisfy { $0.word == "LOGIN_REQUIRED" }, "one and a burst of forty")
            expectRefusal(answers.first { $0.status != 200 })
            let other = system.nginx.client(from: "127.0.0.7", cookie: system.client.cookie)
            #expect(try other.send(.get, "/api/domains").envelope?["_success"] as? Bool == true, "a session goes on")
        }

        /// As fast as the answers come, over so many connections.
        @Test(arguments: [1, 16, 64])
        func creationsInASessionAreNeverRefused(_ connections: Int) throws {
            try system.add(domain: "open.example")
            let each = 3200 / connections
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let done = Mutex(0)
            let crew = Crew(connections) { member in
                let client = APIClient(port: port, from: "127.0.0.7", cookie: cookie)
                return { round in
                    guard round < each else {
                        usleep(10_000)
                        return
                    }
                    try client.change(.post, "/api/user/u\(member)-\(round)@open.example", [("password", "User-pw-1")])
                    done.withLock { $0 += 1 }
                }
            }
            defer { crew.abandon() }
            // What a member throws ends it, and is thrown by `stop`.
            _ = Program.wait(atMost: .seconds(60)) { done.withLock { $0 } == each * connections || crew.hasFailed }
            try crew.stop()
            #expect(try system.postern.mailboxes().count == each * connections)
        }

        /// A cookie that looks like a session's is soon invented.
        @Test func aFloodOfInventedCookiesHoldsNobodyUp() throws {
            let port = system.nginx.port
            let cookie = "iRedAdmin=\(String(repeating: "x", count: 43))"
            let flood = Crew(64) { _ in
                let client = APIClient(port: port, from: "127.0.0.7", cookie: cookie)
                return { _ in
                    let word = try client.send(.get, "/api/domains").word
                    guard word == "LOGIN_REQUIRED" else { throw Program.Failure(description: word ?? "no refusal") }
                }
            }
            defer { flood.abandon() }
            usleep(500_000)
            var worst = Duration.zero
            for _ in 0..<40 {
                let start = ContinuousClock.now
                #expect(try system.client.send(.get, "/api/domains").envelope?["_success"] as? Bool == true)
                worst = max(worst, ContinuousClock.now - start)
                usleep(50_000)
            }
            try flood.stop()
            print("a flood of invented cookies: others' worst", worst)
            #expect(worst < .seconds(1))
        }

        @Test func tooManyConnectionsAreRefusedInTheEnvelope() throws {
            // A request whose body does not come yet.
            let cookie = try #require(system.client.cookie)
            let slow =
                "POST /api/domains HTTP/1.1\r\nHost: mail.example\r\nCookie: \(cookie)\r\nContent-Length: 9\r\n\r\n"
            var connections: [HTTPConnection] = []
            func connect() throws {
                let connection = try HTTPConnection(port: system.nginx.port, from: "127.0.0.7", limit: 10)
                try connection.send(slow)
                connections.append(connection)
            }
            for _ in 0..<100 { try connect() }
            let client = system.nginx.client(from: "127.0.0.7", cookie: cookie)
            var refused: HTTPAnswer?
            let isRefused = try Program.wait(atMost: .seconds(5)) {
                let answer = try client.send(.get, "/api/domains")
                if answer.status == 429 { refused = answer }
                // One of nginx' workers may have answered this before the other had read the last of the hundred, which
                // then was one too many.
                if refused == nil { try connect() }
                return refused != nil
            }
            #expect(isRefused, "\(system.nginx.errors)")
            expectRefusal(refused)
            #expect(try system.nginx.client(from: "127.0.0.8").send(.get, "/api/domains").word == "LOGIN_REQUIRED")
            withExtendedLifetime(connections) {}
        }

        @Test func eachAnswerHasTheIdOfItsRequest() throws {
            let ids = try (0..<3).map { _ in
                try system.client.send(.get, "/api/domains").header("x-request-id") ?? "none"
            }
            #expect(Set(ids).count == 3)
            let isID = /[0-9a-f]{32}/
            #expect(ids.allSatisfy { $0.wholeMatch(of: isID) != nil })
            let answer = try system.client.send(.get, "/api/domains", headers: [("X-Request-Id", "mine")])
            #expect(answer.header("x-request-id") != "mine", "the client has no say in it")
        }

        @Test func aDeadServerIsToldInTheEnvelope() throws {
            let dead = "\(system.postern.directory.path)/dead.sock"
            close(try LocalSocket.listen(at: dead))
            let printed = try system.postern.printedConfiguration("nginx", options: ["--socket", dead])
            let nginx = try NginxServer(configuration: printed)
            defer { nginx.stop() }
            let answer = try nginx.client().send(.get, "/api/domains")
            expectEnvelope(answer, 502, "INTERNAL_ERROR")
            #expect(answer.header("retry-after") == "2")
        }

        @Test(arguments: [
            "/api/domain/open.example%2Fkeep_mailbox_days%2F1", "/api/domain%2Fopen.example",
            "/api%2Fdomain/open.example", "/api/x/%2e%2e/domain%2Fopen.example", "/api/domain/open.example%00",
            "/api/domain/open.example%252F",
        ])
        func anEncodedSlashIsNoSlash(_ path: String) throws {
            try system.add(domain: "open.example")
            let answer = try system.client.send(.delete, path)
            #expect(!answer.isDone, "\(answer.status) \(answer.text)")
            #expect(try system.client.send(.get, "/api/domain/open.example").profile != nil)
        }

        @Test func anEncodedLetterIsALetter() throws {
            try system.add(domain: "open.example")
            #expect(try system.client.send(.get, "/api/domain/%6fpen.example").profile != nil)
            try system.add(user: "anna@open.example")
            #expect(try system.client.send(.get, "/api/user/anna%40open.example").profile != nil)
        }

        /// Each carries a DELETE where one of two readers of the same bytes would see it.
        @Test(arguments: [
            ("two lengths", "Content-Length: 6\r\nContent-Length: 0\r\n"),
            ("a length and chunks", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"),
            ("chunks twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
            ("chunks by another name", "Transfer-Encoding: xchunked\r\n"),
            ("a space before the colon", "Content-Length : 0\r\n"),
            ("a negative length", "Content-Length: -1\r\n"),
            ("a sign before the length", "Content-Length: +0\r\n"),
        ])
        func smugglingIsRefused(_ name: String, _ header: String) throws {
            try system.add(domain: "open.example")
            let cookie = try #require(system.client.cookie)
            let inner = "DELETE /api/domain/open.example HTTP/1.1\r\nHost: mail.example\r\nCookie: \(cookie)\r\n\r\n"
            let answer = try exchange(
                "POST /api/login HTTP/1.1\r\nHost: mail.example\r\n\(header)\r\n0\r\n\r\n\(inner)")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 501 "), "\(name): \(answer)")
            #expect(!answer.contains("_success\": true"))
            #expect(try system.client.send(.get, "/api/domain/open.example").profile != nil)
        }

        @Test func aRequestFromAnotherSiteIsRefused() throws {
            for headers in [[("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")]] {
                let answer = try system.client.send(
                    .post, "/api/domain/open.example", [("name", "x")], headers: headers)
                #expect(answer.word != nil)
            }
            let own = [("Origin", "http://mail.example"), ("Sec-Fetch-Site", "same-origin")]
            #expect(try system.client.send(.post, "/api/domain/open.example", [("name", "x")], headers: own).isDone)
        }

        @Test func noHeaderOfTheClientBecomesAParameter() throws {
            try system.postern.write(settings: ["RESTFUL_API_CLIENTS = ['192.0.2.1']"])
            _ = try system.postern.reload()
            let headers = [
                ("X-Forwarded-For", "192.0.2.1"), ("Remote-Addr", "192.0.2.1"), ("REMOTE_ADDR", "192.0.2.1"),
                ("X-Real-IP", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"), ("X-HTTP-Method-Override", "DELETE"),
            ]
            #expect(try system.client.send(.get, "/api/domains", headers: headers).word == "NOT_AUTHORIZED")
        }

        @Test(arguments: ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
        func aMethodInAHeaderHasNoSay(_ header: String) throws {
            try system.add(domain: "open.example")
            try system.add(user: "anna@open.example")
            let answer = try system.client.send(
                .put, "/api/user/anna@open.example", [("name", "Anna"), ("_method", "DELETE")],
                headers: [(header, "DELETE")])
            #expect(answer.isDone)
            #expect(try system.client.send(.get, "/api/user/anna@open.example").profile?["name"] as? String == "Anna")
        }

        @Test func theGateKeepsOutWhoDoesNotKnowTheSecret() throws {
            let directory = system.postern.directory
            try directory.write("gate", "a-secret-of-some-length\n")
            try directory.write("gate.conf", "fastcgi_param POSTERN_GATE \"a-secret-of-some-length\";\n")
            try system.postern.write(settings: ["FASTCGI_GATE_FILE = '\(directory.path)/gate'"])
            #expect(try system.postern.reload().hasSuffix("settings read again"))
            #expect(try system.client.send(.get, "/api/domains").envelope?["_success"] as? Bool != true)
            let printed = try system.postern.printedConfiguration(
                "nginx", options: ["--socket", system.postern.socket])
            let text = try String(contentsOfFile: "\(printed)/postern-locations.conf", encoding: .utf8)
            let lines = text.split(separator: "\n")
            let line = try #require(lines.first { $0.contains("include ") && $0.contains("gate") })
            let nginx = try NginxServer(
                configuration: printed, replacing: [(String(line), "    include \(directory.path)/gate.conf;")])
            defer { nginx.stop() }
            let answer = try nginx.client(cookie: system.client.cookie).send(.get, "/api/domains")
            #expect(answer.envelope?["_success"] as? Bool == true)
        }
    }
}
