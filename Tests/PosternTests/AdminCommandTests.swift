import Foundation
import Support
import Testing

@testable import postern

/// An admin who cannot get all of the domains is not made at all.
@Suite(.enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs the sqlite3 shell"))
struct AdminCommandTests {
    private let directory: TemporaryDirectory
    private let channel: OperatorChannel
    private var accounts: String { "\(directory.path)/state/vmail/vmail.db" }

    /// A state of two domains, without a server.
    init() throws {
        directory = try TemporaryDirectory()
        let settings = try directory.write("settings.py", "ENABLE_RESTFUL_API = True\n")
        let arguments = try Arguments(
            ["--state", "\(directory.path)/state", "--settings", settings], for: AdminCommand.self)
        try StateDirectory(arguments).create(greylisting: false)
        channel = try OperatorChannel(arguments)
        _ = try sql("INSERT INTO domain (domain) VALUES ('a.example'), ('b.example');")
    }

    private func sql(_ statement: String) throws -> String {
        let result = try Program.run("/usr/bin/sqlite3", ["-batch", accounts], input: ".timeout 5000\n\(statement)\n")
        try #require(result.status == 0 && result.errorOutput == "", "\(result.errorOutput)")
        return result.output
    }

    private func create(_ domains: [String]) throws {
        try AdminCommand.create("desk@admin.example", "Second-pw-1", domains: domains, through: channel)
    }

    private var admins: String {
        get throws { try sql("SELECT username FROM admin; SELECT username, domain FROM domain_admins;") }
    }

    @Test func eachDomainIsGiven() throws {
        try create(["a.example", "b.example"])
        #expect(
            try admins
                == "desk@admin.example\ndesk@admin.example|a.example\ndesk@admin.example|b.example\n")
    }

    @Test func anUnknownDomainIsNamedBeforeAnythingIsMade() throws {
        let error = try #require(throws: ExitError.self) { try create(["a.example", "c.example"]) }
        #expect(error.reason == "c.example: INVALID_DOMAIN_NAME; no admin was created")
        #expect(try admins == "")
    }

    @Test func whoCannotBeGivenADomainIsRemovedAgain() throws {
        _ = try sql(
            """
            CREATE TRIGGER refused BEFORE INSERT ON domain_admins WHEN NEW.domain = 'b.example'
            BEGIN SELECT RAISE(ABORT, 'refused'); END;
            """)
        let error = try #require(throws: ExitError.self) { try create(["a.example", "b.example"]) }
        #expect(error.reason.hasPrefix("b.example: ") && error.reason.hasSuffix("; no admin was created"))
        #expect(try admins == "")
    }
}
