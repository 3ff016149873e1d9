import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What a mail program that may write `usage/` and `iredapd/` puts there gets it nothing when root comes.
    @Suite(.timeLimit(.minutes(5)))
    struct PlantedFilesTests {
        private let postern: RunningPostern
        /// A file of root's that nobody else may read.
        private let target: String
        private let before: stat

        /// A stopped server and a backup of it.
        init() throws {
            postern = try RunningPostern()
            try #require(postern.backup().status == 0)
            try #require(postern.stop() == 0)
            target = "\(postern.directory.path)/precious"
            try postern.directory.write("precious", Self.secret)
            chmod(target, 0o600)
            before = Self.status(of: target)
        }

        private static let secret = "nobody's business\n"

        private static func status(of path: String) -> stat {
            var status = stat()
            lstat(path, &status)
            return status
        }

        /// Owner, group and mode, as a failure is to show them.
        private static func rights(_ status: stat) -> String {
            "\(status.st_uid):\(status.st_gid) \(String(status.st_mode, radix: 8))"
        }

        private var missing: String { "\(postern.directory.path)/made-through-a-link" }

        private func path(_ name: String) -> String { "\(postern.state)/\(name.prefix { $0 != "." })/\(name)" }

        /// As a mail program: with no more rights than the group's.
        private func attack(_ script: String) throws {
            let result = try Program.run("/bin/sh", ["-euc", script], as: Accounts.reader)
            try #require(result.status == 0, "\(result.errorOutput)")
        }

        /// Puts something in the place of a file.
        private func plant(_ what: String, at name: String) throws {
            let path = path(name)
            try attack("rm -f \(path)")
            switch what {
            case "a link": try attack("ln -s \(target) \(path)")
            case "a dangling link": try attack("ln -s \(missing) \(path)")
            case "a named pipe": try attack("mkfifo \(path)")
            case "a directory": try attack("mkdir \(path)")
            // Many systems let nobody make a second name of another's file; where they do, he could.
            case "a second name": try #require(link(target, path) == 0)
            default: Issue.record("\(what)")
            }
        }

        private func expectNothingHappened(_ when: String) throws {
            let now = Self.status(of: target)
            #expect(Self.rights(now) == Self.rights(before), "\(when)")
            #expect(try postern.directory.read("precious") == Self.secret, "\(when)")
            #expect(access(missing, F_OK) != 0, "\(when)")
        }

        private func run(_ command: String) throws -> Program.Result {
            switch command {
            case "restore": return try postern.restore()
            case "backup": return try postern.backup(to: "\(postern.directory.path)/another")
            case "admin": return try PosternProgram.run(["admin", "list", "--state", postern.state])
            default:
                return try PosternProgram.run(["check", "--state", postern.state, "--settings", postern.settingsFile])
            }
        }

        private func expectSound() throws {
            try Accounts.own(state: postern.state)
            let check = try postern.check()
            #expect(check.status == 0, "\(check.output)")
        }

        @Test func aRestoreOfADamagedFileLeavesTheTargetOfALinkAlone() throws {
            let usage = path("usage.db")
            try attack("rm -f \(usage)*; echo damaged > \(usage); ln -s \(target) \(usage)-shm")
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            try expectNothingHappened("after the restore")
            try expectSound()
            try postern.start()
        }

        /// Every kind in every place under every command of root's.
        @Test(arguments: [
            ("a link", "is a symbolic link"), ("a dangling link", "is a symbolic link"),
            ("a named pipe", "is a named pipe"),
            ("a directory", "is a directory"), ("a second name", "has 2 names (hard links)"),
        ])
        func nothingIsFollowed(_ what: String, _ words: String) throws {
            for database in ["usage.db", "iredapd.db"] {
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    let name = database + suffix
                    let when = "\(what) as \(name)"
                    try plant(what, at: name)
                    for command in ["check", "backup", "admin"] {
                        let result = try run(command)
                        #expect(result.status == 65, "\(command), \(when): \(result.errorOutput)")
                        let said = result.output + result.errorOutput
                        #expect(said.contains("\(path(name)) \(words): "), "\(command), \(when): \(said)")
                        #expect(!said.contains("business"), "\(when)")
                        try expectNothingHappened("\(command), \(when)")
                    }
                    #expect(access("\(postern.directory.path)/another", F_OK) != 0, "\(when)")
                    let result = try postern.restore()
                    try expectNothingHappened("restore, \(when)")
                    if what == "a directory" {
                        #expect(result.status == 65 && result.errorOutput.contains("\(path(name)) \(words)"), "\(when)")
                        rmdir(path(name))
                        #expect(try postern.restore().status == 0, "\(when)")
                    } else {
                        #expect(result.status == 0, "\(when): \(result.errorOutput)")
                    }
                    try expectSound()
                }
            }
        }

        /// The last name of a file that was removed elsewhere: an old `/etc/shadow`, say.
        @Test(arguments: ["usage.db", "usage.db-wal", "usage.db-shm"])
        func aFileOfRootsIsNotGivenAway(_ name: String) throws {
            let file = open(target, O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            try #require(rename(target, path(name)) == 0)
            let result = try postern.restore()
            #expect(result.status == 0, "\(result.errorOutput)")
            var status = stat()
            #expect(fstat(file, &status) == 0 && status.st_uid == 0 && status.st_mode & 0o777 == 0o600)
            #expect(status.st_nlink == 0, "it has made way")
            #expect(status.st_size == Self.secret.utf8.count)
            try expectSound()
        }

        /// What was damaged is kept as it is, and only that.
        @Test func whatALinkNamesIsNotKept() throws {
            try attack("rm -f \(path("usage.db"))*; ln -s \(target) \(path("usage.db"))")
            let result = try postern.restore()
            #expect(
                result.status == 0 && result.errorOutput.contains("not kept: \(path("usage.db")) is a symbolic link"))
            let found = try Program.run("/bin/grep", ["-rl", "business", postern.directory.path])
            #expect(found.output == "\(target)\n")
        }

        /// A prepared state, as the installation leaves it, with something in it before `init` or `restore` come.
        @Test(arguments: ["usage.db", "usage.db-shm", "iredapd.db", "iredapd.db-wal"])
        func aNewStateIsNotMadeThroughWhatIsThere(_ name: String) throws {
            let state = "\(postern.directory.path)/prepared"
            for directory in ["vmail", "amavisd", "iredapd", "usage", "api"] {
                try FileManager.default.createDirectory(
                    atPath: "\(state)/\(directory)", withIntermediateDirectories: true)
                chown("\(state)/\(directory)", Accounts.service.user, Accounts.readerGroup)
                chmod("\(state)/\(directory)", directory == "api" ? 0o700 : 0o2770)
            }
            let planted = "\(state)/\(name.prefix { $0 != "." })/\(name)"
            for destination in [target, missing] {
                try attack("ln -sf \(destination) \(planted)")
                let made = try PosternProgram.run(
                    ["init", "--state", state, "--admin", RunningPostern.admin, "--password-stdin"],
                    input: RunningPostern.password + "\n")
                #expect(made.status == 65 && made.errorOutput.contains("a state is made only where there is none"))
                try expectNothingHappened("init, \(name)")
            }
            let restored = try postern.restore(to: state)
            #expect(restored.status == 0, "\(restored.errorOutput)")
            try expectNothingHappened("restore, \(name)")
        }

        @Test(arguments: ["usage", "iredapd"])
        func aDirectoryThatIsALinkIsNotEntered(_ name: String) throws {
            let directory = "\(postern.state)/\(name)"
            let elsewhere = "\(postern.directory.path)/elsewhere"
            try #require(rename(directory, elsewhere) == 0 && symlink(elsewhere, directory) == 0)
            let before = Self.status(of: "\(elsewhere)/\(name).db")
            for command in ["check", "backup", "admin", "restore"] {
                let result = try run(command)
                let said = result.output + result.errorOutput
                #expect(result.status == 65 && said.contains("\(directory) is a symbolic link"), "\(command): \(said)")
            }
            let after = Self.status(of: "\(elsewhere)/\(name).db")
            #expect(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec && after.st_uid == before.st_uid)
        }

        /// Between a check and what it is for there is always time.
        @Test(arguments: ["restore", "check", "backup"])
        func whoeverIsQuickerGetsNothingEither(_ command: String) throws {
            let usage = path("usage.db")
            // In turns a file, a link and a pipe under each name, as fast as can be.
            let swapping = """
                while (1) { for my $suffix ("", "-wal", "-shm", "-journal") { my $path = "\(usage)$suffix";
                unlink $path; symlink "\(target)", $path; unlink $path; symlink "\(missing)", $path;
                select undef, undef, undef, rand 0.002; unlink $path; open my $file, ">", $path; print $file "x";
                close $file; select undef, undef, undef, rand 0.002;
                if (rand() < 0.2) { unlink $path; system "mkfifo", $path } } }
                """
            // Root in place of a mail program on a system that lets everybody make second names.
            let linking = """
                while (1) { for my $suffix ("", "-wal", "-shm") { my $path = "\(usage)$suffix";
                unlink $path; link "\(target)", $path; select undef, undef, undef, rand 0.003; unlink $path;
                select undef, undef, undef, rand 0.003; } }
                """
            let log = "\(postern.directory.path)/attack.log"
            let attackers = [
                try ChildProcess(["/usr/bin/perl", "-e", swapping], as: Accounts.reader, log: log),
                try ChildProcess(["/usr/bin/perl", "-e", linking], log: log),
            ]
            let end = ContinuousClock.now + .seconds(4)
            var runs = 0
            while ContinuousClock.now < end {
                let result = try run(command)
                runs += 1
                try expectNothingHappened("\(command): \(result.errorOutput)")
                // Whatever happened, it came to an end by itself and by no signal.
                #expect(result.status < 128, "\(result.errorOutput)")
                _ = try? FileManager.default.removeItem(atPath: "\(postern.directory.path)/another")
            }
            let said = try postern.directory.read("attack.log")
            #expect(attackers.allSatisfy { $0.isRunning }, "\(said)")
            for attacker in attackers { attacker.end() }
            #expect(runs > 2)
            let restored = try postern.restore()
            #expect(restored.status == 0, "\(restored.errorOutput)")
            try expectNothingHappened("at last")
            try expectSound()
        }
    }
}
