import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// The printed nginx files, with their limits, before the real program.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct WebServerTests {
        private let system: MailSystem

        init() throws { system = try MailSystem(limited: true) }

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

        @Test func tooManyLoginsAreRefusedInTheEnvelope() throws {
            let client = system.nginx.client(from: "127.0.0.7")
            let answers = try (0..<10).map { _ in
                try client.send(.post, "/api/login", [("username", "a@b.example"), ("password", "x")])
            }
            #expect(answers.prefix(6).allSatisfy { $0.word == "INVALID_CREDENTIALS" }, "one and a burst of five")
            expectEnvelope(answers.last, 429, "NOT_AUTHORIZED")
            #expect(answers.last?.header("retry-after") == "6")
            #expect(try client.send(.get, "/api/domains").word == "LOGIN_REQUIRED", "other requests are not logins")
            try system.nginx.client(from: "127.0.0.8").logIn(RunningPostern.admin, RunningPostern.password)
        }

        @Test func tooManyRequestsAreRefusedInTheEnvelope() throws {
            let client = system.nginx.client(from: "127.0.0.7")
            var refused: HTTPAnswer?
            for _ in 0..<400 where refused == nil {
                let answer = try client.send(.get, "/api/domains")
                if answer.status != 200 { refused = answer }
            }
            expectEnvelope(refused, 429, "NOT_AUTHORIZED")
        }

        @Test func tooManyConnectionsAreRefusedInTheEnvelope() throws {
            // A request whose body does not come yet.
            let slow = "POST /api/domains HTTP/1.1\r\nHost: mail.example\r\nContent-Length: 9\r\n\r\n"
            var connections: [HTTPConnection] = []
            for _ in 0..<20 {
                let connection = try HTTPConnection(port: system.nginx.port, from: "127.0.0.7", limit: 10)
                try connection.send(slow)
                connections.append(connection)
            }
            let client = system.nginx.client(from: "127.0.0.7")
            var refused: HTTPAnswer?
            #expect(try Program.wait(atMost: .seconds(5)) {
                let answer = try client.send(.get, "/api/domains")
                if answer.status == 429 { refused = answer }
                return refused != nil
            })
            expectEnvelope(refused, 429, "NOT_AUTHORIZED")
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
            "/api%2Fdomain/open.example", "/api/x/%2e%2e/domain%2Fopen.example", "/api/domain/open.example%00", "/api/domain/open.example%252F",
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
            let printed = try system.postern.printedConfiguration("nginx", options: ["--socket", system.postern.socket])
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
