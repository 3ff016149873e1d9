import Foundation
import Glibc
import Support
import Testing

/// `postern import iredmail`, as an operator runs it.
@Suite(
    .enabled(
        if: !ServerEngine.installed.isEmpty && TestedProgram.path != nil,
        "needs the program, and mariadb-server or postgresql"),
    .serialized)
struct ImportCommandTests {
    private func server(_ engine: ServerEngine) throws -> IRedMailServer {
        try IRedMailServer(engine, filledWith: IRedMailRows(for: engine, hashes: try IRedMailRows.hashes()))
    }

    @Test(arguments: ServerEngine.installed)
    func tellsFirstAndTakesAllOfItOnce(_ engine: ServerEngine) throws {
        let server = try server(engine)
        let rows = try server.checksums()
        let state = try ImportingState()
        let before = try state.export()

        let told = try state.importing(server)
        #expect(told.status == 0, "\(told.errorOutput)")
        #expect(told.output.contains("\nleft-out\tmailbox\to'brien@d1.example\tit is no mail address\n"))
        #expect(told.output.contains("\ncount\tdomain\t\t44\n"))
        #expect(told.output.hasSuffix("Nothing was changed. With --apply it is taken into \(state.path).\n"))
        #expect(try state.export() == before)

        let done = try state.importing(server, "--apply")
        #expect(done.status == 0, "\(done.errorOutput)")
        #expect(done.output.contains("and 2 rows of history, are in "))
        let after = try state.export()
        #expect(after.contains("\"team@d39.example\""))
        #expect(try state.count("SELECT username FROM deleted_mailboxes") == "late@d3.example\n")
        #expect(try state.count("SELECT count(*) FROM log WHERE event = 'delete'") == "1\n")
        // What a new state has of its own is replaced, and its admin stays.
        #expect(after.contains("first@manager.example"))
        #expect(after.contains("boss@outside.example"))

        let again = try state.importing(server, "--apply")
        #expect(again.status == 0, "\(again.errorOutput)")
        #expect(again.output.hasSuffix("0 parts with 0 rows, and 0 rows of history, are in \(state.path).\n"))
        #expect(try state.importing(server).output.hasSuffix("All of it is there.\n"))
        #expect(try state.export() == after)
        #expect(try server.checksums() == rows)
    }

