import MailStore
import Neighbours
import StoreSupport
import Support
import Testing

/// What the mail programs may do on a PostgreSQL server. That it is enough the readers' tests show.
@Suite(.enabled(if: PostgreSQLDatabases.isPossible, "needs POSTERN_POSTGRESQL"))
struct DatabaseGrantTests {
    private let state: ReadersState

    init() throws { state = try ReadersState(.postgreSQL, StoreFile.allCases) }

    /// Whether a role may run a statement.
    private func may(_ role: DatabaseRole, _ file: StoreFile, _ statement: String) throws -> Bool {
        // Who may not use the schema is told that there are no such tables.
        let usesSchema = try state.run(file, "SELECT has_schema_privilege('\(role.rawValue)', 'public', 'USAGE');")
        guard usesSchema == "t\n" else { return false }
        do {
            try state.run(file, "SET ROLE \"\(role.rawValue)\"; \(statement);")
            return true
        } catch let failure as Program.Failure where failure.description.contains("permission denied") {
            return false
        }
    }

    private func rolesThatMay(_ file: StoreFile, _ statement: String) throws -> [DatabaseRole] {
        try DatabaseRole.allCases.filter { try may($0, file, statement) }
    }

    @Test func onlyDovecotSeesThePasswordsOfUsersAndNobodyThoseOfAdmins() throws {
        #expect(try rolesThatMay(.vmail, "SELECT password FROM mailbox") == [.dovecot])
        #expect(try rolesThatMay(.vmail, "SELECT * FROM mailbox") == [])
        for (table, columns) in Schema.secretColumns where table != "mailbox" {
            for column in columns.sorted() {
                let roles = try rolesThatMay(.vmail, "SELECT \(column) FROM \(table)")
                #expect(roles == [], "\(table).\(column)")
            }
        }
    }

    @Test func eachReadsWhatItsQueriesNeed() throws {
        #expect(try rolesThatMay(.vmail, "SELECT username, active FROM mailbox") == [.postfix, .dovecot, .iredapd])
        #expect(try rolesThatMay(.vmail, "SELECT recovery_email FROM mailbox") == [])
        #expect(try rolesThatMay(.vmail, "SELECT accesspolicy FROM alias") == [.iredapd])
        #expect(try rolesThatMay(.amavisd, "SELECT * FROM policy") == [.amavis, .iredapd])
        #expect(try rolesThatMay(.amavisd, "SELECT * FROM outbound_wblist") == [.iredapd])
        #expect(try rolesThatMay(.iredapd, "SELECT * FROM throttle") == [.iredapd])
        #expect(try rolesThatMay(.api, "SELECT * FROM sessions") == [])
    }

    @Test func onlyDovecotWritesUsedQuota() throws {
        let row = "INSERT INTO used_quota (username, bytes, messages) VALUES ('u@open.example', 1, 1)"
        #expect(try rolesThatMay(.usage, row) == [.dovecot])
        #expect(try rolesThatMay(.usage, "DELETE FROM used_quota") == [.dovecot])
        // The triggers do that.
        #expect(try rolesThatMay(.usage, "DELETE FROM used_quota_totals") == [])
    }

    @Test func nobodyWritesAccountsOrPolicies() throws {
        for (file, statement) in [
            (.vmail, "UPDATE mailbox SET active = 1"), (.vmail, "INSERT INTO domain (domain) VALUES ('x.example')"),
            (.vmail, "DELETE FROM forwardings"), (.amavisd, "DELETE FROM wblist"),
            (.amavisd, "INSERT INTO users (email) VALUES ('x')"), (.iredapd, "UPDATE throttle SET period = 0"),
            (.iredapd, "DELETE FROM greylisting"), (.vmail, "CREATE TABLE mine (id INT)"),
        ] as [(StoreFile, String)] {
            let roles = try rolesThatMay(file, statement)
            #expect(roles == [], "\(statement)")
        }
    }

    /// Whoever may take a lock of these kinds can keep Postern from changing anything.
    @Test(arguments: [
        "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
    ])
    func nobodyTakesTheTurnOfWhoWrites(_ mode: String) throws {
        for file in StoreFile.allCases {
            let roles = try rolesThatMay(file, "BEGIN; LOCK TABLE postern_schema IN \(mode) MODE; ROLLBACK")
            #expect(roles == [], "\(file)")
        }
    }

