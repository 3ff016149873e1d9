import Foundation
import MailStore
import Storage
import StoreSupport
import Support
import Testing

/// A database made by the schema, asked through the engine's own shell: a file through sqlite3, or a database at the
/// server of `Tests/postgresql` through psql.
final class SchemaDatabase {
    private let directory: TemporaryDirectory
    private let path: String
    /// Nil for a file.
    private let server: ServerState?
    private let database: ServerDatabase

    /// - Parameter isFile: whether it is a file in any case.
    init(_ file: StoreFile, isFile: Bool = false) throws {
        directory = try TemporaryDirectory()
        path = "\(directory.path)/\(file.rawValue).db"
        database = ServerDatabase(holding: file)
        server = isFile ? nil : try ServerDatabases.shared?.take()
        guard server == nil else { return }
        let statements = ["BEGIN"] + Schema.statements(for: file) + Schema.seed(for: file) + ["COMMIT"]
        _ = try run(statements.map { $0 + ";\n" }.joined())
    }

    deinit {
        if let server { ServerDatabases.shared?.giveBack(server) }
    }

    /// What a script prints, columns parted by `|`.
    /// - Parameter script: in the words of `Dialect`.
    /// - Throws: with the engine's words, when a statement fails.
    func run(_ script: String) throws -> String {
        if let server {
            return try PostgreSQLDatabases.run(server.name(of: database), Dialect.postgresql.text(of: script))
        }
        let result = try Program.run("/usr/bin/sqlite3", ["-batch", "-bail", path], input: script)
        guard result.status == 0, result.errorOutput.isEmpty else {
            throw Program.Failure(description: result.errorOutput)
        }
        return result.output
    }
}

@Suite(.enabled(if: Program.isInstalled("/usr/bin/sqlite3"), "needs the sqlite3 shell"))
struct SchemaTests {
    private static let contract: [(StoreFile, [String: String])] = [
        (.vmail, SchemaColumns.vmail), (.usage, SchemaColumns.usage), (.api, SchemaColumns.api),
        (.amavisd, SchemaColumns.amavisd), (.iredapd, SchemaColumns.iredapd),
    ]

