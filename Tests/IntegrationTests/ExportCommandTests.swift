import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern export` and `postern import` as the operator meets them.
    struct ExportCommandTests {
        private let directory: TemporaryDirectory
        private var state: String { "\(directory.path)/state" }
        private var file: String { "\(directory.path)/export.jsonl" }

        init() throws {
            directory = try TemporaryDirectory()
            try make(state)
            try sql(
                "vmail", in: state,
                """
                INSERT INTO domain (domain, description) VALUES ('a.example', 'A'), ('b.example', 'B');
                INSERT INTO mailbox (username, domain, password, storagebasedirectory, storagenode, maildir)
                  VALUES ('jo@a.example', 'a.example', '{SSHA512}secret', '/var/vmail', 'vmail1', 'a.example/jo/'),
                         ('mo@b.example', 'b.example', '{SSHA512}secret', '/var/vmail', 'vmail1', 'b.example/mo/');
                INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                  SELECT username, username, domain, domain, 1 FROM mailbox;
                """)
        }

        private func make(_ state: String) throws {
            try PosternProgram.succeed(
                ["init", "--state", state, "--admin", "postmaster@admin.example", "--password-stdin"],
                input: "Admin-pw-1\n")
        }

        @discardableResult
        private func sql(_ file: String, in state: String, _ text: String) throws -> String {
            let result = try Program.run("/usr/bin/sqlite3", ["\(state)/\(file)/\(file).db"], input: text + "\n")
            try #require(result.errorOutput == "")
            return result.output
        }

        private func run(_ arguments: [String], on state: String? = nil) throws -> Program.Result {
            try PosternProgram.run(arguments + ["--state", state ?? self.state])
        }

        private func shell(_ command: String) throws -> Program.Result {
            try Program.run("/bin/sh", ["-c", "cd \(directory.path) && \(command)"], limit: .seconds(30))
        }

        private func mode(of path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        /// Every byte of every database, but for what a log's file has.
        private func contents(_ state: String) throws -> [String] {
            try ["vmail", "amavisd", "iredapd", "usage"].map { try sql($0, in: state, ".dump") }
        }

        @Test func anExportComesBackFromTheFile() throws {
            let result = try run(["export", "a.example", "--with-passwords", "--output", file])
            #expect(result.status == 0 && result.output == "")
            #expect(result.errorOutput.contains("the export holds the hashes of passwords"))
            #expect(try mode(of: file) == 0o600)
            let other = "\(directory.path)/other"
            try make(other)
            let dryRun = try run(["import", file, "--dry-run"], on: other)
            #expect(dryRun.status == 1)
            #expect(dryRun.output.contains("a.example: 3 rows created, 0 changed, 0 removed"))
            #expect(dryRun.output.contains("\n  + mailbox jo@a.example\n"))
            #expect(!dryRun.output.contains("secret") && !dryRun.output.contains("--replace"))
            let taken = try run(["import", file], on: other)
            #expect(taken.status == 0, "\(taken.errorOutput)")
            #expect(taken.output.contains("Imported into \(other)."))
            #expect(try run(["import", file, "--dry-run"], on: other).status == 0)
            #expect(try run(["import", file], on: other).output.contains("Nothing had to be changed"))
            #expect(
                try run(["export", "a.example", "--with-passwords"], on: other).output
                    == String(contentsOfFile: file, encoding: .utf8))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(other)/api").allSatisfy {
                    !$0.hasPrefix("staged")
                })
            let check = try run(["check"], on: other)
            #expect(check.errorOutput == "" || !check.errorOutput.contains("problem"), "\(check.errorOutput)")
        }

        @Test func aDomainThatDiffersNeedsReplace() throws {
            try run(["export", "a.example", "--output", file]).expectSuccess()
            try sql("vmail", in: state, "UPDATE mailbox SET name = 'New', password = 'x' WHERE domain = 'a.example';")
            let before = try contents(state)
            let refused = try run(["import", file])
            #expect(
                refused.status == 65
                    && refused.errorOutput.contains(
                        "a.example is there already and differs, first by mailbox jo@a.example")
            )
            let dryRun = try run(["import", file, "--dry-run"])
            #expect(dryRun.status == 1 && dryRun.output.contains(#"~ mailbox jo@a.example name: "New" → """#))
            #expect(!dryRun.output.contains("password") && dryRun.output.contains("Without --replace it is refused."))
            #expect(try contents(state) == before)
            try run(["import", file, "--replace"]).expectSuccess()
            #expect(
                try sql("vmail", in: state, "SELECT name, password FROM mailbox WHERE domain = 'a.example';") == "|x\n")
            #expect(
                try sql("vmail", in: state, "SELECT event, admin, domain FROM log;").contains(
                    "update|postern@localhost.localdomain|a.example"))
        }

        @Test func passwordsGoToNoFileThatOthersMayRead() throws {
            let command = "\(PosternProgram.command) export --all --with-passwords --state \(state)"
            #expect(try shell("umask 022; \(command) > plain; stat -c %a plain").output == "600\n")
            #expect(try shell("\(command) | grep -c SSHA512.secret").output == "2\n")
            let terminal = try Program.run(
                "/usr/bin/script", ["-qec", command, "/dev/null"], limit: .seconds(20))
            #expect(terminal.status == 64 && !terminal.output.contains("SSHA512"), "\(terminal.output)")
            let without = try run(["export", "--all"])
            #expect(!without.output.contains("SSHA512") && without.errorOutput == "")
        }

        @Test func whatCannotBeExportedIsSaidAndLeavesTheFileAsItWas() throws {
            try "before".write(toFile: file, atomically: false, encoding: .utf8)
            let missing = try run(["export", "c.example", "--output", file])
            #expect(missing.status == 1 && missing.errorOutput.contains("there is no domain c.example"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "before")
            #expect(try run(["export"]).status == 64)
            #expect(try run(["export", "--all", "a.example"]).status == 64)
            #expect(try run(["export", "nonsense"]).status == 64)
            #expect(try shell("\(PosternProgram.command) export --all --state \(state) > /dev/full").status == 74)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == [
                    "export.jsonl", "state",
                ])
        }

        @Test func aFileThatIsRefusedChangesNothing() throws {
            try run(["export", "--all", "--output", file]).expectSuccess()
            let before = try contents(state)
            #expect(try run(["import", "\(file).missing"]).status == 74)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try String(text.dropLast(30)).write(toFile: file, atomically: false, encoding: .utf8)
            let half = try run(["import", file, "--replace"])
            #expect(half.status == 65 && half.errorOutput.contains("its last line is missing"))
            #expect(half.errorOutput.split(separator: "\n").count == 1)
            // A line of 1 GB costs no memory.
            let long = try shell(
                "ulimit -v 1000000; { head -1 export.jsonl; head -c 1000000000 /dev/zero; } | "
                    + "\(PosternProgram.command) import - --replace --state \(state)")
            #expect(long.status == 65 && long.errorOutput.contains("line 2 is longer"), "\(long.errorOutput)")
            #expect(try contents(state) == before)
        }

        @Test func theSchemaDescribesEveryLine() throws {
            let schema = try JSONSerialization.jsonObject(
                with: Data(PosternProgram.succeed(["export", "--schema"]).utf8))
            let definitions = try #require((schema as? [String: Any])?["$defs"] as? [String: [String: Any]])
            try sql("usage", in: state, "INSERT INTO used_quota (username, bytes) VALUES ('jo@a.example', 1);")
            let lines = try run(["export", "--all", "--with-passwords", "--with-usage"]).output.split(separator: "\n")
            #expect(lines.count > 10)
            for line in lines.dropFirst().dropLast() {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let table = try #require(object["table"] as? String)
                let row = try #require(object["row"] as? [String: Any])
                let properties = try #require(
                    ((definitions[table]?["properties"] as? [String: [String: Any]])?["row"])?["properties"]
                        as? [String: Any])
                #expect(Set(properties.keys) == Set(row.keys), "\(table)")
            }
        }

        /// Adds 30 domains with 1500 mailboxes, and exports all.
        private func exportOfMany() throws -> String {
            try sql(
                "vmail", in: state,
                """
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
                INSERT INTO domain (domain) SELECT 'd' || i || '.example' FROM n;
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
                INSERT INTO mailbox (username, domain, storagebasedirectory, storagenode, maildir)
                SELECT 'u' || i || '@d' || (i % 30) || '.example', 'd' || (i % 30) || '.example', '/var/vmail', 'vmail1',
                       'd' || (i % 30) || '.example/u' || i || '/' FROM n;
                INSERT OR IGNORE INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding)
                SELECT username, username, domain, domain, 1 FROM mailbox;
                """)
            try sql(
                "iredapd", in: state,
                "INSERT INTO throttle (account, period) SELECT '@d' || value || '.example', 60 FROM generate_series(0, 29);"
            )
            try run(["export", "--all", "--with-passwords", "--output", file]).expectSuccess()
            return try String(contentsOfFile: file, encoding: .utf8)
        }

        /// Killed at any moment, an import is run again and leads to the same.
        @Test func anImportThatIsKilledIsRunAgain() throws {
            let text = try exportOfMany()
            let whole = "\(directory.path)/whole"
            try make(whole)
            let start = ContinuousClock.now
            try PosternProgram.run(["import", file, "--replace", "--state", whole]).expectSuccess()
            let time = (ContinuousClock.now - start) / .milliseconds(1)
            var random = SeededNumbers()
            var other = ""
            var kills = 0
            for round in 0..<30 {
                if other.isEmpty {
                    other = "\(directory.path)/other\(round)"
                    try make(other)
                }
                let seconds = Double.random(in: 0.05...0.95, using: &random) * time / 1000
                let result = try Program.run(
                    "/usr/bin/timeout",
                    [
                        "-s", "KILL", String(format: "%.3f", seconds), PosternProgram.command, "import", file,
                        "--replace", "--state", other,
                    ], limit: .seconds(60))
                if result.status == 137 || result.status == 128 + 9 { kills += 1 } else if round < 29 { other = "" }
            }
            #expect(kills > 3, "seed \(random.seed): it was too fast to be killed")
            let last = try PosternProgram.run(["import", file, "--replace", "--state", other])
            #expect(last.status == 0, "seed \(random.seed): \(last.errorOutput)")
            #expect(try run(["export", "--all", "--with-passwords"], on: other).output == text, "seed \(random.seed)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(other)/api").allSatisfy {
                    !$0.hasPrefix("staged")
                })
        }

        /// On a full disk it says so, and is run again when there is room.
        @Test(.enabled(if: Mount.isAllowed, "needs to mount"))
        func anImportOnAFullDiskIsRunAgain() throws {
            let text = try exportOfMany()
            let small = "\(directory.path)/small"
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
            let mount = try Mount(emptyAt: small, megabytes: 24)
            let other = "\(small)/state"
            try make(other)
            var failures = 0
            for megabytes in [22, 20, 18, 16] {
                let ballast = [UInt8](repeating: 1, count: megabytes << 20)
                _ = FileManager.default.createFile(atPath: "\(small)/ballast", contents: Data(ballast))
                let result = try run(["import", file, "--replace"], on: other)
                if result.status != 0 {
                    failures += 1
                    #expect(result.status == 74 && result.errorOutput.contains("full"), "\(result.errorOutput)")
                }
                try FileManager.default.removeItem(atPath: "\(small)/ballast")
            }
            #expect(failures > 1)
            try run(["import", file, "--replace"], on: other).expectSuccess()
            #expect(try run(["export", "--all", "--with-passwords"], on: other).output == text)
            withExtendedLifetime(mount) {}
        }

        @Test func aServerThatRunsIsNoObstacleToAnExportOrADryRun() throws {
            let postern = try RunningPostern()
            let options = ["--state", postern.state, "--settings", postern.settingsFile]
            try PosternProgram.succeed(["export", "--all", "--output", file] + options)
            #expect(try PosternProgram.run(["import", file, "--dry-run"] + options).status == 0)
            let refused = try PosternProgram.run(["import", file] + options)
            #expect(refused.status == 78 && refused.errorOutput.contains("another Postern is at work"))
        }
    }
}

extension Program.Result {
    fileprivate func expectSuccess() { #expect(status == 0, "\(errorOutput)") }
}
