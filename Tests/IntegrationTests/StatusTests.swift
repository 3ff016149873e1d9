import Foundation
import Support
import Testing

extension IntegrationTests {
    /// What the operator sees: the request log, `postern status`, and the line that fail2ban waits for.
    struct StatusTests {
        private let server: OperatorServer

        init() throws { server = try OperatorServer(settings: ["LOG_REQUESTS = True"]) }

        @Test func statusShowsRequestsQueuesAndSizes() throws {
            try server.addUser("anna", in: "open.example")
            for _ in 0..<3 { _ = try server.answer("GET", "/api/domains") }
            let lines = try server.succeed(["status"]).split(separator: "\n").map(String.init)
            #expect(lines.first?.hasPrefix("up ") == true && lines.first?.hasSuffix(" requests") == true)
            let route = try #require(lines.first { $0.hasSuffix("  GET /api/domains") })
            // One more than these three: the start was waited for with it.
            #expect(route.split(separator: " ").prefix(2).allSatisfy { Int($0).map { $0 >= 3 } ?? false }, "\(route)")
            #expect(lines.contains { $0.hasSuffix("  POST /api/user/<mail>") })
            #expect(lines.contains { $0.hasSuffix("Changes taken by the writer.") && !$0.hasPrefix("           0 ") })
            for name in ["vmail", "amavisd", "iredapd", "usage", "api"] {
                let line = try #require(lines.first { $0.hasSuffix("Size of \(name)/\(name).db.") })
                #expect(line.split(separator: " ").first.flatMap { Int($0) } ?? 0 >= 4096, "\(line)")
            }
            let data = try JSONSerialization.jsonObject(with: Data(try server.succeed(["status", "--json"]).utf8))
            #expect(Set((data as? [String: Any] ?? [:]).keys) == ["uptime", "gauges", "routes"])
        }

        @Test func withoutAServerThereIsNoStatus() throws {
            let result = try server.tool(["status"])
            #expect(result.status == 1)
            #expect(result.errorOutput == "postern: status: the server does not run: systemctl start postern\n")
        }

        @Test func aSignalWritesTheStatusToTheLog() throws {
            try server.start()
            server.server?.signal(SIGUSR1)
            #expect(Program.wait(atMost: .seconds(5)) { server.log.contains("Size of api/api.db.") })
            #expect(server.server?.isRunning == true)
        }

        @Test func eachRequestHasALineWithoutSecrets() throws {
            try server.addUser("anna", in: "open.example")
            _ = try server.answer("GET", "/api/user/anna@open.example?password=Secret-in-query")
            func line(_ start: String) -> String? {
                server.log.split(separator: "\n").map(String.init).first { $0.contains(start) }
            }
            #expect(
                Program.wait(atMost: .seconds(5)) {
                    line("route=/api/user/<mail> status=200 word=LOGIN_REQUIRED") != nil
                })
            let created = try #require(line("method=POST route=/api/user/<mail> status=200"))
            let pattern =
                #"^postern: request id=\S+ client=127\.0\.0\.1 admin=postmaster@admin\.example method=POST "#
                + #"route=/api/user/<mail> status=200 word=- us=\d+ bytes=18$"#
            #expect(created.range(of: pattern, options: .regularExpression) != nil, "\(created)")
            #expect(!server.log.contains("User-pw-1") && !server.log.contains(RunningPostern.password))
            #expect(!server.log.contains("Secret-in-query"))
            try server.stop()
        }

        @Test func belowSystemdALineBeginsWithItsPriority() throws {
            let log = "\(server.postern.directory.path)/own.log"
            try server.start()
            try server.stop()
            var file = stat()
            try #require(stat(log, &file) == 0)
            let process = try ChildProcess(
                [
                    "/usr/bin/env", "JOURNAL_STREAM=\(file.st_dev):\(file.st_ino)", PosternProgram.command, "serve",
                    "--state", server.postern.state, "--settings", server.postern.settingsFile, "--socket",
                    server.socket,
                ],
                as: Accounts.service, log: log)
            defer { process.end() }
            #expect(Program.wait(atMost: .seconds(10)) { server.log.contains("\n<5>postern: ready: ") })
            _ = try server.answer("GET", "/api/domains")
            #expect(Program.wait(atMost: .seconds(5)) { server.log.contains("\n<6>postern: request ") })
        }

        @Test(.enabled(if: Program.isInstalled("/usr/bin/fail2ban-regex"), "needs fail2ban"))
        func fail2banFindsWrongLoginsAndNothingElse() throws {
            try server.start()
            #expect(try server.logIn("nobody@open.example", "Wrong-pw-1") == nil)
            #expect(try server.logIn(RunningPostern.admin, "Wrong-pw-1") == nil)
            #expect(try server.logIn(RunningPostern.admin, RunningPostern.password) != nil)
            try server.stop()
            let directory = try server.postern.printedConfiguration("fail2ban")
            // As the journal's lines reach fail2ban, and once more as they stand in a file.
            let lines = server.log.split(separator: "\n").filter {
                $0.contains("login refused") || $0.contains("request ")
            }
            try server.postern.directory.write(
                "journal",
                lines.map { "Jan 31 23:59:59 mx postern[7]: \($0)\n" }.joined() + lines.map { "\($0)\n" }.joined())
            let result = try Program.run(
                "/usr/bin/fail2ban-regex",
                ["--print-all-matched", "\(server.postern.directory.path)/journal", "\(directory)/postern.conf"],
                limit: .seconds(60))
            let requests = lines.count { $0.contains("request ") }
            #expect(requests >= 3)
            let total = "Lines: \(lines.count * 2) lines, 0 ignored, 4 matched, \(lines.count * 2 - 4) missed"
            #expect(result.output.contains(total), "\(result.output)")
            #expect(result.output.contains("client=127.0.0.1 account=nobody@open.example"))
        }
    }
}
