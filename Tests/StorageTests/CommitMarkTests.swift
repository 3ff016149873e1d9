import Foundation
import Storage
import Support
import Testing

/// What tells a reader that something was committed.
struct CommitMarkTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let writer: SQLiteConnection
    private let reader: SQLiteConnection

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/test.db"
        writer = try SQLiteConnection(path, .creator)
        try writer.script("CREATE TABLE thing (number INTEGER); INSERT INTO thing VALUES (0)")
        reader = try SQLiteConnection(path, .reader)
    }

    private func number() throws -> Int? {
        try reader.first("SELECT SUM(number) FROM thing") { $0.integer(0) }
    }

    @Test func readingDoesNotChangeIt() throws {
        let mark = try #require(reader.commitMark)
        _ = try number()
        #expect(reader.commitMark == mark)
        #expect(try SQLiteConnection(path, .reader).commitMark == mark)
    }

    @Test func everyCommitDoes() throws {
        let mark = try #require(reader.commitMark)
        try writer.execute("UPDATE thing SET number = 1")
        #expect(try #require(reader.commitMark) != mark)
    }

    @Test func soDoesThatOfAnotherProgram() throws {
        let mark = try #require(reader.commitMark)
        let result = try Program.run("/usr/bin/sqlite3", [path, "UPDATE thing SET number = 1"])
        #expect(result.status == 0)
        #expect(try #require(reader.commitMark) != mark)
    }

    @Test func whatIsGivenUpDoesNot() throws {
        let mark = try #require(reader.commitMark)
        try writer.script("BEGIN; UPDATE thing SET number = 1")
        #expect(reader.commitMark == mark)
        try writer.script("ROLLBACK")
        #expect(reader.commitMark == mark)
    }

    /// What the snapshot shows may be older than the mark.
    @Test func thereIsNoneInASnapshot() throws {
        try reader.script("BEGIN")
        #expect(reader.commitMark != nil, "nothing has been read yet")
        _ = try number()
        #expect(reader.commitMark == nil)
        try reader.script("ROLLBACK")
        #expect(reader.commitMark != nil)
        try reader.forEach("SELECT number FROM thing") { _ in #expect(reader.commitMark == nil) }
    }

    @Test func thereIsNoneWithoutAWriteAheadLog() throws {
        let other = directory.path + "/other.db"
        let made = try Program.run("/usr/bin/sqlite3", [other, "CREATE TABLE thing (number INTEGER)"])
        #expect(made.status == 0)
        #expect(try SQLiteConnection(other, .reader).commitMark == nil)
        #expect(!FileManager.default.fileExists(atPath: other + "-shm"))
    }

    /// Whatever happens to the file and its log: as long as the mark is the same, so is what a reader finds.
    @Test func theSameMarkMeansTheSameRows() throws {
        var random = SeededNumbers()
        var mark = reader.commitMark
        var found = try number()
        var changes = 0
        for step in 1...500 {
            let text = random.pick([
                "UPDATE thing SET number = \(step)", "INSERT INTO thing VALUES (\(step))",
                "BEGIN; DELETE FROM thing; ROLLBACK",
                "PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM",
                "BEGIN; DELETE FROM thing; INSERT INTO thing VALUES (\(step)); COMMIT", "SELECT 1",
            ])
            if random.chance(10) {
                #expect(try Program.run("/usr/bin/sqlite3", [path, text]).status == 0)
            } else {
                try writer.script(text)
            }
            // The mark first, as whoever remembers a row does.
            let newMark = reader.commitMark
            let newFound = try number()
            #expect(newMark != nil, "seed \(random.seed), step \(step): \(text)")
            if newMark == mark {
                #expect(newFound == found, "seed \(random.seed), step \(step): \(text)")
            } else {
                changes += 1
            }
            (mark, found) = (newMark, newFound)
        }
        #expect(changes > 100)
    }
}
