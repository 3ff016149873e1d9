import ContractChecks
import Foundation
import Gateway
import Support
import Testing

@testable import API
@testable import MailStore
import Storage

/// `Changing.md` 4: the real migrator makes the column in every released version of the file.
struct ColumnExampleTests {
    private static let released = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "MailStoreTests/Released").path

    private static let versions = Array(1...StoreFile.vmail.schemaVersion)

    @Test(arguments: versions)
    func aReleasedFileGetsTheColumnAndKeepsItsRows(_ version: Int) throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/vmail.db"
        let old = try SQLiteConnection(path, .creator)
        for step in 1...version {
            try old.script(String(contentsOfFile: "\(Self.released)/vmail.\(step).sql", encoding: .utf8))
        }
        try old.script("PRAGMA user_version=\(version)")
        try old.execute("INSERT INTO domain (domain, description) VALUES ('a.example', 'Example'), ('b.example', '')")
        try old.execute("INSERT INTO mailbox (username, domain) VALUES ('jo@a.example', 'a.example')")

        let copy = try Migrator.update(.vmail, at: path, by: ColumnExample.steps)
        #expect(copy == "\(path).version-\(version)")
        #expect(try Migrator.version(at: path) == ColumnExample.steps.count)
        #expect(try Migrator.integrity(at: path) == ["ok"])
        let new = try Database(path, .writer(synchronous: .full))
        #expect(
            try new.texts("SELECT domain || '|' || description || '|' || contact FROM domain ORDER BY 1") == [
                "a.example|Example|", "b.example||",
            ])
        #expect(try new.texts("SELECT username FROM mailbox") == ["jo@a.example"])
        try new.execute("UPDATE domain SET contact = 'jo@a.example' WHERE domain = 'a.example'")
        let row = try new.first("SELECT contact FROM domain WHERE domain = 'a.example'", ExampleDomainRow.init)
        #expect(row?.contact == "jo@a.example")
        // What `ReferencesTests` asks.
        for reference in ColumnExample.references {
            let types = try new.texts("SELECT type FROM pragma_table_info('domain') WHERE name = \(reference.column)")
            #expect(types == ["TEXT"])
        }
    }

    /// A program that does not know the step leaves the file alone.
    @Test func anOlderProgramRefusesTheFile() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/vmail.db"
        try directory.write("vmail.db", "")
        try Migrator.fill(.vmail, at: path)
        _ = try Migrator.update(.vmail, at: path, by: ColumnExample.steps)
        let failure = #expect(throws: Migrator.Failure.self) { try Migrator.update(.vmail, at: path) }
        #expect(failure?.description.contains("newer than version") == true)
    }

    @Test func theProfileShowsTheColumn() throws {
        let api = try TestAPI(prepare: { state in
            let path = "\(state)/\(StoreFile.vmail.relativePath)"
            _ = try Migrator.update(.vmail, at: path, by: ColumnExample.steps)
        })
        try api.addDomain("a.example")
        try api.run("UPDATE domain SET contact = 'jo@a.example'")
        let profile = try api.globalAdmin().send(.get, "/api/domain/a.example")
        #expect(profile.text("contact") == "jo@a.example")
        // What `ProfileColumnsTests` asks.
        #expect(
            try api.rows("SELECT name FROM pragma_table_info('domain') ORDER BY cid")
                == ColumnExample.domainColumns.map(\.name))
    }
}
