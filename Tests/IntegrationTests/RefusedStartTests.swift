import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What is not in order stops the start: with one line, a status, and nothing made in its place.
    struct RefusedStartTests {
        private let postern: RunningPostern
        private var database: String { "\(postern.state)/vmail/vmail.db" }

        /// A state with its settings, not served.
        init() throws {
            postern = try RunningPostern()
            try #require(postern.stop() == 0)
        }

        /// Everything below the state directory, with the sizes of what is no side file.
        private func inventory() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: postern.state).sorted().map { name in
                var status = stat()
                stat("\(postern.state)/\(name)", &status)
                return name.hasSuffix("-wal") || name.hasSuffix("-shm") ? name : "\(name) \(status.st_size)"
            }
        }

        /// Tries to serve, and expects that it does not come to that; the line that says why.
        ///
        /// - Parameter threads: how many the account may have in all; nil for no limit.
        private func refusal(_ options: [String]? = nil, status: Int32, threads: Int? = nil) throws -> String {
            let before = try inventory()
            let socket = "\(postern.directory.path)/own.sock"
            let usual = ["--settings", postern.settingsFile, "--socket", socket]
            let limited = threads.map { ["/usr/bin/prlimit", "--nproc=\($0)"] } ?? []
            let command = limited + [PosternProgram.command, "serve", "--state", postern.state] + (options ?? usual)
            let result = try Program.run(
                command[0], Array(command.dropFirst()), as: Accounts.service, limit: .seconds(8))
            #expect(result.status == status, "\(result.errorOutput)")
            #expect(result.output == "")
            let lines = result.errorOutput.split(separator: "\n")
            #expect(lines.count == 1, "one line: \(result.errorOutput)")
            #expect(try inventory() == before)
            #expect(access(socket, F_OK) != 0)
            return lines.first.map(String.init) ?? ""
        }

        @Test(arguments: ["vmail", "amavisd", "iredapd", "usage", "api"])
        func aMissingFile(_ name: String) throws {
            for suffix in ["", "-wal", "-shm"] { unlink("\(postern.state)/\(name)/\(name).db\(suffix)") }
            #expect(try refusal(status: 78).contains("/\(name)/\(name).db is missing"))
        }

        @Test func aStateThatIsNotThere() throws {
            let nowhere = "\(postern.directory.path)/nowhere"
            let line = try refusal(
                ["--state", nowhere, "--settings", postern.settingsFile, "--listen", "127.0.0.1:0"], status: 78)
            #expect(line.contains("\(nowhere)/vmail/vmail.db is missing"))
            #expect(access(nowhere, F_OK) != 0)
        }

        @Test func aFileWithoutSQLitesHeader() throws {
            try overwrite(at: 0, count: 100)
            let line = try refusal(status: 65)
            #expect(line.contains("\(database) is damaged"))
            #expect(try postern.check().status == 65)
        }

        @Test func anEmptyFile() throws {
            truncate(database, 0)
            for suffix in ["-wal", "-shm"] { unlink(database + suffix) }
            #expect(try refusal(status: 65).contains("\(database) is empty"))
        }

        @Test func aNewerSchema() throws {
            try postern.sql("PRAGMA user_version = 99;")
            #expect(try refusal(status: 1).contains("schema version 99, newer than version"))
            #expect(try postern.check().output.contains("schema version 99"))
        }

        @Test func aFileThatMayNotBeWritten() throws {
            chmod(database, 0o440)
            #expect(try refusal(status: 78).contains("\(database) cannot be written"))
        }

        @Test(.enabled(if: Mount.isAllowed, "may not mount"))
        func aFileSystemThatMayNotBeWritten() throws {
            let mount = try Mount(readOnly: "\(postern.state)/vmail")
            defer { withExtendedLifetime(mount) {} }
            #expect(try refusal(status: 78).contains("\(database) cannot be written"))
        }

        @Test(arguments: [
            ("ENABLE_RESTFUL_API = maybe", ":3: ENABLE_RESTFUL_API"),
            ("RESTFUL_API_CLIENTS = ['192.0.2.300']", ":3: RESTFUL_API_CLIENTS"),
            ("SESSION_TIMEOUT = 'long'", ":3: SESSION_TIMEOUT"), ("MAILBOX_FORMAT = 'mbox'", ":3: MAILBOX_FORMAT"),
            ("RESTFUL_API_CLIENTS = ['192.0.2.1'", ":3"),
        ])
        func aSettingThatCannotBeRead(_ text: String, _ place: String) throws {
            try postern.write(settings: [text])
            let line = try refusal(status: 1)
            #expect(line.contains("\(postern.settingsFile)\(place)"))
        }

        @Test func aSettingsFileThatIsNotThere() throws {
            let line = try refusal(["--settings", "/nowhere/settings.py", "--listen", "127.0.0.1:0"], status: 1)
            #expect(line.contains("/nowhere/settings.py"))
        }

        @Test func aSecondInstanceOnTheSameState() throws {
            try postern.start()
            #expect(try refusal(status: 78).contains("another Postern is at work on \(postern.state)"))
            try postern.expectService("meanwhile")
        }

        @Test(arguments: ["192.0.2.1:80", "0.0.0.0:8080", "127.0.0.1", "localhost:80", "127.0.0.1:99999"])
        func anAddressToListenOnThatIsNotLoopback(_ address: String) throws {
            let result = try PosternProgram.run(
                ["serve", "--state", postern.state, "--settings", postern.settingsFile, "--listen", address],
                as: Accounts.service)
            #expect(result.status != 0)
            #expect(!result.errorOutput.contains("ready"))
        }

        @Test func aSocketThatIsAFileOrInUse() throws {
            let file = try postern.directory.write("file", "precious")
            for path in [file, postern.socket] {
                let line = try refusal(["--settings", postern.settingsFile, "--socket", path], status: 1)
                #expect(line.contains(path))
            }
            #expect(try postern.directory.read("file") == "precious")
        }

        @Test func noSocketAtAll() throws {
            #expect(try refusal(["--settings", postern.settingsFile], status: 64).contains("no socket"))
        }

        /// Allowed one thread more each time. Root has no such limit.
        @Test(.enabled(if: geteuid() == 0, "needs an account of its own"))
        func aMachineWithoutThreads() throws {
            chmod(postern.directory.path, 0o777)
            var names: [String] = []
            while names.last != "worker 1", names.count < 32 {
                let line = try refusal(status: 1, threads: names.count + 1)
                let name = line.firstMatch(of: #/thread (.+) cannot be started: /#)?.1
                names.append(String(try #require(name, "\(line)")))
            }
            var seen: Set<String> = []
            // Some kinds have several of one name.
            #expect(
                names.filter { seen.insert($0).inserted }
                    == ["log", "writer", "hash", "outside", "delays", "look-ups 1", "look-ups 2", "worker 1"])
        }

        @Test func aDamagedPageIsFoundByTheCheck() throws {
            let admin = try postern.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'mailbox';")
            let page = try #require(Int(admin.dropLast()))
            // The page's own header stays, what it says about its cells does not.
            try overwrite(at: (page - 1) * 4096, count: 64)
            let check = try postern.check()
            #expect(check.status == 65)
            #expect(check.output.contains("vmail/vmail.db: ") && !check.output.contains("vmail/vmail.db: ok"))
            #expect(check.output.contains("amavisd/amavisd.db: ok"))
        }

        private func overwrite(at offset: Int, count: Int) throws {
            let handle = try #require(FileHandle(forUpdatingAtPath: database))
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: Data(repeating: 0xa5, count: count))
            try handle.close()
        }
    }
}