    @Test(arguments: ServerEngine.installed)
    func aDomainThatIsThereOtherwiseIsRefused(_ engine: ServerEngine) throws {
        let server = try server(engine)
        let state = try ImportingState()
        let one = try state.importing(server, "--only", "d3.example", "--apply")
        #expect(one.status == 0, "\(one.errorOutput)")
        #expect(try state.count("SELECT domain FROM domain") == "d3.example\n")
        #expect(try state.count("SELECT count(*) FROM admin") == "1\n")

        try server.run("vmail", "UPDATE mailbox SET name = 'Another' WHERE username = 'user1@d3.example'")
        let before = try state.export()
        for options in [[], ["--apply"]] {
            let refused = try state.run(
                ["import", "iredmail", server.option.name, server.option.value, "--only", "d3.example,d4.example"]
                    + options)
            #expect(refused.status == 65)
            #expect(
                refused.errorOutput.contains("d3.example mailbox user1@d3.example: it is there already and differs"))
        }
        #expect(try state.export() == before)
        let next = try state.importing(server, "--only", "d2.example,d4.example", "--apply")
        #expect(next.status == 0, "\(next.errorOutput)")
        #expect(try state.count("SELECT domain FROM domain ORDER BY 1") == "d2.example\nd3.example\nd4.example\n")
        // Standalone admins stay behind, and so do their rights.
        #expect(next.output.contains("left-out\t\t\tthe rights of boss@outside.example"))
    }

    /// Dovecot goes on writing at the old server, and admins go on working, while an import is cut short and run again.
    @Test(arguments: ServerEngine.installed)
    func itIsRunAgainWhileTheOldServerWorks(_ engine: ServerEngine) throws {
        let server = try server(engine)
        let line =
            "INSERT INTO log (timestamp, admin, event, msg) VALUES ('2026-10-02 03:04:05', 'boss@outside.example', 'login', 'twin')"
        for _ in 0..<2 { try server.run("iredadmin", line) }
        let state = try ImportingState()
        #expect(try state.importing(server, "--apply").status == 0)
        let query = "SELECT username, bytes FROM used_quota WHERE username IN ('user1@d3.example', 'new@d3.example')"
        func usage() throws -> String {
            try Program.run("/usr/bin/sqlite3", ["\(state.path)/usage/usage.db", query]).output
        }
        try server.run("vmail", "DELETE FROM used_quota WHERE username = 'shared@d3.example'")
        try server.run(
            "vmail",
            """
            UPDATE used_quota SET bytes = 1 WHERE username LIKE '%@d3.example';
            DELETE FROM last_login WHERE username LIKE 'user2@%';
            UPDATE last_login SET imap = 1800000000 WHERE username LIKE 'user3%';
            INSERT INTO used_quota (username, domain, bytes, messages) VALUES ('shared@d3.example', 'd3.example', 7, 1)
            """)
        try server.run("iredadmin", line)
        let before = try usage()
        let again = try state.importing(server, "--apply")
        #expect(again.status == 0, "\(again.errorOutput)")
        #expect(again.output.hasSuffix("1 parts with 1 rows, and 1 rows of history, are in \(state.path).\n"))
        #expect(try usage() == before)
        #expect(try state.count("SELECT count(*) FROM log WHERE msg = 'twin'") == "3\n")
        #expect(try state.importing(server).output.hasSuffix("All of it is there.\n"))
    }

    /// From one kind of server to the other: a state at PostgreSQL takes the same rows.
    @Test(.enabled(if: ServerEngine.installed.contains(.mariadb) && PostgreSQLCluster.isInstalled))
    func aStateAtAServerTakesItToo() throws {
        let server = try server(.mariadb)
        let cluster = try PostgreSQLCluster()
        let directory = try TemporaryDirectory()
        let settings = try directory.write(
            "settings.py", "DATABASE = 'host=\(cluster.directory.path) port=\(cluster.port)'\n")
        func run(_ arguments: [String]) throws -> Program.Result {
            try Program.run(TestedProgram.path ?? "", arguments, limit: .seconds(60))
        }
        let made = try run(["init", "--database", cluster.connection, "--empty"])
        try #require(made.status == 0, "\(made.errorOutput)")
        let places = ["--settings", settings, "--state", "\(directory.path)/state"]
        let arguments = ["import", "iredmail", server.option.name, server.option.value, "--apply"] + places
        let done = try run(arguments)
        try #require(done.status == 0, "\(done.errorOutput)")
        #expect(done.output.contains(", and 2 rows of history, are in "))
        let again = try run(arguments)
        #expect(again.output.contains("\n0 parts with 0 rows, and 0 rows of history, are in "), "\(again.errorOutput)")
        #expect(
            try cluster.sql("vmail", "SELECT username, delete_date FROM deleted_mailboxes")
                == "late@d3.example|2027-01-31\n")
        #expect(try cluster.sql("amavisd", "SELECT count(*) FROM policy") == "3\n")

        let files = try ImportingState()
        #expect(try files.importing(server, "--apply").status == 0)
        let export = try run(["export", "--all", "--with-passwords", "--with-usage"] + places).output
        let ofFiles = try files.imported()
        // The last line has the number of rows.
        #expect(export.split(separator: "\n").dropLast() == ofFiles.dropLast())
    }

    /// From one kind of server, in the long form from each.
    @Test(.timeLimit(.minutes(20)), arguments: ServerEngine.installed.prefix(Soak.isOn ? .max : 1))
    func killedAtAnyMomentAndRunAgainItEndsTheSame(_ engine: ServerEngine) throws {
        let kills = Soak.size(8, whole: 30, "POSTERN_IMPORT_KILLS")
        let server = try server(engine)
        let whole = try ImportingState()
        let start = ContinuousClock.now
        #expect(try whole.importing(server, "--apply").status == 0)
        var time = ContinuousClock.now - start
        let expected = try whole.imported()
        var random = SeededNumbers()
        print("seed \(random.seed): POSTERN_SEED=\(random.seed) repeats the moments of the kills")
        var (killed, begun, states) = (0, 0, 0)
        // One that was there before its moment came does not count.
        while killed < kills, begun < 4 * kills {
            let state = try ImportingState()
            states += 1
            for _ in 0..<2 where killed < kills {
                let program = try RunningProgram(
                    TestedProgram.path ?? "",
                    ["import", "iredmail", server.option.name, server.option.value, "--apply", "--state", state.path])
                begun += 1
                // More often late: then it writes.
                let part = max(Double.random(in: 0..<1, using: &random), Double.random(in: 0..<1, using: &random))
                usleep(UInt32(part * (time / .microseconds(1))))
                // The first one may have been slow beside other work.
                if program.isRunning { killed += 1 } else { time = time * 0.7 }
                kill(program.identifier, SIGKILL)
                program.stop()
            }
            let again = try state.importing(server, "--apply")
            #expect(again.status == 0, "seed \(random.seed): \(again.errorOutput)")
            #expect(try state.imported() == expected, "seed \(random.seed)")
            #expect(try state.count("SELECT count(*) FROM log WHERE event = 'delete'") == "1\n")
            // What a killed one has left is gone.
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(state.path)/api")
            #expect(!left.contains { $0.hasPrefix("staged-") })
        }
        #expect(killed == kills, "seed \(random.seed): it was too fast to be killed")
        Soak.report(
            "\(killed) kills of an import from \(engine.rawValue), \(expected.count) rows into \(states) states: run "
                + "again, each has the same rows unless this test failed")
    }

    @Test(
        arguments: [
            (["import", "iredmail"], 64, "how is the iRedMail server reached"),
            (
                ["import", "iredmail", "--mysql", "--user=u", "--postgresql", "host=h"], 64,
                "how is the iRedMail server"
            ),
            (["import", "iredmail", "--mysql", "--password=secret"], 64, "can be read by everybody"),
            (["import", "iredmail", "--mysql", "--user=u", "--replace"], 64, "replaces nothing"),
            (["import", "/dev/null", "--apply"], 64, "--apply goes with iredmail"),
            (["import", "iredmail", "--mysql", "--socket=/nowhere"], 74, "ended with status 1 before"),
            (["import", "iredmail", "--postgresql", "host=/nowhere"], 74, "psql ended with status 2"),
        ] as [([String], Int32, String)])
    func whatCannotBeDoneIsSaidAndChangesNothing(_ arguments: [String], _ status: Int32, _ reason: String) throws {
        let state = try ImportingState()
        let before = try state.export()
        let result = try state.run(arguments)
        #expect(result.status == status)
        #expect(result.errorOutput.contains(reason), "\(result.errorOutput)")
        #expect(!result.errorOutput.contains("secret"))
        #expect(try state.export() == before)
    }
}
