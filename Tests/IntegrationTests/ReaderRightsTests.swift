import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// What those who may read the files cannot do with them: `Security.md` G15 to G17.
    @Suite(.enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs sqlite3"))
    struct ReaderRightsTests {
        private let postern: RunningPostern

        init() throws { postern = try RunningPostern() }

        private func sqlite(_ file: String, _ script: String, as user: ProcessUser) throws -> Program.Result {
            try Program.run(
                "/usr/bin/sqlite3", ["-batch", "-bail", "\(postern.state)/\(file)/\(file).db", script], as: user,
                limit: .seconds(20))
        }

        /// Before and after a restart of ours, and while we are away: the rights lie in the files.
        @Test func theMailProgramsReadTheAccountsAndCannotWriteThem() throws {
            let change = "UPDATE admin SET password = '{PLAIN}x';"
            func expectReadingOnly(_ when: Comment) throws {
                let read = try sqlite("vmail", "SELECT username FROM admin;", as: Accounts.reader)
                #expect(read.output == "\(RunningPostern.admin)\n", when)
                let written = try sqlite("vmail", change, as: Accounts.reader)
                #expect(written.status != 0 && written.errorOutput.contains("readonly"), when)
                // With rights of the group only, nobody can put another file in its place.
                let directory = "\(postern.state)/vmail"
                let moved = try Program.run(
                    "/bin/mv", ["\(directory)/vmail.db", "\(directory)/old"], as: Accounts.reader)
                #expect(moved.status != 0, when)
            }
            try expectReadingOnly("while it runs")
            try postern.restart()
            try expectReadingOnly("after a restart")
            postern.kill9()
            try expectReadingOnly("after a kill")
            try postern.start()
            try expectReadingOnly("after the next start")
            #expect(try postern.sql("SELECT count(*) FROM admin WHERE password = '{PLAIN}x';") == "0\n")
        }

        @Test func nobodyElseReadsAnything() throws {
            let stranger = ProcessUser(user: 64_997, group: 64_997)
            for name in ["vmail", "amavisd", "iredapd", "usage", "api"] {
                let result = try sqlite(name, "SELECT count(*) FROM sqlite_schema;", as: stranger)
                #expect(result.status != 0 && result.output == "", "\(name)")
            }
            let sessions = try sqlite("api", "SELECT count(*) FROM sessions;", as: Accounts.reader)
            #expect(sessions.status != 0, "no reader needs them")
        }

        /// G16: it can, with a lock that any reader may take; then writes wait, and the operator is told.
        @Test func aReadersLockIsNoQuietOutage() throws {
            let socket = postern.socket
            let login = Array("username=\(RunningPostern.admin)&password=\(RunningPostern.password)".utf8)
            let pairs = Records.usual("POST", "/api/login", length: "\(login.count)")
            let lock = try HeldLock(on: "\(postern.state)/vmail/vmail.db")
            let answer = try FastCGIClient(socket, limit: 15).exchange(Records.request(pairs, body: login, keep: false))
            #expect(answer?.contains("DATABASE_BUSY") == true)
            #expect(postern.log.contains("POST /api/login: ") && postern.log.contains("database is locked"))
            try lock.release()
            let later = try FastCGIClient(socket, limit: 15).exchange(Records.request(pairs, body: login, keep: false))
            #expect(later?.contains(#""_success": true"#) == true)
        }

        /// G13: what `sqlite3`'s own means copy is whole; the file alone is not.
        @Test func aCopyBySQLitesMeansHoldsWhatWasCommittedLast() throws {
            let login = Array("username=\(RunningPostern.admin)&password=\(RunningPostern.password)".utf8)
            let pairs = Records.usual("POST", "/api/login", length: "\(login.count)")
            _ = try FastCGIClient(postern.socket).exchange(Records.request(pairs, body: login, keep: false))
            let directory = try TemporaryDirectory()
            let source = "\(postern.state)/vmail/vmail.db"
            for (name, script) in [
                ("backup", ".backup '\(directory.path)/backup'"), ("vacuum", "VACUUM INTO '\(directory.path)/vacuum';"),
            ] {
                let copied = try Program.run(
                    "/usr/bin/sqlite3", ["-readonly", "-batch", source, script], limit: .seconds(20))
                #expect(copied.status == 0, "\(copied.errorOutput)")
                let found = try Program.run(
                    "/usr/bin/sqlite3",
                    [
                        "-batch", "\(directory.path)/\(name)",
                        "PRAGMA integrity_check; SELECT event FROM log WHERE event = 'login';",
                    ])
                #expect(found.output == "ok\nlogin\n", "\(name)")
            }
            try FileManager.default.copyItem(atPath: source, toPath: "\(directory.path)/alone")
            let alone = try Program.run(
                "/usr/bin/sqlite3",
                ["-batch", "\(directory.path)/alone", "SELECT count(*) FROM log WHERE event = 'login';"])
            #expect(alone.output == "0\n", "the log of what was written last lies beside it")
        }
    }
}
