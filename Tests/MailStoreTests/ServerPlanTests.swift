@testable import MailStore
import Foundation
import Mail
import Storage
import Testing

/// As `SchemaPlanTests`, at a PostgreSQL server: with a plan for any values, and where reading whole tables is the last
/// resort, none is read whole.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] != nil,
        "needs a PostgreSQL server: Tests/postgresql"))
struct ServerPlanTests {
    private static let filled = Result { () throws -> ServerState in
        let state = ServerState(
            PostgreSQLServer(ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] ?? ""),
            prefix: "plan\(UInt64.random(in: 0 ... .max))_")
        try ServerMigrator.makeDatabases(state)
        try ServerMigrator.fill(state)
        return state
    }

    /// The plan of a statement of ours, with `?` for values.
    private func plan(_ statement: String, _ file: StoreFile) throws -> String {
        let text = Dialect.postgresql.text(of: statement)
        let engine = Engine.postgresql(try Self.filled.get().connect(to: ServerDatabase(holding: file), .command))
        try engine.script(
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; PREPARE statement AS \(text)")
        let count = text.matches(of: /\$([0-9]+)/).compactMap { Int($0.1) }.max() ?? 0
        let values = Array(repeating: "NULL", count: count).joined(separator: ", ")
        let execution = count == 0 ? "EXECUTE statement" : "EXECUTE statement(\(values))"
        return try engine.all(SQL(trusted: "EXPLAIN \(execution)")) { $0.text(0) }.joined(separator: "\n")
    }

    private static let range: [SQL.Value] = [.text("d"), .text("a"), .text("b")]

    private static var vmail: [String] {
        get throws {
            let address = try #require(MailAddress("jo@d.example"))
            let path = MailboxPath(base: "/var/vmail", node: "vmail1", maildir: "d.example/jo/")
            return [
                Store.mailboxProfileQuery(columns: "mailbox.password"), Belonging.query,
                AddressUse.query(address).text, AdminStore.query(address, Moment(epoch: 0)).text,
                DomainStore.query(address.domain).text, MailboxStore.obstacleQuery(path, besides: nil).text,
                "UPDATE forwardings SET active = 0 WHERE address = ? OR forwarding = ?",
                "DELETE FROM forwardings WHERE substr(address, instr(address, '@') + 1) = ? AND is_alias = 1",
                "SELECT username FROM domain_admins WHERE domain = 'ALL' AND active = 1",
                "SELECT * FROM alias_domain WHERE target_domain = ?",
                "SELECT * FROM log WHERE domain = ? ORDER BY id DESC LIMIT 9",
                "SELECT * FROM deleted_mailboxes WHERE delete_date <= ?",
            ]
        }
    }

    @Test func whatHasNoIndexIsSeen() throws {
        #expect(try plan("SELECT 1 FROM mailbox WHERE language = ?", .vmail).contains("Seq Scan"))
    }

    @Test func noTableOfAccountsIsReadWhole() throws {
        for statement in try Self.vmail {
            let plan = try plan(statement, .vmail)
            #expect(!plan.contains("Seq Scan") && plan.contains("Index"), "\(statement):\n\(plan)")
        }
    }

    @Test func noOtherTableIsReadWhole() throws {
        let others: [(StoreFile, String)] = [
            (.usage, UsageStore.storedQuery(Self.range).text), (.usage, "DELETE FROM share_folder WHERE to_user = ?"),
            (.api, "SELECT admin, ip, created, atime FROM sessions WHERE session_id = ?"),
            (.api, "DELETE FROM sessions WHERE admin = ?"), (.api, "DELETE FROM sessions WHERE atime < ?"),
            (.amavisd, "SELECT 1 FROM wblist WHERE sid = ?"),
            (.iredapd, "SELECT id FROM throttle WHERE substr(account, instr(account, '@') + 1) = ?"),
            (.iredapd, "DELETE FROM greylisting_tracking WHERE client_address = ?"),
        ]
        for (file, statement) in others {
            let plan = try plan(statement, file)
            #expect(!plan.contains("Seq Scan") && plan.contains("Index"), "\(statement):\n\(plan)")
        }
    }

    @Test func housekeepingReadsOnlyTheNextPage() throws {
        for column in Housekeeping.OwnedColumn.all {
            for statement in [column.query, column.deletion] {
                let plan = try plan(statement, column.file)
                #expect(!plan.contains("Seq Scan"), "\(statement):\n\(plan)")
            }
        }
    }

    /// The order of the index is that of the list: nothing is sorted.
    @Test func aPageOfAListIsNotSorted() throws {
        for query in [
            "SELECT username FROM mailbox WHERE domain = ? AND username COLLATE BINARY > ? ORDER BY username COLLATE BINARY LIMIT 9",
            "SELECT address FROM alias WHERE domain = ? AND address COLLATE BINARY > ? ORDER BY address COLLATE BINARY LIMIT 9",
        ] {
            let plan = try plan(query, .vmail)
            #expect(!plan.contains("Seq Scan") && !plan.contains("Sort"), "\(query):\n\(plan)")
        }
    }
}
