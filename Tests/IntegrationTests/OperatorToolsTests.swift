import Foundation
import Glibc
import Support
import Testing

extension IntegrationTests {
    /// `postern admin` and `postern user`, beside a running server and alone.
    @Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"), .onEachEngine, .namingTheEngine)
    struct OperatorToolsTests {
        private static let first = "postmaster@admin.example"
        private let server: OperatorServer

        init() throws { server = try OperatorServer() }

        @Test(.onFilesOnly, arguments: [false, true])
        func aNewAdminLogsInAndIsListed(_ isServed: Bool) throws {
            try server.bring(isServed)
            #expect(try server.succeed(["admin", "list"]) == "\(Self.first)\tstandalone\tactive\tglobal\n")
            let output = try server.succeed(["admin", "create", "Second@Admin.example"], password: "Second-pw-1")
            #expect(output == "Admin second@admin.example created, for all domains.\n")
            #expect(
                try server.succeed(["admin", "list"]) == """
                    \(Self.first)\tstandalone\tactive\tglobal
                    second@admin.example\tstandalone\tactive\tglobal

                    """)
            #expect(try server.logIn("second@admin.example", "Second-pw-1") != nil)
            #expect(try server.postern.sql("SELECT COUNT(*) FROM admin;") == "2\n")
        }

