import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What lies on the disk, and what happens when the disk or somebody else's lock is in the way.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct StorageTests {
        private static let files = [
            ("vmail", 0o2750, 0o640), ("amavisd", 0o2750, 0o640), ("iredapd", 0o2770, 0o660), ("usage", 0o2770, 0o660),
            ("api", 0o700, 0o600),
        ]

        private func expectModes(of postern: RunningPostern, _ when: Comment) {
            for (name, directoryMode, fileMode) in Self.files {
                let directory = "\(postern.state)/\(name)"
                var parent = stat()
                #expect(stat(directory, &parent) == 0 && Int(parent.st_mode & 0o7777) == directoryMode, when)
                for suffix in ["", "-wal", "-shm"] {
                    var status = stat()
                    #expect(stat("\(directory)/\(name).db\(suffix)", &status) == 0, "\(name)\(suffix) \(when)")
                    #expect(Int(status.st_mode & 0o7777) == fileMode, "\(name)\(suffix) \(when)")
                    #expect(status.st_gid == parent.st_gid, "\(name)\(suffix) \(when)")
                    #expect(status.st_uid == parent.st_uid, "\(name)\(suffix) \(when)")
                }
            }
        }

        @Test func sideFilesStayWithModeAndGroup() throws {
            let system = try MailSystem()
            let postern = system.postern
            try system.add(domain: "open.example")
            expectModes(of: postern, "while it runs")
            #expect(postern.stop() == 0)
            expectModes(of: postern, "after a stop")
            #expect(try postern.check().status == 0)
            expectModes(of: postern, "after a check")
            try postern.start()
            try system.add(domain: "two.example")
            expectModes(of: postern, "after the next start")
            postern.kill9()
            expectModes(of: postern, "after a kill")
            try postern.start()
            try system.add(domain: "three.example")
            expectModes(of: postern, "after a start after a kill")
            #expect(try postern.check().status == 0)
        }

        @Test(.enabled(if: Program.isInstalled("/usr/bin/strace"), "needs strace"))
        func everyLoneCreateIsSynced() throws {
            let system = try MailSystem()
            try system.add(domain: "open.example")
            let trace = "\(system.postern.directory.path)/trace", log = "\(system.postern.directory.path)/strace.log"
            let process = try #require(system.postern.process)
            let strace = try ChildProcess(
                ["/usr/bin/strace", "-f", "-e", "trace=fsync,fdatasync", "-o", trace, "-p", "\(process.pid)"], log: log)
            func output() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
            let isAttached = Program.wait(atMost: .seconds(5)) { output().contains("attached") || !strace.isRunning }
            guard isAttached, strace.isRunning else {
                // Some containers forbid tracing.
                print("not tried: strace cannot attach: \(output())")
                return
            }
            func syncs() -> Int {
                let text = (try? String(contentsOfFile: trace, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").count { $0.contains("sync(") && $0.hasSuffix("= 0") }
            }
            var before = syncs()
            for number in 1...10 {
                try system.add(user: "u\(number)@open.example")
                // strace writes a moment later.
                #expect(Program.wait(atMost: .seconds(1)) { syncs() > before }, "create \(number) was not synced")
                before = syncs()
            }
            _ = strace.stop()
            #expect(process.isRunning)
        }

        @Test func aLockOfAnotherProcessDelaysWritesAndNothingElse() throws {
            let system = try MailSystem()
            try system.add(domain: "open.example")
            let shell = try HeldLock(on: "\(system.postern.state)/vmail/vmail.db")
            let begin = ContinuousClock.now
            let waiting = OnceWritten<(status: Int, word: String?)>()
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            Thread.detachNewThread {
                let answer = try? APIClient(port: port, cookie: cookie)
                    .send(.post, "/api/user/anna@open.example", [("password", "User-pw-1")])
                waiting.set((answer?.status ?? 0, answer?.word))
            }
            for _ in 0..<10 {
                let read = ContinuousClock.now
                #expect(try system.client.send(.get, "/api/domain/open.example").profile != nil)
                #expect(ContinuousClock.now - read < .seconds(1))
                usleep(300_000)
            }
            let (status, word) = waiting.wait()
            #expect(status == 503 && word == "DATABASE_BUSY")
            let taken = ContinuousClock.now - begin
            #expect(taken > .seconds(3) && taken < .seconds(7), "\(taken)")
            try shell.release()
            #expect(try system.client.send(.get, "/api/user/anna@open.example").word == "NO_SUCH_ACCOUNT")
            try system.add(user: "anna@open.example")
        }

        @Test func aLockThatIsReleasedInTimeOnlyDelays() throws {
            let system = try MailSystem()
            try system.add(domain: "open.example")
            let shell = try HeldLock(on: "\(system.postern.state)/vmail/vmail.db")
            Thread.detachNewThread {
                usleep(1_500_000)
                try? shell.release()
            }
            try system.add(user: "anna@open.example")
        }

        @Test(.enabled(if: Mount.isAllowed, "may not mount"))
        func aFullDiskRefusesWritesAndRecovers() throws {
            let system = try MailSystem(diskOf: 12)
            try system.add(domain: "open.example")
            let filler = "\(system.postern.state)/filler"
            try #require(
                try Program.run("/bin/sh", ["-c", "cat /dev/zero > \(filler) 2> /dev/null; true"]).status == 0)
            // The log may have room for some.
            var number = 0
            var refusal: HTTPAnswer?
            while refusal == nil, number < 20_000 {
                number += 1
                let answer = try system.client.send(
                    .post, "/api/user/u\(number)@open.example", [("password", "User-pw-1")])
                if !answer.isDone { refusal = answer }
            }
            #expect(refusal?.status == 500 && refusal?.word == "INTERNAL_ERROR")
            #expect(system.postern.process?.isRunning == true)
            #expect(try system.client.send(.get, "/api/user/u\(number)@open.example").word == "NO_SUCH_ACCOUNT")
            let profile = try system.client.send(.get, "/api/domain/open.example").profile
            #expect(profile?["num_existing_users"] as? Int == number - 1)
            #expect(try system.client.send(.delete, "/api/domain/open.example").word == "INTERNAL_ERROR")
            unlink(filler)
            try system.add(user: "u\(number)@open.example")
            #expect(try system.postern.sql("SELECT count(*) FROM mailbox;") == "\(number)\n")
            try system.postern.restart()
            #expect(try system.postern.check().status == 0)
        }
    }
}
