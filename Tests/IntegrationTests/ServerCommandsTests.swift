import Foundation
import Support
import Testing

extension IntegrationTests {
    /// What `init`, `move`, `check`, `status`, `backup` and `restore` do with a state at a PostgreSQL server.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
    struct ServerCommandsTests {
        private static let query = """
            SELECT username, password, quota, created FROM mailbox ORDER BY username;
            SELECT address, forwarding, active FROM forwardings ORDER BY id;
            SELECT id, event, msg FROM log WHERE event <> 'login' ORDER BY id
            """

        private let cluster: PostgreSQLCluster
        private let server: OperatorServer
        private var connection: String { "host=\(cluster.directory.path) port=\(cluster.port)" }

        /// A state in files, with a user, and databases without an account.
        init() throws {
            cluster = try PostgreSQLCluster()
            server = try OperatorServer()
            try server.addUser("anna", in: "open.example")
            try server.bring(false)
            try PosternProgram.succeed(["init", "--database", cluster.connection, "--empty"])
        }

        private func atServer() throws -> String { try cluster.sql("vmail", Self.query) }

        private func inFiles(_ state: String) throws -> String {
            let result = try Program.run(
                "/usr/bin/sqlite3", ["-readonly", "\(state)/vmail/vmail.db"], input: Self.query + ";\n")
            try #require(result.errorOutput == "")
            return result.output
        }

        private func move() throws {
            let output = try server.succeed(["move", "--to", connection])
            #expect(output.contains("Next: put DATABASE = '\(connection)' into the settings file"))
            try server.postern.write(settings: ["DATABASE = '\(connection)'"])
        }

        @Test func aStateMovesThereAndBack() throws {
            let rows = try inFiles(server.postern.state)
            #expect(rows.contains("anna@open.example|{SSHA512}"))
            try move()
            #expect(try atServer() == rows)
            let back = "\(server.postern.directory.path)/back"
            let output = try server.succeed(["move", "--to", back])
            #expect(output.contains("Next: remove DATABASE from the settings file"))
            #expect(try inFiles(back) == rows)
        }

        @Test func nothingIsMovedToWhereAccountsAre() throws {
            try cluster.sql("vmail", "INSERT INTO domain (domain) VALUES ('other.example')")
            try cluster.sql("vmail", "INSERT INTO admin (username) VALUES ('jo@admin.example')")
            let result = try server.tool(["move", "--to", connection])
            #expect(result.status == 65)
            #expect(result.errorOutput.contains("there are accounts at the server"))
            #expect(try cluster.sql("vmail", "SELECT username FROM mailbox") == "")
        }

        @Test func whatWasChangedSinceABackupIsUndoneByARestore() throws {
            try move()
            try server.bring(true)
            let rows = try atServer()
            let kept = "\(server.postern.directory.path)/kept"
            #expect(try server.succeed(["backup", kept]).contains("5 databases"))
            let cookie = try server.logIn(RunningPostern.admin, RunningPostern.password)
            let answer = try server.answer("DELETE", "/api/user/anna@open.example", cookie: cookie)
            #expect(answer.contains(#"{"_success": true}"#))
            try server.addUser("bert", in: "other.example")

            #expect(try server.tool(["restore", kept, "--force"]).status == 78, "it is served")
            try server.bring(false)
            let refused = try server.tool(["restore", kept])
            #expect(refused.status == 65 && refused.errorOutput.contains("--force"))
            #expect(try atServer().contains("bert@other.example"))
            let output = try server.succeed(["restore", kept, "--force"])
            #expect(output.contains("What was there before: "))
            #expect(try atServer() == rows)
            #expect(try server.logIn(RunningPostern.admin, RunningPostern.password) != nil)
        }

        @Test func checkAndStatusTellOfTheServer() throws {
            try move()
            try server.bring(true)
            #expect(try server.succeed(["check"]).contains("State the server \(cluster.directory.path)\n"))
            #expect(try server.succeed(["status"]).contains("requests"))
            try cluster.sql("iredapd", "UPDATE postern_schema SET version = 99")
            let newer = try server.tool(["check"])
            #expect(newer.status == 65 && newer.output.contains("schema version 99"), "\(newer.output)")
            try cluster.stop()
            let away = try server.tool(["check"])
            #expect(away.status == 65 && away.errorOutput.contains("problem"), "\(away.output)")
        }
    }
}
