import Foundation
import MailStore
import Storage
import Support
import Testing

/// All files as they were at one moment.
@Suite(.enabled(if: !WriterState.isOnServer, "StateTransferTests copies from a server"))
struct StateSnapshotTests {
    private let state: WriterState

    init() throws { state = try WriterState() }

    private func copy(_ file: StoreFile, of snapshot: StateSnapshot) throws -> Engine {
        let path = try state.directory.write("copy-\(file.rawValue).db", "")
        try snapshot.copy(file, to: path) { _, _ in }
        return .sqlite(try SQLiteConnection(path, .reader))
    }

    private func count(_ sql: SQL, _ connection: Engine) throws -> Int? {
        try connection.first(sql) { $0.integer(0) }
    }

    @Test func holdsWhatWasThereWhateverIsWrittenLater() throws {
        let snapshot = try StateSnapshot(directory: state.directory.path)
        #expect(snapshot.isOfOneMoment)
        let writing = try state.connection(writes: true)
        try writing.script("INSERT INTO domain (domain) VALUES ('late.example')")
        #expect(try count("SELECT count(*) FROM domain", copy(.vmail, of: snapshot)) == 0)
        #expect(try state.rows("SELECT domain FROM domain") == ["late.example"])
    }

    @Test func leavesSessionsOutAndSettingsIn() throws {
        let writing = try state.connection(.api, writes: true)
        try writing.script(
            "INSERT INTO sessions (session_id, admin) VALUES ('x', 'a@admin.example'); "
                + "INSERT INTO settings (k, v) VALUES ('key', '1')")
        let kept = try copy(.api, of: StateSnapshot(directory: state.directory.path))
        #expect(try count("SELECT count(*) FROM sessions", kept) == 0)
        #expect(try count("SELECT count(*) FROM settings WHERE k = 'key'", kept) == 1)
    }

    @Test func aCopyComesBackInTheSameFile() throws {
        let path = "\(state.directory.path)/\(StoreFile.vmail.relativePath)"
        let writing = try state.connection(writes: true)
        try writing.script("INSERT INTO domain (domain) VALUES ('open.example')")
        let kept = try state.directory.write("kept.db", "")
        try StateSnapshot(directory: state.directory.path).copy(.vmail, to: kept) { _, _ in }
        #expect(try BackupCopy.verify(.vmail, at: kept) == StoreFile.vmail.schemaVersion)
        try writing.script("DELETE FROM domain; INSERT INTO domain (domain) VALUES ('late.example')")
        let reader = try state.connection()
        #expect(try count("SELECT count(*) FROM domain WHERE domain = 'late.example'", reader) == 1)
        #expect(try BackupCopy.restore(from: kept, into: BackupCopy.open(path)) { _, _ in })
        #expect(try count("SELECT count(*) FROM domain WHERE domain = 'open.example'", reader) == 1)
        #expect(try count("SELECT count(*) FROM domain", reader) == 1)
    }

    @Test func rowNumbersGoOnWhereTheyWere() throws {
        let path = "\(state.directory.path)/\(StoreFile.vmail.relativePath)"
        let writing = try state.connection(writes: true)
        try writing.script("INSERT INTO log (msg) VALUES ('1'), ('2'), ('3'); DELETE FROM log WHERE msg = '3'")
        let kept = try state.directory.write("kept.db", "")
        try StateSnapshot(directory: state.directory.path).copy(.vmail, to: kept) { _, _ in }
        try writing.script("INSERT INTO log (msg) VALUES ('4'), ('5')")
        #expect(try BackupCopy.restore(from: kept, into: BackupCopy.open(path)) { _, _ in })
        try writing.script("INSERT INTO log (msg) VALUES ('next')")
        #expect(try count("SELECT id FROM log WHERE msg = 'next'", writing) == 4)
    }

    @Test func anotherSchemaIsReplacedWithItsPages() throws {
        let path = "\(state.directory.path)/\(StoreFile.vmail.relativePath)"
        let kept = try state.directory.write("kept.db", "")
        try StateSnapshot(directory: state.directory.path).copy(.vmail, to: kept) { _, _ in }
        let writing = try state.connection(writes: true)
        try writing.script("CREATE TABLE later (x)")
        #expect(try !BackupCopy.restore(from: kept, into: BackupCopy.open(path)) { _, _ in })
        #expect(try count("SELECT count(*) FROM sqlite_schema WHERE name = 'later'", state.connection()) == 0)
    }

    @Test(arguments: [
        ("PRAGMA user_version=99", "newer than version"), ("PRAGMA user_version=0", "holds no Postern database"),
    ])
    func aCopyOfAnotherSchemaIsRefused(_ change: String, _ reason: String) throws {
        let kept = try state.directory.write("kept.db", "")
        try StateSnapshot(directory: state.directory.path).copy(.usage, to: kept) { _, _ in }
        try SQLiteConnection(kept, .archive).script(change)
        let error = #expect(throws: Migrator.Failure.self) { try BackupCopy.verify(.usage, at: kept) }
        #expect(error?.description.contains(reason) == true)
    }
}