    @Test func theOperatorsLimitOfConnectionsStays() throws {
        let limits = """
            SELECT rolname, rolconnlimit FROM pg_roles
             WHERE rolname IN ('postern', 'postfix', 'dovecot', 'amavis', 'iredapd') ORDER BY rolname DESC;
            """
        func makeRoles() throws { try state.run(.vmail, DatabaseGrant.roleStatements.map { $0 + ";" }.joined()) }
        try makeRoles()
        #expect(try state.run(.vmail, limits) == "postfix|60\npostern|-1\niredapd|60\ndovecot|60\namavis|60\n")
        try state.run(.vmail, "ALTER ROLE postfix CONNECTION LIMIT 61;")
        try makeRoles()
        #expect(try state.run(.vmail, limits).hasPrefix("postfix|61\n"))
        try state.run(.vmail, "ALTER ROLE postfix CONNECTION LIMIT 60;")
    }

    @Test func iRedAPDWritesItsOwnRows() throws {
        try state.run(
            .iredapd, "INSERT INTO throttle (id, account, period) VALUES (1, '@.', 60);")
        for statement in [
            "INSERT INTO throttle_tracking (tid, account) VALUES (1, 'u@open.example')",
            "UPDATE throttle_tracking SET cur_msgs = cur_msgs + 1 WHERE tid = 1",
            """
            INSERT INTO greylisting_tracking (sender, recipient, client_address)
            VALUES ('a@b.example', 'u@open.example', '192.0.2.1')
            """,
            "DELETE FROM greylisting_tracking WHERE client_address = '192.0.2.1' AND passed = 0",
            "INSERT INTO greylisting_whitelists (account, sender) VALUES ('u@open.example', 'a@b.example')",
            "INSERT INTO greylisting_whitelist_domains (domain) VALUES ('b.example')",
            "INSERT INTO senderscore_cache (client_address, score) VALUES ('192.0.2.1', 90)",
            "INSERT INTO smtp_sessions (sender) VALUES ('a@b.example')",
            "DELETE FROM smtp_sessions WHERE time_num < 1",
        ] {
            let roles = try rolesThatMay(.iredapd, statement)
            #expect(roles == [.iredapd], "\(statement)")
        }
    }

    @Test func dovecotReadsTheColumnOfEveryService() throws {
        let hidden = try state.run(
            .vmail,
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_name = 'mailbox' AND column_name LIKE 'enable%'
               AND NOT has_column_privilege('dovecot', 'mailbox', column_name, 'SELECT');
            """)
        #expect(hidden == "")
    }

    @Test(
        arguments: [
            (.vmail, [.postfix, .dovecot, .iredapd]), (.amavisd, [.amavis, .iredapd]), (.iredapd, [.iredapd]),
            (.api, []),
        ] as [(StoreFile, [DatabaseRole])])
    func connectsOnlyWhoHasARight(_ file: StoreFile, _ roles: [DatabaseRole]) throws {
        let found = try DatabaseRole.allCases.filter { role in
            try state.run(
                file, "SELECT has_database_privilege('\(role.rawValue)', current_database(), 'CONNECT');") == "t\n"
        }
        #expect(found == roles)
    }

    @Test func repeatedTheyTakeAwayWhatIsNotListed() throws {
        try state.run(.vmail, "GRANT SELECT (password) ON mailbox TO postfix; GRANT SELECT ON admin TO PUBLIC;")
        #expect(try may(.postfix, .vmail, "SELECT password FROM mailbox"))
        let name = try state.run(.vmail, "SELECT current_database();").dropLast()
        let statements = DatabaseGrant.statements(for: .vmail, named: String(name))
        try state.run(.vmail, "BEGIN;" + statements.map { $0 + ";\n" }.joined() + "COMMIT;")
        #expect(try !may(.postfix, .vmail, "SELECT password FROM mailbox"))
        #expect(try rolesThatMay(.vmail, "SELECT username FROM admin") == [])
        #expect(try may(.postfix, .vmail, "SELECT maildir FROM mailbox"))
    }
}
