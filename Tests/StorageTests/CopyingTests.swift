import Foundation
import Storage
import Support
import Testing

/// Copying a database from one connection into another.
struct CopyingTests {
    private let directory: TemporaryDirectory
    private let source: SQLiteConnection

    init() throws {
        directory = try TemporaryDirectory()
        source = try SQLiteConnection(directory.path + "/source.db", .creator)
        try source.script("CREATE TABLE thing (name TEXT PRIMARY KEY); INSERT INTO thing VALUES ('a'), ('b')")
    }

    private func names(_ connection: SQLiteConnection) throws -> [String] {
        try connection.all("SELECT name FROM thing ORDER BY name") { $0.text(0) }
    }

    @Test func aReaderThatIsOpenSeesTheNewContentInTheSameFile() throws {
        let path = directory.path + "/target.db"
        let target = try SQLiteConnection(path, .creator)
        try target.script("CREATE TABLE thing (name TEXT PRIMARY KEY); INSERT INTO thing VALUES ('old')")
        let reader = try SQLiteConnection(path, .reader)
        #expect(try names(reader) == ["old"])
        var last = (0, 0)
        try source.copy(into: target) { last = ($0, $1) }
        #expect(try names(reader) == ["a", "b"])
        #expect(last.0 == last.1 && last.1 > 0)
    }

    @Test func insideASnapshotItCopiesTheSnapshot() throws {
        let reader = try SQLiteConnection(directory.path + "/source.db", .reader)
        try reader.script("BEGIN")
        #expect(try names(reader) == ["a", "b"])
        try source.script("INSERT INTO thing VALUES ('c')")
        let target = try SQLiteConnection(directory.path + "/target.db", .creator)
        try reader.copy(into: target)
        #expect(try names(target) == ["a", "b"])
    }

    @Test func anArchiveIsOneFile() throws {
        let path = try directory.write("archive.db", "")
        do {
            let archive = try SQLiteConnection(path, .archive)
            try source.copy(into: archive)
            try archive.script("PRAGMA journal_mode=DELETE; DELETE FROM thing WHERE name = 'a'")
        }
        #expect(try names(SQLiteConnection(path, .reader)) == ["b"])
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(files.filter { $0.hasPrefix("archive") } == ["archive.db"])
    }

    @Test func aTargetThatIsLockedStaysAsItWas() throws {
        let path = directory.path + "/target.db"
        let target = try SQLiteConnection(path, .creator)
        try target.script("CREATE TABLE thing (name TEXT PRIMARY KEY); PRAGMA busy_timeout=50")
        let other = try SQLiteConnection(path, .writer(synchronous: .normal))
        try other.script("BEGIN IMMEDIATE; INSERT INTO thing VALUES ('mine')")
        let error = #expect(throws: SQLiteError.self) { try source.copy(into: target) }
        #expect(error?.isBusy == true)
        try other.script("COMMIT")
        #expect(try names(target) == ["mine"])
    }
}
