import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// There is never a second writer, and nobody but root and the service's user has the tools do anything.
    struct OneWriterTests {
        private let server: OperatorServer

        init() throws { server = try OperatorServer() }

        @Test func theServicesOwnUserMayUseTheTools() throws {
            for isServed in [true, false] {
                try server.bring(isServed)
                #expect(try server.succeed(["admin", "list"], as: Accounts.service).contains("\tglobal\n"))
                try server.succeed(
                    ["admin", "password", RunningPostern.admin], password: "Changed-pw-1\(isServed)",
                    as: Accounts.service)
                #expect(try server.logIn(RunningPostern.admin, "Changed-pw-1\(isServed)") != nil)
            }
        }

        @Test(arguments: [false, true])
        func anotherUserIsRefused(_ isServed: Bool) throws {
            try server.bring(isServed)
            let web = ProcessUser(user: 64_998, group: Accounts.webGroup, groups: [Accounts.service.group])
            for user in [ProcessUser.stranger(in: 64_999), Accounts.reader, web] {
                for words in [["admin", "list"], ["admin", "delete", RunningPostern.admin], ["purge", "--dry-run"]] {
                    let result = try server.tool(words, as: user)
                    #expect(result.status != 0 && result.output == "", "\(words)")
                    #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
                    #expect(!result.errorOutput.contains("missing"), "what cannot be seen is not missing")
                }
            }
        }

        @Test func aWebServerCannotClaimToBeTheOperator() throws {
            try server.bring(true)
            // The web server's peer is root here too, as a tool's is: what it forwards names a client.
            let claim = Records.usual("GET", "/postern/admins") + [("HTTP_POSTERN_OPERATOR", "1")]
            #expect(try FastCGIClient(server.socket).exchange(Records.request(claim))?.contains("NOT_FOUND") == true)
            #expect(try server.answer("GET", "/postern/admins").contains("NOT_FOUND"))
            let cookie = try server.logIn(RunningPostern.admin, RunningPostern.password)
            for path in ["admins", "deleted_mailboxes"] {
                #expect(try server.answer("GET", "/postern/\(path)", cookie: cookie).contains("NOT_FOUND"))
            }
        }

        @Test func noServerStartsWhileAToolIsAtWork() throws {
            let lock = try StateLock(server.postern.state)
            let process = try server.serve()
            #expect(process.exitStatus(within: .seconds(8)) == 78)
            #expect(server.log.hasSuffix("postern: serve: another Postern is at work on \(server.postern.state)\n"))
            #expect(access(server.socket, F_OK) != 0)
            lock.release()
            try server.bring(true)
        }

        @Test func toolsAtWorkTogetherDoNotWriteTogether() throws {
            let server = server
            let codes = OnceWritten<[Int32]>()
            let (state, settings) = (server.postern.state, server.postern.settingsFile)
            Thread.detachNewThread {
                codes.set(
                    (0..<6).map { round in
                        let result = try? PosternProgram.run(
                            [
                                "admin", "create", "a\(round)@admin.example", "--password-stdin", "--state", state,
                                "--settings", settings,
                            ], input: "Second-pw-1\n")
                        return result?.status ?? -1
                    })
            }
            var mine: [Int32] = []
            for round in 0..<6 {
                mine.append(
                    try server.tool(["admin", "create", "b\(round)@admin.example"], password: "Second-pw-1").status)
            }
            let others = codes.wait()
            #expect((mine + others).allSatisfy { $0 == 0 || $0 == 1 })
            let made = try server.postern.sql("SELECT COUNT(*) FROM admin WHERE username LIKE '_%@admin.example';")
            #expect(made == "\((mine + others).count { $0 == 0 } + 1)\n")
            #expect(try server.postern.check().status == 0)
        }

        @Test func aKilledServersStateIsForTheTools() throws {
            try server.start()
            _ = server.server?.stop(SIGKILL)
            #expect(access(server.socket, F_OK) == 0, "its socket is still there")
            try server.succeed(["admin", "password", RunningPostern.admin], password: "Changed-pw-2")
            #expect(try server.postern.check().status == 0)
            try server.start()
            #expect(try server.logIn(RunningPostern.admin, "Changed-pw-2") != nil)
        }

        @Test func whatRootsToolMakesIsTheServices() throws {
            for name in ["vmail", "amavisd", "iredapd", "usage", "api"] {
                for side in ["-wal", "-shm"] { unlink("\(server.postern.state)/\(name)/\(name).db\(side)") }
            }
            for lock in ["writer", "spf-refresh"] { unlink("\(server.postern.state)/api/\(lock).lock") }
            try server.succeed(["admin", "list"])
            #expect(try server.tool(["spf-refresh", "--once", "--dns", "127.0.0.1"], as: Accounts.service).status == 0)
            unlink("\(server.postern.state)/api/spf-refresh.lock")
            #expect(try server.tool(["spf-refresh", "--once", "--dns", "127.0.0.1"]).status == 0)
            #expect(try server.tool(["spf-refresh", "--once", "--dns", "127.0.0.1"], as: Accounts.service).status == 0)
            try server.succeed(["admin", "password", RunningPostern.admin], password: "Changed-pw-2")
            let check = try server.postern.check()
            #expect(check.status == 0, "\(check.output)")
            #expect(try server.logIn(RunningPostern.admin, "Changed-pw-2") != nil)
        }

        @Test func aServerWithoutALocalSocketIsNotBypassed() throws {
            let port = try Loopback.freePort()
            let process = try ChildProcess(
                [
                    PosternProgram.command, "serve", "--state", server.postern.state,
                    "--settings", server.postern.settingsFile, "--listen", "127.0.0.1:\(port)",
                ],
                as: Accounts.service, log: "\(server.postern.directory.path)/own.log")
            #expect(Program.wait(atMost: .seconds(8)) { server.log.contains("ready:") })
            usleep(100_000)
            let result = try server.tool(["admin", "list"])
            #expect(result.status == 1)
            #expect(result.errorOutput.hasPrefix("postern: admin: the server runs, but has no local socket"))
            #expect(process.stop() == 0)
            #expect(try server.succeed(["admin", "list"]).contains(RunningPostern.admin))
        }

        @Test func nothingIsMadeWhereThereIsNoState() throws {
            let nowhere = "\(server.postern.directory.path)/nowhere"
            let result = try PosternProgram.run(["admin", "list", "--state", nowhere])
            #expect(result.status == 78)
            #expect(result.errorOutput.contains("vmail/vmail.db is missing"))
            #expect(access(nowhere, F_OK) != 0)
        }
    }
}