    @Test(arguments: contract)
    func hasEveryColumnOfTheContract(_ file: StoreFile, _ tables: [String: String]) throws {
        let database = try SchemaDatabase(file, isFile: true)
        for (table, columns) in tables {
            let found = try database.run(
                """
                SELECT name || ':' || CASE WHEN "notnull" THEN substr(type, 1, 1) ELSE lower(substr(type, 1, 1)) END
                       || coalesce('=' || dflt_value, '')
                  FROM pragma_table_info('\(table)');
                """)
            #expect(
                found.split(separator: "\n").map(String.init) == Self.written(columns), "table \(table)")
        }
    }

    /// Words parted by spaces, except inside quotes; a bare word is a text column that defaults to ''.
    private static func written(_ columns: String) -> [String] {
        var words = [""]
        var isQuoted = false
        for character in columns {
            if character == "'" { isQuoted.toggle() }
            let isGap = character.isWhitespace && !isQuoted
            if isGap { words.append("") } else { words[words.count - 1].append(character) }
        }
        return words.filter { !$0.isEmpty }.map { $0.contains(":") ? $0 : $0 + ":T=''" }
    }

    @Test(arguments: [
        (StoreFile.vmail, "INSERT INTO forwardings (address, forwarding) VALUES ('a', 'b'), ('a', 'b');"),
        (.vmail, "INSERT INTO moderators (address, moderator) VALUES ('a', 'b'), ('a', 'b');"),
        (.vmail, "INSERT INTO maillist_owners (address, owner) VALUES ('a', 'b'), ('a', 'b');"),
        (.vmail, "INSERT INTO maillists (address, mlid) VALUES ('a', '1'), ('a', '2');"),
        (.vmail, "INSERT INTO maillists (address, mlid) VALUES ('a', '1'), ('b', '1');"),
        (.vmail, "INSERT INTO sender_relayhost (account) VALUES ('@a'), ('@a');"),
        (.vmail, "INSERT INTO mailbox (username) VALUES ('a'), ('a');"),
        (.vmail, "INSERT INTO domain_admins (username, domain) VALUES ('a', 'b'), ('a', 'b');"),
        (.vmail, "INSERT INTO domain_ownership (admin, domain) VALUES ('a', 'b'), ('a', 'b');"),
        (.vmail, "INSERT INTO mailbox (username, active) VALUES ('a', NULL);"),
        (.api, "INSERT INTO sessions (session_id) VALUES ('a'), ('a');"),
        (.usage, "INSERT INTO share_folder (from_user, to_user) VALUES ('a', 'b'), ('a', 'b');"),
        (.amavisd, "INSERT INTO users (email) VALUES ('@A.example');"),
        (.amavisd, "INSERT INTO wblist (rid, sid, wb) VALUES (1, 2, 'W'), (1, 2, 'B');"),
        (.amavisd, "INSERT INTO policy (policy_name) VALUES ('@.');"),
        (.iredapd, "INSERT INTO throttle (account) VALUES ('@.'), ('@.');"),
        (.iredapd, "INSERT INTO greylisting (account, sender) VALUES ('@.', '@.');"),
    ])
    func refuses(_ file: StoreFile, _ statement: String) throws {
        let database = try SchemaDatabase(file)
        let failure = #expect(throws: Program.Failure.self) { try database.run(statement) }
        let words = [
            "constraint failed", "violates unique constraint", "violates not-null constraint",
            "violates check constraint",
        ]
        #expect(words.contains { failure?.description.contains($0) == true }, "\(failure?.description ?? "")")
    }

    @Test(arguments: [
        (StoreFile.api, "INSERT INTO settings (k) VALUES ('a'), ('a');"),
        (.amavisd, "INSERT INTO users (email) VALUES (CAST('@a.example' AS BLOB));"),
    ])
    func aFileRefuses(_ file: StoreFile, _ statement: String) throws {
        let database = try SchemaDatabase(file, isFile: true)
        let failure = #expect(throws: Program.Failure.self) { try database.run(statement) }
        #expect(failure?.description.contains("constraint failed") == true)
    }

    @Test func fillsTheDomainOfUsedQuota() throws {
        let database = try SchemaDatabase(.usage)
        let output = try database.run(
            """
            INSERT INTO used_quota (username, bytes) VALUES ('a@b.example', 7)
                ON CONFLICT (username) DO UPDATE SET bytes = 7;
            INSERT INTO used_quota (username, messages) VALUES ('a@b.example', 1)
                ON CONFLICT (username) DO UPDATE SET messages = 1;
            SELECT username, bytes, messages, domain FROM used_quota;
            """)
        #expect(output == "a@b.example|7|1|b.example\n")
    }

    @Test func keepsOneLastLoginPerMailbox() throws {
        let database = try SchemaDatabase(.usage)
        let output = try database.run(
            """
            INSERT INTO last_login (username, domain, imap) VALUES ('a@b.example', 'b.example', 10)
                ON CONFLICT (username,domain) DO UPDATE SET imap = 10;
            INSERT INTO last_login (username, domain, lda) VALUES ('a@b.example', 'b.example', 20)
                ON CONFLICT (username,domain) DO UPDATE SET lda = 20;
            SELECT * FROM last_login;
            """)
        #expect(output == "a@b.example|b.example|10||20\n")
    }

    @Test func startsWithIRedMailsGlobalSpamPolicy() throws {
        let output = try SchemaDatabase(.amavisd).run(
            """
            SELECT users.priority, policy_name, spam_lover, virus_lover, banned_files_lover,
                   bad_header_lover, bypass_spam_checks, spam_quarantine_to, virus_quarantine_to, banned_quarantine_to,
                   bad_header_quarantine_to, COALESCE(spam_tag_level, 1)
              FROM users JOIN policy ON policy.id = users.policy_id WHERE users.email = '@.';
            """)
        #expect(output == "0|@.|Y|N|N|Y|N||virus-quarantine|banned-quarantine||1\n")
    }

    @Test func numbersListedAddressesApartFromScopes() throws {
        let output = try SchemaDatabase(.amavisd).run(
            "INSERT INTO mailaddr (email) VALUES ('a@b.example'); SELECT id FROM mailaddr;")
        #expect(output == "1000000001\n")
    }

    @Test func greylistsEverybodyUnlessToldOtherwise() throws {
        let output = try SchemaDatabase(.iredapd).run(
            "SELECT account, priority, sender, sender_priority, comment, active FROM greylisting;")
        #expect(output == "@.|0|@.|0||1\n")
        #expect(Schema.seed(for: .iredapd, greylisting: false).isEmpty)
    }
}
