import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// Bad days of the machine: whatever happens, an answer is whole or a refusal, and it goes on without a hand.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct FaultTests {
        private let system: MailSystem
        private var postern: RunningPostern { system.postern }

        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
            try system.add(user: "anna@open.example")
        }

        @Test func aFileDamagedWhileItRunsIsRefusedNotRewrittenAndRestored() throws {
            let database = "\(postern.state)/vmail/vmail.db"
            try #require(try postern.backup().status == 0)
            try postern.restart()
            try postern.sql("PRAGMA wal_checkpoint(TRUNCATE);")
            let query =
                "SELECT rootpage FROM sqlite_schema WHERE tbl_name IN ('mailbox', 'forwardings') AND rootpage > 0;"
            let pages = try postern.sql(query).split(separator: "\n").compactMap { Int($0) }
            let handle = try #require(FileHandle(forUpdatingAtPath: database))
            for page in pages {
                try handle.seek(toOffset: UInt64((page - 1) * 4096))
                try handle.write(contentsOf: Data(repeating: 0xa5, count: 4096))
            }
            try handle.close()
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            let damaged = try Program.run("/usr/bin/sha256sum", [database]).output
            for _ in 0..<3 {
                let change = try system.client.send(.post, "/api/user/bert@open.example", [("password", "User-pw-1")])
                #expect(change.status == 500 && change.word == "INTERNAL_ERROR")
                let read = try system.client.send(.get, "/api/user/anna@open.example")
                #expect(read.status == 500 && read.word == "INTERNAL_ERROR")
            }
            // What lies in other files is served on.
            #expect(try system.client.send(.get, "/api/spampolicy/global").status == 200)
            #expect(postern.process?.isRunning == true)
            #expect(try postern.check().status == 65)
            #expect(try Program.run("/usr/bin/sha256sum", [database]).output == damaged, "never rewritten")
            #expect(postern.stop() == 0)
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            try postern.start()
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            try system.add(user: "bert@open.example")
            #expect(try postern.check().status == 0)
        }

        @Test(.enabled(if: Program.isInstalled("/usr/bin/prlimit"), "needs util-linux"), .timeLimit(.minutes(2)))
        func withoutMemoryWhatIsAcknowledgedIsThere() throws {
            // Checking it wants 64 MiB for a moment.
            let hash =
                "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$95g7xPoBAI/+Wq4PBgPWHQ"
                + "$B2RHV/3/od0RbjQ+oBPsm6tSIXqkmvCjaEfUAZQKukY"
            try system.client.change(.post, "/api/user/argon@open.example", [("password_hash", hash)])
            let check = try system.client.send(
                .post, "/api/verify_password/user/argon@open.example", [("password", "Secret1!")])
            #expect(check.isDone, "\(check.text)")
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let acknowledged = Mutex<[String]>([])
            let refused = Mutex(0)
            let writers = Crew(6) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    // A long body wants memory for itself.
                    let answer = try client.send(
                        .post, "/api/user/\(user)",
                        [
                            ("password", "User-pw-1"), ("name", String(repeating: "n", count: 200)),
                            ("unknown", String(repeating: "x", count: 100_000)),
                        ])
                    if answer.isDone { acknowledged.withLock { $0.append(user) } }
                    let check = try client.send(
                        .post, "/api/verify_password/user/argon@open.example", [("password", "Secret1!")])
                    if !answer.isDone || !check.isDone { refused.withLock { $0 += 1 } }
                }
            }
            defer { writers.abandon() }
            var ends = 0
            for round in 0..<6 {
                let process = try #require(postern.process)
                let spare = [0, 64, 256, 1024, 4096, 8192][round]
                // A check may be under way; there is to be no room for the next one.
                let limit = (process.addressSpace - 49_152 + spare) * 1024
                try setLimit("--as=\(limit):", of: process)
                _ = Program.wait(atMost: .milliseconds(700)) { !process.isRunning }
                if process.isRunning {
                    try setLimit("--as=unlimited:", of: process)
                } else {
                    ends += 1
                    try postern.start()
                }
                try postern.expectService("with memory again")
                usleep(300_000)
            }
            try writers.stop()
            let (done, others) = (acknowledged.withLock(\.self), refused.withLock(\.self))
            Soak.report("without memory: \(done.count) changes acknowledged, \(others) refused, \(ends) restarts")
            #expect(done.count > 10)
            #expect(others > 0, "memory was short for somebody")
            #expect(Set(done).subtracting(try postern.mailboxes()).isEmpty)
            try postern.restart()
            #expect(try postern.check().status == 0)
        }

        @Test(.enabled(if: Program.isInstalled("/usr/bin/prlimit"), "needs util-linux"))
        func withoutDescriptorsItWaitsAndGoesOn() throws {
            let process = try #require(postern.process)
            let usual = process.descriptors
            try setLimit("--nofile=\(process.openFiles.count + 4):", of: process)
            var peers = try (0..<40).map { _ in try FastCGIClient(postern.socket, limit: 5) }
            for peer in peers { try peer.send(Array(Records.request(Records.usual()).prefix(20))) }
            usleep(500_000)
            let before = try processorTime(of: process.pid)
            usleep(1_000_000)
            #expect(try processorTime(of: process.pid) - before < 50, "hundredths of a second: it does not spin")
            peers = []
            #expect(Program.wait(atMost: .seconds(8)) { process.descriptors <= usual })
            try system.add(user: "bert@open.example")
            // nginx keeps connections that use up what is allowed; accepting pauses in between.
            try postern.expectService("after all", within: .seconds(5))
            #expect(process.isRunning)
        }

        @Test func peersThatDieBeforeTheirAnswerHarmNobody() throws {
            let process = try #require(postern.process)
            let request = Records.request(Records.usual("GET", "/api/domains", cookie: system.client.cookie))
            for _ in 0..<300 { try FastCGIClient(postern.socket, limit: 5).send(request) }
            try postern.expectService("after all")
            #expect(process.isRunning)
        }

        @Test(.enabled(if: FailingDisk.isInstalled, "needs gcc, libc6-dev"))
        func aClockThatJumpsEndsSessionsAndNothingElse() throws {
            let clock = try FailingDisk(below: postern.state)
            try postern.stopCleanly()
            try postern.start(environment: clock.environment)
            func isLoggedIn() throws -> Bool { try system.client.send(.get, "/api/domains").word != "LOGIN_REQUIRED" }
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            // Two minutes back, as a time server does; less than five minutes are no session from the future.
            try clock.setClock(ahead: -120)
            #expect(try isLoggedIn())
            try clock.setClock(ahead: 0)
            #expect(try isLoggedIn())
            for ahead: Int32 in [86_400, -86_400, 400_000_000, -400_000_000] {
                try clock.setClock(ahead: 0)
                try system.client.logIn(RunningPostern.admin, RunningPostern.password)
                try clock.setClock(ahead: ahead)
                #expect(try !isLoggedIn(), "\(ahead) seconds ahead")
                try postern.expectService("\(ahead) seconds ahead")
                try system.client.logIn(RunningPostern.admin, RunningPostern.password)
                try system.add(user: "u\(ahead < 0 ? "m" : "p")\(abs(ahead))@open.example")
            }
            try clock.setClock(ahead: 0)
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            #expect(try isLoggedIn())
            try postern.stopCleanly()
        }

        /// Only the soft limit, as the process' own user: that needs no privilege.
        private func setLimit(_ option: String, of process: ChildProcess) throws {
            let result = try Program.run(
                "/usr/bin/prlimit", ["--pid", "\(process.pid)", option], as: Accounts.service)
            // It may have ended in this moment.
            if process.isRunning { #expect(result.status == 0, "\(result.errorOutput)") }
        }

        /// Hundredths of a second that a process has used.
        private func processorTime(of pid: pid_t) throws -> Int {
            let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return try #require(Int(fields[11])) + #require(Int(fields[12]))
        }
    }
}