        @Test(arguments: [false, true])
        func anAdminOfDomainsManagesTheseOnly(_ isServed: Bool) throws {
            try server.addUser("anna", in: "open.example")
            try server.addUser("bert", in: "other.example")
            try server.bring(isServed)
            try server.succeed(
                ["admin", "create", "desk@admin.example", "--domains", "open.example"], password: "Second-pw-1")
            #expect(
                try server.succeed(["admin", "list"]).contains("desk@admin.example\tstandalone\tactive\topen.example\n")
            )
            try server.bring(true)
            let cookie = try server.logIn("desk@admin.example", "Second-pw-1")
            #expect(
                try server.answer("GET", "/api/user/anna@open.example", cookie: cookie).contains(#""_success": true"#))
            #expect(
                try server.answer("GET", "/api/user/bert@other.example", cookie: cookie).contains("PERMISSION_DENIED"))
            let result = try server.tool(
                ["admin", "create", "more@admin.example", "--domains", "open.example,nowhere.example"],
                password: "Third-pw-1")
            #expect(result.status == 1)
            #expect(
                result.errorOutput == "postern: admin: nowhere.example: INVALID_DOMAIN_NAME; no admin was created\n")
            let none = try server.tool(
                ["admin", "create", "more@admin.example", "--domains", ","], password: "Third-pw-1")
            #expect(none.status == 64, "no domain is not all of them")
            #expect(try !server.succeed(["admin", "list"]).contains("more@"))
        }

        @Test(arguments: [false, true])
        func aNewPasswordReplacesTheOldOneAndEndsSessions(_ isServed: Bool) throws {
            let cookie = try #require(try server.logIn(Self.first, RunningPostern.password))
            try server.bring(isServed)
            let output = try server.succeed(["admin", "password", Self.first], password: "  Changed-pw-2 ")
            #expect(output == "Password of \(Self.first) changed.\n")
            try server.bring(true)
            #expect(try server.answer("GET", "/api/domains", cookie: cookie).contains("LOGIN_REQUIRED"))
            #expect(try server.logIn(Self.first, RunningPostern.password) == nil)
            #expect(try server.logIn(Self.first, "Changed-pw-2") != nil)
        }

        @Test(.onFilesOnly, arguments: [false, true])
        func aUsersPasswordIsSetByEitherCommand(_ isServed: Bool) throws {
            try server.addUser("anna", in: "open.example")
            try server.bring(isServed)
            for command in ["user", "admin"] {
                let before = try server.postern.sql("SELECT password FROM mailbox;")
                try server.succeed([command, "password", "anna@open.example"], password: "Changed-\(command)-2")
                #expect(try server.postern.sql("SELECT password FROM mailbox;") != before)
                try server.bring(true)
                let cookie = try server.logIn(Self.first, RunningPostern.password)
                #expect(
                    try server.answer(
                        "POST", "/api/verify_password/user/anna@open.example", "password=Changed-\(command)-2",
                        cookie: cookie
                    ).contains(#"{"_success": true}"#))
                try server.bring(isServed)
            }
        }

        @Test(arguments: [false, true])
        func aDeletedAdminIsGoneButTheLastGlobalOneStays(_ isServed: Bool) throws {
            try server.bring(isServed)
            try server.succeed(["admin", "create", "second@admin.example"], password: "Second-pw-1")
            let cookie = try #require(try server.logIn("second@admin.example", "Second-pw-1"))
            try server.bring(isServed)
            #expect(
                try server.succeed(["admin", "delete", "second@admin.example"])
                    == "Admin second@admin.example deleted.\n")
            let result = try server.tool(["admin", "delete", Self.first])
            #expect(result.status == 1)
            #expect(result.errorOutput == "postern: admin: refused: PERMISSION_DENIED\n")
            #expect(try server.succeed(["admin", "list"]) == "\(Self.first)\tstandalone\tactive\tglobal\n")
            try server.bring(true)
            #expect(try server.answer("GET", "/api/domains", cookie: cookie).contains("LOGIN_REQUIRED"))
        }

        private static let refusals: [(words: [String], password: String?, status: Int32, line: String)] = [
            (
                ["admin", "password", first], "weak", 1,
                "refused: PW_SHORTER_THAN_MIN_LENGTH,PW_NO_UPPERCASE,PW_NO_DIGIT_NUMBER,PW_NO_SPECIAL_CHAR"
            ),
            (["admin", "create", "x@admin.example"], "Unicöde-pw-1", 1, "refused: PW_NON_ASCII"),
            (["admin", "create", first], "Second-pw-1", 1, "refused: ALREADY_EXISTS"),
            (["admin", "password", "nobody@admin.example"], "Second-pw-1", 1, "refused: NO_SUCH_ACCOUNT"),
            (["user", "password", first], "Second-pw-1", 1, "refused: NO_SUCH_ACCOUNT"),
            (["admin", "delete", "nobody@admin.example"], nil, 1, "refused: NO_SUCH_ACCOUNT"),
            (["admin", "password", first], "   ", 65, "the password is empty"),
            (["admin", "password"], "Second-pw-1", 64, "password takes one address; see postern admin --help"),
            (
                ["admin", "password", "postmaster"], "Second-pw-1", 64,
                "postmaster is no mail address; see postern admin --help"
            ),
            (
                ["admin", "rename", first], nil, 64,
                "there is no action rename; name one of list, create, password, delete; see postern admin --help"
            ),
            (["admin"], nil, 64, "name one of list, create, password, delete; see postern admin --help"),
            (["user", "delete", first], nil, 64, "it takes: password MAIL; see postern user --help"),
        ]

        @Test(.onFilesOnly) func everyRefusalIsOneLineAndChangesNothing() throws {
            let dump = "SELECT * FROM admin; SELECT * FROM domain_admins;"
            let before = try server.postern.sql(dump)
            for isServed in [false, true] {
                try server.bring(isServed)
                for refusal in Self.refusals {
                    let result = try server.tool(refusal.words, password: refusal.password)
                    #expect(result.status == refusal.status, "\(refusal.words)")
                    #expect(result.errorOutput == "postern: \(refusal.words[0]): \(refusal.line)\n", "\(refusal.words)")
                    #expect(result.output == "", "\(refusal.words)")
                }
            }
            #expect(try server.postern.sql(dump) == before)
        }

        @Test(.onFilesOnly) func withoutATerminalThePasswordHasToComeOnInput() throws {
            let before = try server.postern.sql("SELECT password FROM admin;")
            let result = try Program.run(
                "/usr/bin/setsid",
                ["--wait", PosternProgram.command, "admin", "password", Self.first, "--state", server.postern.state],
                input: "Changed-pw-2\n", limit: .seconds(20))
            #expect(result.status == 64)
            #expect(result.errorOutput == "postern: admin: there is no terminal to ask on; use --password-stdin\n")
            #expect(try server.postern.sql("SELECT password FROM admin;") == before)
        }

        @Test func aChangeIsLoggedWithoutThePassword() throws {
            try server.bring(true)
            try server.succeed(["admin", "create", "second@admin.example"], password: "Second-pw-1")
            try server.bring(false)
            try server.succeed(["admin", "delete", "second@admin.example"])
            let log = try server.postern.sql("SELECT event, msg FROM log ORDER BY id DESC LIMIT 2;")
            #expect(log.split(separator: "\n").count == 2 && log.contains("delete|") && log.contains("create|"))
            #expect(!(log + server.log).contains("Second-pw-1"))
        }
    }
}
