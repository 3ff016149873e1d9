import Foundation
import MailStore
import Storage
import Support
import Testing

/// Bringing an older file up to date: `Storage.md` 5, `Security.md` G12.
struct MigratorTests {
    private let directory: TemporaryDirectory
    private let path: String
    private var copy: String { path + ".version-1" }

    /// `vmail` as version 1 had it, with one domain.
    init() throws {
        directory = try TemporaryDirectory()
        path = "\(directory.path)/vmail.db"
        let connection = try ReleasedSchema(file: .vmail).make(1, at: path)
        try connection.execute("INSERT INTO domain (domain) VALUES ('a.example')")
    }

    private func domains(_ path: String) throws -> [String] {
        try SQLiteConnection(path, .reader).all("SELECT domain FROM domain") { $0.text(0) }
    }

    @Test func anOldFileIsBroughtUpToDateAfterACopy() throws {
        #expect(try Migrator.update(.vmail, at: path) == copy)
        #expect(try Migrator.version(at: path) == StoreFile.vmail.schemaVersion)
        #expect(try Migrator.version(at: copy) == 1)
        #expect(try domains(path) == ["a.example"] && domains(copy) == ["a.example"])
        #expect(try Migrator.integrity(at: path) == ["ok"])
        #expect(try Migrator.update(.vmail, at: path) == nil, "once only")
    }

    /// The last step fails, after all others: a cut through the middle of it.
    @Test func whatFailsInTheMiddleLeavesTheOldVersion() throws {
        try SQLiteConnection(path, .writer(synchronous: .full))
            .script("CREATE TABLE domain_totals (x)")
        #expect(throws: StoreError.self) { try Migrator.update(.vmail, at: path) }
        #expect(try Migrator.version(at: path) == 1)
        #expect(try domains(path) == ["a.example"])
    }

    /// Killed after the copy, or while it was made, it begins again; what it left behind is in nobody's way.
    @Test(arguments: ["", ".unfinished"])
    func anUpdateThatWasCutShortIsBegunAgain(_ suffix: String) throws {
        try directory.write("vmail.db.version-1" + suffix, "half a copy")
        #expect(try Migrator.update(.vmail, at: path) == copy)
        #expect(try Migrator.version(at: path) == StoreFile.vmail.schemaVersion)
        #expect(try domains(copy) == ["a.example"])
        #expect(!FileManager.default.fileExists(atPath: copy + ".unfinished"))
    }

    @Test func aNewerFileIsRefusedAndLeftAlone() throws {
        try SQLiteConnection(path, .writer(synchronous: .full)).script("PRAGMA user_version=99")
        let failure = #expect(throws: Migrator.Failure.self) { try Migrator.update(.vmail, at: path) }
        #expect(failure?.description.contains("newer than version") == true)
        #expect(try Migrator.version(at: path) == 99)
        #expect(!FileManager.default.fileExists(atPath: path + ".version-99"))
    }

    @Test func aFileOfNobodyIsRefused() throws {
        try SQLiteConnection(path, .writer(synchronous: .full)).script("PRAGMA user_version=0")
        #expect(throws: Migrator.Failure.self) { try Migrator.update(.vmail, at: path) }
    }
}
