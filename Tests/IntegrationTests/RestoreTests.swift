import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern restore`: the readers see it at once, nothing that was there is lost, and half of it is never served.
    @Suite(
        .enabled(if: MailSystem.isInstalled, "needs nginx"),
        .enabled(if: PostfixReader.isInstalled, "needs postfix-sqlite"))
    struct RestoreTests {
        private let system: MailSystem
        private var postern: RunningPostern { system.postern }
        private var vmail: String { "\(postern.state)/vmail/vmail.db" }

        /// A backup with anna; in the state, later, bert in her place.
        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
            try system.add(user: "anna@open.example", "Anna-pw-1")
            try system.client.change(.put, "/api/spampolicy/user/anna@open.example", [("spam_score", "4")])
            try #require(try system.postern.backup().status == 0)
            try system.client.change(.delete, "/api/user/anna@open.example")
            try system.add(user: "bert@open.example", "Bert-pw-1")
        }

        /// Where the state lies that a restore has replaced.
        private func replaced() throws -> [String] {
            let parent = postern.directory.path
            return try FileManager.default.contentsOfDirectory(atPath: parent)
                .filter { $0.hasPrefix("state.replaced-") }.sorted().map { "\(parent)/\($0)" }
        }

        private func inode(_ path: String) -> UInt {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_ino : 0
        }

        private func expectAnna() throws {
            #expect(try postern.mailboxes() == ["anna@open.example"])
            let score = try postern.sql(
                "SELECT spam_kill_level FROM policy WHERE policy_name = 'anna@open.example';", on: "amavisd")
            #expect(score == "4.0\n")
            let check = try postern.check()
            #expect(check.status == 0, "\(check.output)")
        }

        @Test(.enabled(if: DovecotServer.isInstalled, "needs dovecot, openssl"))
        func theReadersSeeItWithoutARestart() throws {
            let postfix = try system.makePostfix()
            let dovecot = try system.makeDovecot()
            defer { dovecot.stop() }
            #expect(try dovecot.login("bert@open.example", "Bert-pw-1"))
            #expect(postern.stop() == 0)
            // A reader that has the file open all the time, as Postfix' proxymap has.
            let reader = try OpenReader(of: vmail)
            #expect(try reader.ask("SELECT username FROM mailbox;") == "bert@open.example")
            let before = inode(vmail)
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(inode(vmail) == before, "the same file")
            #expect(try reader.ask("SELECT username FROM mailbox;") == "anna@open.example")
            #expect(try postfix.lookUp("virtual_mailbox_maps", "anna@open.example") != nil)
            #expect(try postfix.lookUp("virtual_mailbox_maps", "bert@open.example") == nil)
            #expect(try dovecot.login("anna@open.example", "Anna-pw-1"))
            #expect(try !dovecot.login("bert@open.example", "Bert-pw-1"))
            try expectAnna()
            try postern.start()
            #expect(try system.client.send(.get, "/api/domains").word == "LOGIN_REQUIRED", "nobody stays logged in")
            try system.client.logIn(RunningPostern.admin, RunningPostern.password)
            try system.add(user: "carl@open.example", "Carl-pw-1")
            #expect(try dovecot.login("carl@open.example", "Carl-pw-1"))
            #expect(!dovecot.log.contains("Error:"), "\(dovecot.log)")
            #expect(!result.output.contains("Restart"))
        }

        @Test func whatWasThereIsKeptAndCanBeRestoredItself() throws {
            #expect(postern.stop() == 0)
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            let kept = try #require(try replaced().first)
            #expect(result.output.contains(kept))
            #expect(try postern.restore(from: kept).status == 0)
            #expect(try postern.mailboxes() == ["bert@open.example"])
            #expect(try replaced().count == 2)
        }

        @Test func isRefusedWhileTheServerRuns() throws {
            let result = try postern.restore()
            #expect(result.status == 78)
            #expect(result.errorOutput.contains("another Postern is at work"))
            #expect(try postern.mailboxes() == ["bert@open.example"])
            #expect(try replaced().isEmpty)
        }

        @Test func isRefusedWithoutForceWhereThereIsAState() throws {
            #expect(postern.stop() == 0)
            let result = try postern.restore(options: [])
            #expect(result.status == 65 && result.errorOutput.contains("--force"))
            #expect(try postern.mailboxes() == ["bert@open.example"])
            #expect(try replaced().isEmpty)
        }

        @Test func makesAStateWhereThereIsNone() throws {
            let other = "\(postern.directory.path)/other"
            let result = try postern.restore(to: other, options: [])
            #expect(result.status == 0, "\(result.errorOutput)")
            for (name, directoryMode, fileMode) in [
                ("vmail", 0o2750, 0o640), ("amavisd", 0o2750, 0o640), ("iredapd", 0o2770, 0o660),
                ("usage", 0o2770, 0o660), ("api", 0o700, 0o600),
            ] {
                var status = stat()
                let isThere = stat("\(other)/\(name)", &status) == 0
                #expect(isThere && Int(status.st_mode & 0o7777) == directoryMode, "\(name)")
                for suffix in ["", "-wal", "-shm"] {
                    let path = "\(other)/\(name)/\(name).db\(suffix)"
                    #expect(stat(path, &status) == 0 && Int(status.st_mode & 0o7777) == fileMode, "\(name)\(suffix)")
                }
            }
            let check = try PosternProgram.run(["check", "--state", other, "--settings", postern.settingsFile])
            #expect(check.status == 0, "\(check.output)")
            #expect(!result.output.contains("was there before"))
        }

        @Test(arguments: ["a file is missing", "a byte is another", "the manifest is missing", "the schema is newer"])
        func isRefusedBeforeAnythingIsTouchedWhen(_ what: String) throws {
            #expect(postern.stop() == 0)
            let copy = "\(postern.backupPath)/vmail.db"
            switch what {
            case "a file is missing": unlink(copy)
            case "a byte is another":
                let handle = try #require(FileHandle(forUpdatingAtPath: copy))
                try handle.seek(toOffset: 20_000)
                try handle.write(contentsOf: Data([0xa5]))
                try handle.close()
            case "the manifest is missing": unlink("\(postern.backupPath)/manifest.json")
            default:
                _ = try Program.run("/usr/bin/sqlite3", [copy, "PRAGMA user_version = 99;"])
                let old = try postern.directory.read("kept/manifest.json")
                let sum = try Program.run("/usr/bin/sha256sum", [copy]).output.prefix(64)
                // As if the newer program had made it.
                let pattern = #""name" : "vmail",[^}]*"sha256" : "[0-9a-f]*""#
                let entry = try #require(old.range(of: pattern, options: .regularExpression))
                let line = try #require(
                    old.range(of: "\"sha256\" : \"[0-9a-f]*\"", options: .regularExpression, range: entry))
                try postern.directory.write(
                    "kept/manifest.json", old.replacingCharacters(in: line, with: "\"sha256\" : \"\(sum)\""))
            }
            let result = try postern.restore()
            #expect(result.status == 65, "\(result.errorOutput)")
            if what == "the schema is newer" { #expect(result.errorOutput.contains("schema version 99")) }
            #expect(try replaced().isEmpty)
            #expect(try postern.mailboxes() == ["bert@open.example"])
            try postern.start()
        }

        @Test(arguments: ["has no header", "has a damaged page", "is missing", "is empty"])
        func bringsBackAStateOfWhichAFile(_ what: String) throws {
            #expect(postern.stop() == 0)
            try postern.sql("PRAGMA wal_checkpoint(TRUNCATE);")
            switch what {
            case "is missing": unlink(vmail)
            case "is empty": truncate(vmail, 0)
            default:
                let handle = try #require(FileHandle(forUpdatingAtPath: vmail))
                try handle.seek(toOffset: what == "has no header" ? 0 : 40_960)
                try handle.write(contentsOf: Data(repeating: 0xa5, count: 4096))
                try handle.close()
            }
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            let kept = try #require(try replaced().first)
            #expect((access("\(kept)/vmail.db", F_OK) == 0) == (what != "is missing"))
            #expect(result.errorOutput.contains("not sound"))
            #expect(result.output.contains("Restart Postfix, Dovecot and amavisd"))
            // Root has made what was not there; on a machine without the service's account that stays root's.
            try Accounts.own(state: postern.state)
            try expectAnna()
            try postern.start()
        }

        @Test(.enabled(if: FailingDisk.isInstalled, "needs gcc, libc6-dev"), .timeLimit(.minutes(20)))
        func killedAtAnyMomentItIsNotServedUntilItIsFinished() throws {
            #expect(postern.stop() == 0)
            let disk = try FailingDisk(below: postern.state)
            var moments = 0
            while true {
                moments += 1
                try disk.killAtCall(1 + (moments - 1) * Soak.size(61, whole: 7, "POSTERN_RESTORE_STRIDE"))
                let result = try postern.restore(environment: disk.environment)
                guard try disk.failures > 0 else {
                    #expect(result.status == 0, "\(result.errorOutput)")
                    break
                }
                #expect(result.status == 128 + SIGKILL)
                let mark = "\(postern.state)/api/restore.unfinished"
                if access(mark, F_OK) == 0 {
                    let refused = try PosternProgram.run(
                        ["serve", "--state", postern.state, "--listen", "127.0.0.1:0"], as: Accounts.service)
                    #expect(refused.status == 65 && refused.errorOutput.contains("half restored"))
                    #expect(try postern.check().status == 65)
                } else {
                    // Before the first or after the last of it: one state or the other, whole.
                    let users = try postern.mailboxes()
                    #expect(users == ["bert@open.example"] || users == ["anna@open.example"])
                }
                for name in ["vmail", "amavisd", "iredapd", "usage", "api"] {
                    let finding = try postern.sql("PRAGMA integrity_check;", on: name)
                    #expect(finding == "ok\n", "\(name), moment \(moments)")
                }
                #expect(try postern.restore().status == 0, "the next run finishes it")
                try expectAnna()
                // Back to where it began, for the next moment.
                let first = try #require(try replaced().first)
                #expect(try postern.restore(from: first).status == 0)
                #expect(try postern.mailboxes() == ["bert@open.example"])
                for other in try replaced() where other != first { try FileManager.default.removeItem(atPath: other) }
            }
            Soak.report("restore killed at \(moments - 1) moments, each time finished by the next run")
            #expect(moments > 3)
            try expectAnna()
            try postern.start()
        }

        @Test(.enabled(if: Mount.isAllowed, "may not mount"))
        func aFullDiskLeavesWhatWasThere() throws {
            let full = try MailSystem(diskOf: 12)
            let state = full.postern.state
            try #require(full.postern.stop() == 0)
            let filling = try Program.run("/bin/sh", ["-c", "cat /dev/zero > \(state)/filler 2> /dev/null; true"])
            try #require(filling.status == 0)
            let result = try full.postern.restore(from: postern.backupPath)
            #expect(result.status == 74, "\(result.errorOutput)")
            #expect(try full.postern.mailboxes() == [])
            unlink("\(state)/filler")
            #expect(try full.postern.restore(from: postern.backupPath).status == 0)
            #expect(try full.postern.mailboxes() == ["anna@open.example"])
            try full.postern.start()
        }
    }
}

/// A process that keeps a database open for reading, as Postfix' and Dovecot's do for hours.
private final class OpenReader {
    private let directory: TemporaryDirectory
    private let shell: ChildProcess
    private let input: Int32
    private var questions = 0

    init(of database: String) throws {
        directory = try TemporaryDirectory()
        let pipe = "\(directory.path)/input"
        mkfifo(pipe, 0o644)
        // For reading too, so that opening it does not wait for the shell.
        input = open(pipe, O_RDWR | O_CLOEXEC)
        shell = try ChildProcess(
            ["/usr/bin/sqlite3", "-batch", "-readonly", database], as: Accounts.reader, log: "\(directory.path)/log",
            input: pipe)
    }

    deinit { close(input) }

    /// What a query answers, without the last line's end.
    func ask(_ query: String) throws -> String {
        questions += 1
        let (begin, end) = ("begin \(questions)", "end \(questions)")
        let text = ".print \(begin)\n\(query)\n.print \(end)\n"
        _ = write(input, text, text.utf8.count)
        var answer: Substring?
        let isDone = try Program.wait(atMost: .seconds(8)) {
            let log = try directory.read("log")
            guard let from = log.range(of: begin + "\n"), let to = log.range(of: "\n" + end) else { return false }
            answer = log[from.upperBound..<max(to.lowerBound, from.upperBound)]
            return true
        }
        guard isDone, let answer else { throw Program.Failure(description: "sqlite3 does not answer") }
        return String(answer)
    }
}
