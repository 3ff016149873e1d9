import Foundation
import Gateway
import MailStore
import Storage
import Support
import Testing

/// Rows go from one engine to the other and come back as they were: `postern move`, `backup` and `restore` of databases
/// at a server.
@Suite(.enabled(if: NewState.isOnServer, "needs a PostgreSQL server: Tests/postgresql"))
struct StateTransferTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// New files with all tables.
    private func files(_ name: String) throws -> StatePlace {
        let path = "\(directory.path)/\(name)"
        for file in StoreFile.allCases {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(file.directory)", withIntermediateDirectories: true)
            try "".write(toFile: "\(path)/\(file.relativePath)", atomically: false, encoding: .utf8)
            try Migrator.fill(file, at: "\(path)/\(file.relativePath)")
        }
        return .files(path)
    }

    /// All rows of the tables that are copied, and where their numbers go on.
    private func rows(_ api: TestAPI) throws -> [String] {
        try StoreFile.allCases.flatMap { file in
            let connection = try api.connection(file)
            let present = try connection.columns()
            return try RowCopy.tables(of: file).filter { present[$0] != nil && $0 != "sessions" }.flatMap { table in
                try api.rows(SQL(trusted: "SELECT * FROM \(table) ORDER BY 1, 2"), in: file).map { "\(table): \($0)" }
            }
        }
    }

    @Test func whatHasGoneToFilesAndBackIsAsItWas() throws {
        let world = try ReferenceWorld.state()
        let api = try TestAPI(on: world)
        try api.run("UPDATE mailbox SET name = \("O'Neill \\ \"x\"\n\t📬")")
        try api.run("UPDATE policy SET spam_tag2_level = 6.31, spam_lover = ''", on: .amavisd)
        try api.run("INSERT INTO mailaddr (email) VALUES (\("ü\\x@far.example"))", on: .amavisd)
        let before = try rows(api)
        #expect(before.count > 200)
        let kept = try files("kept")
        let out = try StateTransfer(from: api.place)
        let copied = try out.copy(to: kept, progress: { _ in })
        #expect(try copied == out.count())

        let other = try TestAPI()
        #expect(try rows(other) != before)
        try StateTransfer(from: kept).copy(to: other.place, progress: { _ in })
        #expect(try rows(other) == before)
        // A number that was used is not used again.
        for table in ["forwardings", "log", "deleted_mailboxes"] {
            let last = SQL(trusted: "SELECT last_value FROM \(table)_id_seq")
            #expect(try other.rows(last) == api.rows(last), "\(table)")
        }
        // The sums are the triggers'.
        let sums: SQL = "SELECT * FROM domain_totals ORDER BY 1"
        #expect(try other.rows(sums) == api.rows(sums))
    }

    @Test func aRowThatIsNotTakenStopsItAndChangesNothing() throws {
        let api = try TestAPI()
        let admin = try api.globalAdmin()
        try admin.done(.post, "/api/domain/a.example", "name=A")
        let before = try rows(api)
        let broken = try files("broken")
        guard case .files(let path) = broken else { return }
        let result = try Program.run(
            "/usr/bin/sqlite3", ["\(path)/vmail/vmail.db"],
            input: """
                INSERT INTO log (id, msg) VALUES (1, 'x');
                INSERT INTO long_changes (domain, begun) VALUES ('b.example', 'never');

                """)
        #expect(result.errorOutput.isEmpty)
        #expect(throws: RowCopy.Failure.self) {
            try StateTransfer(from: broken).copy(to: api.place, progress: { _ in })
        }
        #expect(try rows(api) == before)
        // A sequence is not undone with the transaction: its next number must not be one that is there.
        // Sessions are of another database, and gone.
        try api.globalAdmin().done(.post, "/api/domain/c.example", "name=C")
    }
}
