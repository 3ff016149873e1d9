import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// `postern backup`: whole, of one moment, and nobody notices.
    @Suite(.enabled(if: MailSystem.isInstalled, "needs nginx"))
    struct BackupTests {
        private static let names = ["vmail", "amavisd", "iredapd", "usage", "api"]

        private let system: MailSystem
        private var postern: RunningPostern { system.postern }

        init() throws {
            system = try MailSystem()
            try system.add(domain: "open.example")
            try system.add(user: "anna@open.example")
        }

        /// One value from a copy.
        private func value(_ query: String, in name: String, of backup: String? = nil) throws -> String {
            let path = "\(backup ?? postern.backupPath)/\(name).db"
            let result = try Program.run("/usr/bin/sqlite3", ["-batch", "-readonly", path], input: query + "\n")
            guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
            return result.output
        }

        private func mode(of path: String) -> Int {
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_mode & 0o7777) : -1
        }

        @Test func holdsAllDatabasesAndAManifestForItsOwnerOnly() throws {
            let result = try postern.backup()
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(result.output.contains("5 databases"))
            let files = try FileManager.default.contentsOfDirectory(atPath: postern.backupPath).sorted()
            #expect(files == ["amavisd.db", "api.db", "iredapd.db", "manifest.json", "usage.db", "vmail.db"])
            #expect(mode(of: postern.backupPath) == 0o700)
            for file in files { #expect(mode(of: "\(postern.backupPath)/\(file)") == 0o600, "\(file)") }
            for name in Self.names { #expect(try value("PRAGMA integrity_check;", in: name) == "ok\n", "\(name)") }
            #expect(try value("SELECT username FROM mailbox;", in: "vmail") == "anna@open.example\n")
            let manifest = try String(contentsOfFile: "\(postern.backupPath)/manifest.json", encoding: .utf8)
            for name in Self.names {
                let sum = try Program.run("/usr/bin/sha256sum", ["\(postern.backupPath)/\(name).db"]).output.prefix(64)
                #expect(manifest.contains("\"\(sum)\""), "\(name)")
            }
        }

        @Test func leavesSessionsOut() throws {
            #expect(try postern.sql("SELECT count(*) FROM sessions;", on: "api") == "1\n")
            #expect(try postern.backup().status == 0)
            #expect(try value("SELECT count(*) FROM sessions;", in: "api") == "0\n")
            let id = try postern.sql("SELECT session_id FROM sessions;", on: "api").dropLast()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(postern.backupPath)/api.db"))
            #expect(!id.isEmpty && bytes.range(of: Data(id.utf8)) == nil, "not even where a deleted row was")
        }

        @Test(arguments: ["it runs", "it is stopped", "it was killed", "its side files are gone"])
        func leavesTheStateAsItIsWhile(_ when: String) throws {
            switch when {
            case "it is stopped": #expect(postern.stop() == 0)
            case "it was killed": postern.kill9()
            case "its side files are gone":
                #expect(postern.stop() == 0)
                // SQLite's shell, as their owner, tidies up.
                for name in Self.names {
                    let file = "\(postern.state)/\(name)/\(name).db"
                    _ = try Program.run("/usr/bin/sqlite3", [file, "PRAGMA wal_checkpoint(TRUNCATE);"])
                    for suffix in ["-wal", "-shm"] { unlink(file + suffix) }
                }
            default: break
            }
            let result = try postern.backup()
            #expect(result.status == 0, "\(result.errorOutput)")
            #expect(try value("SELECT username FROM mailbox;", in: "vmail") == "anna@open.example\n")
            for name in Self.names {
                let directory = "\(postern.state)/\(name)"
                var parent = stat()
                stat(directory, &parent)
                for suffix in ["", "-wal", "-shm"] {
                    var status = stat()
                    #expect(stat("\(directory)/\(name).db\(suffix)", &status) == 0, "\(name)\(suffix)")
                    #expect(status.st_uid == parent.st_uid && status.st_gid == parent.st_gid, "\(name)\(suffix)")
                }
            }
            if postern.process == nil { try postern.start() }
            try system.add(user: "bert@open.example")
        }

        @Test func theServicesOwnUserMayMakeOneToo() throws {
            let place = "\(postern.directory.path)/own"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            chown(place, Accounts.service.user, Accounts.service.group)
            let result = try postern.backup(to: "\(place)/kept", as: Accounts.service)
            #expect(result.status == 0, "\(result.errorOutput)")
            let stranger = ProcessUser.stranger(in: 65534)
            #expect(try postern.backup(to: "\(place)/other", as: stranger).status == 78)
            #expect(access("\(place)/other", F_OK) != 0)
        }

        /// Four at once make users, then policies of theirs, and delete every other one with all that belongs to it.
        @Test(.timeLimit(.minutes(2))) func isOfOneMomentWhileOthersWrite() throws {
            let (port, cookie) = (system.nginx.port, system.client.cookie)
            let changes = Mutex(0)
            let writers = Crew(4) { member in
                let client = APIClient(port: port, cookie: cookie)
                return { round in
                    let user = "w\(member)-\(round)@open.example"
                    try client.change(.post, "/api/user/\(user)", [("password", "User-pw-1")])
                    try client.change(.put, "/api/spampolicy/user/\(user)", [("spam_score", "5")])
                    if round % 2 == 0 { try client.change(.delete, "/api/user/\(user)") }
                    changes.withLock { $0 += 1 }
                }
            }
            defer { writers.abandon() }
            for round in 0..<8 {
                let kept = "\(postern.directory.path)/kept-\(round)"
                let before = changes.withLock(\.self)
                let result = try postern.backup(to: kept)
                #expect(result.status == 0, "\(result.errorOutput)")
                #expect(result.errorOutput == "")
                let owners = Set(
                    try value("SELECT username FROM mailbox;", in: "vmail", of: kept).split(separator: "\n"))
                let policies = Set(
                    try value("SELECT policy_name FROM policy WHERE policy_name LIKE 'w%';", in: "amavisd", of: kept)
                        .split(separator: "\n"))
                // Made after its owner and deleted before him, there is never a policy without one.
                #expect(policies.subtracting(owners).isEmpty, "\(policies.subtracting(owners))")
                #expect(owners.count >= before / 2)
            }
            try writers.stop()
            #expect(changes.withLock(\.self) > 20)
        }

        @Test func aLockOfAnotherProcessIsNoHindrance() throws {
            let shell = try HeldLock(on: "\(postern.state)/vmail/vmail.db")
            #expect(try postern.backup().status == 0)
            try shell.release()
        }

        @Test func neverTouchesADirectoryThatHoldsSomething() throws {
            try FileManager.default.createDirectory(atPath: postern.backupPath, withIntermediateDirectories: false)
            try postern.directory.write("kept/precious", "x")
            let result = try postern.backup()
            #expect(result.status == 65)
            #expect(result.errorOutput.contains("\(postern.backupPath) exists"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: postern.backupPath) == ["precious"])
            unlink("\(postern.backupPath)/precious")
            #expect(try postern.backup().status == 0, "an empty directory is fine")
        }

        @Test func aDamagedDatabaseGivesNoBackup() throws {
            #expect(postern.stop() == 0)
            let number = try postern.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'mailbox';")
            let page = try #require(Int(number.dropLast()))
            try postern.sql("PRAGMA wal_checkpoint(TRUNCATE);")
            let handle = try #require(FileHandle(forUpdatingAtPath: "\(postern.state)/vmail/vmail.db"))
            try handle.seek(toOffset: UInt64((page - 1) * 4096))
            try handle.write(contentsOf: Data(repeating: 0xa5, count: 64))
            try handle.close()
            let result = try postern.backup()
            #expect(result.status == 65, "\(result.errorOutput)")
            #expect(result.errorOutput.contains("vmail/vmail.db"))
            #expect(access(postern.backupPath, F_OK) != 0)
            #expect(access("\(postern.directory.path)/postern-backup.unfinished", F_OK) != 0)
        }

        @Test(.enabled(if: Mount.isAllowed, "may not mount"))
        func aFullDiskGivesNoBackup() throws {
            let small = "\(postern.directory.path)/small"
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
            let mount = try Mount(emptyAt: small, megabytes: 1)
            defer { withExtendedLifetime(mount) {} }
            try #require(try Program.run("/bin/sh", ["-c", "head -c 800000 /dev/zero > \(small)/filler"]).status == 0)
            let result = try postern.backup(to: "\(small)/kept")
            #expect(result.status == 74, "\(result.errorOutput)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: small) == ["filler"])
            try postern.expectService("meanwhile")
        }

        @Test func whatAKilledRunHasLeftIsNoBackupAndGoesWithTheNext() throws {
            let unfinished = "\(postern.directory.path)/postern-backup.unfinished"
            try FileManager.default.createDirectory(atPath: unfinished, withIntermediateDirectories: false)
            try postern.directory.write("postern-backup.unfinished/vmail.db", "half")
            let refused = try postern.restore(from: unfinished)
            #expect(refused.status == 65 && refused.errorOutput.contains("is no backup"))
            #expect(try postern.backup().status == 0)
            #expect(access(unfinished, F_OK) != 0)
        }

        @Test(arguments: [["backup"], ["backup", "/a", "/b"], ["restore"], ["backup", "--force", "/a"]])
        func aWrongCommandLineIsSaid(_ words: [String]) throws {
            #expect(try PosternProgram.run(words).status == 64)
        }
    }
}
