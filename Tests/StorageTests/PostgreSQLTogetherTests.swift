import Foundation
import Storage
import Testing

/// What is sent together with the next statement: changes that nobody waits for, and queries announced in advance.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLTogetherTests {
    private let database: ScratchDatabase
    private let writer: PostgreSQLConnection
    private let reader: PostgreSQLConnection

    init() throws {
        database = try ScratchDatabase("CREATE TABLE thing (name TEXT PRIMARY KEY, number INT8 NOT NULL DEFAULT 0)")
        writer = try database.connect(.writer)
        reader = try database.connect(.reader)
    }

    private func number(_ name: String) -> SQL { "SELECT number FROM thing WHERE name = \(name)" }
    private func insert(_ name: String) -> SQL { "INSERT INTO thing (name) VALUES (\(name))" }
    private func find(_ name: String, _ connection: PostgreSQLConnection) throws -> Int? {
        try connection.first(number(name)) { $0.integer(0) }
    }

    // MARK: Changes

    @Test func laterChangesAreSeenByTheNextQuery() throws {
        try writer.beginWriting()
        for index in 0..<250 { try writer.executeLater(insert("a\(index)")) }
        try writer.executeLater("UPDATE thing SET number = 7 WHERE name = 'a249'")
        #expect(try find("a249", writer) == 7)
        #expect(try writer.first("SELECT count(*) FROM thing") { $0.integer(0) } == 250)
        try writer.executeLater(insert("last"))
        try writer.commit()
        #expect(try find("last", reader) == 0)
    }

    @Test func theErrorOfALaterChangeEndsItsJobOnly() throws {
        try writer.beginWriting()
        writer.setSavepoint()
        try writer.executeLater(insert("a"))
        try writer.settle()
        writer.releaseSavepoint()
        writer.setSavepoint()
        try writer.executeLater(insert("b"))
        try writer.executeLater(insert("a"))
        try writer.executeLater(insert("c"))
        let error = #expect(throws: PostgreSQLError.self) { try writer.settle() }
        #expect(error?.isConstraint == true)
        try writer.undoSavepoint()
        // Undone before it was sent.
        writer.setSavepoint()
        try writer.executeLater(insert("d"))
        try writer.undoSavepoint()
        writer.setSavepoint()
        try writer.executeLater(insert("e"))
        try writer.settle()
        writer.releaseSavepoint()
        try writer.commit()
        #expect(try ["a", "b", "c", "d", "e"].filter { try find($0, reader) != nil } == ["a", "e"])
    }

    @Test func aTextThatCannotBeStoredIsRefusedAtOnce() throws {
        try writer.beginWriting()
        try writer.executeLater(insert("a"))
        let error = #expect(throws: PostgreSQLError.self) { try writer.executeLater(insert("a\u{0}")) }
        #expect(error?.isConstraint == true && error?.isLost == false)
        try writer.commit()
        #expect(try find("a", reader) == 0)
    }

    @Test func aCommitWithAFailedChangeIsNone() throws {
        try writer.execute(insert("a"))
        try writer.beginWriting()
        try writer.executeLater(insert("b"))
        try writer.executeLater(insert("a"))
        #expect(throws: PostgreSQLError.self) { try writer.commit() }
        writer.rollback()
        #expect(try find("b", reader) == nil)
    }

    @Test func outsideOfATransactionNothingWaits() throws {
        try writer.executeLater(insert("a"))
        #expect(try find("a", reader) == 0)
        #expect(throws: PostgreSQLError.self) { try writer.executeLater(insert("a")) }
    }

    // MARK: Queries

    /// The answers are of the moment of the first query, so they came with it.
    @Test func announcedQueriesAreAnsweredTogether() throws {
        try writer.execute("INSERT INTO thing (name, number) VALUES ('a', 1), ('b', 2)")
        for isAll in [false, true] {
            reader.beginSnapshot()
            reader.announce([number("a"), number("b"), number("none")], isLast: isAll)
            #expect(try find("a", reader) == 1)
            try writer.execute("UPDATE thing SET number = number + 10")
            #expect(try find("b", reader) == 2)
            #expect(try find("none", reader) == nil)
            #expect(try find("a", reader) == 1)
            // Read with a snapshot that lasts, or with a new one.
            #expect(try reader.first("SELECT max(number) FROM thing") { $0.integer(0) } == (isAll ? 12 : 2))
            try writer.execute("UPDATE thing SET number = number + 10")
            #expect(try find("b", reader) == 2)
            reader.rollback()
            try writer.execute("UPDATE thing SET number = CASE name WHEN 'a' THEN 1 ELSE 2 END")
        }
    }

    @Test func aSnapshotOfWhichAllIsAnnouncedLeavesNothingOpen() throws {
        let pid = try #require(try reader.first("SELECT pg_backend_pid()") { $0.integer(0) })
        reader.beginSnapshot()
        reader.announce([number("a"), number("b")], isLast: true)
        #expect(try find("a", reader) == nil)
        let state: SQL = "SELECT state FROM pg_stat_activity WHERE pid = \(pid)"
        #expect(try database.connect().first(state) { $0.text(0) } == "idle")
        reader.rollback()
        #expect(reader.isOutsideTransaction)
    }

    @Test func whatWasAnnouncedInVainIsForgotten() throws {
        try writer.execute(insert("a"))
        reader.beginSnapshot()
        reader.announce([number("a"), "SELECT number FROM thing WHERE name = 'b'"])
        reader.rollback()
        reader.beginSnapshot()
        reader.announce([number("a"), number("b")])
        #expect(try find("a", reader) == 0)
        reader.rollback()
        try writer.execute("INSERT INTO thing (name, number) VALUES ('b', 1)")
        reader.beginSnapshot()
        #expect(try find("b", reader) == 1)
        reader.rollback()
        // Outside of a transaction nothing is kept.
        reader.announce([number("a")])
        try writer.execute("UPDATE thing SET number = 5")
        #expect(try find("a", reader) == 5)
    }

    @Test func aChangeForgetsWhatWasAnnounced() throws {
        try writer.execute(insert("a"))
        for isLater in [true, false] {
            try writer.beginWriting()
            writer.setSavepoint()
            writer.announce([number("a"), number("b")])
            #expect(try find("b", writer) == nil)
            let change: SQL = "UPDATE thing SET number = number + 1"
            if isLater { try writer.executeLater(change) } else { try writer.execute(change) }
            #expect(try find("a", writer) == 1)
            writer.rollback()
        }
    }

    @Test(arguments: [false, true])
    func anAnnouncedQueryThatFailsFailsTheFirst(_ isAll: Bool) throws {
        try writer.execute(insert("a"))
        reader.beginSnapshot()
        reader.announce([number("a"), "SELECT 1 / number FROM thing"], isLast: isAll)
        #expect(throws: PostgreSQLError.self) { try find("a", reader) }
        reader.rollback()
        #expect(try find("a", reader) == 0)
    }

    @Test(arguments: [false, true])
    func announcedQueriesAreAskedAgainOnANewConnection(_ isAll: Bool) throws {
        try writer.execute(insert("a"))
        try database.terminate(reader)
        reader.beginSnapshot()
        reader.announce([number("a"), number("b")], isLast: isAll)
        #expect(try find("a", reader) == 0)
        try writer.execute(insert("b"))
        #expect(try find("b", reader) == nil)
        reader.rollback()
    }

    @Test(arguments: [false, true])
    func aTableThatWasChangedIsAskedAgain(_ isAll: Bool) throws {
        try writer.execute(insert("a"))
        let all: SQL = "SELECT * FROM thing"
        reader.beginSnapshot()
        reader.announce([all], isLast: isAll)
        _ = try find("a", reader)
        reader.rollback()
        try database.connect().script("ALTER TABLE thing ADD more TEXT DEFAULT 'x'")
        reader.beginSnapshot()
        reader.announce([all], isLast: isAll)
        #expect(try find("a", reader) == 0)
        #expect(try reader.first(all) { $0.columnCount } == 3)
        reader.rollback()
    }

    // MARK: Requests that come together

    @Test func thoseWhoComeTogetherAreAnsweredOfOneMoment() throws {
        try writer.execute("INSERT INTO thing (name, number) VALUES ('a', 1), ('b', 2)")
        reader.beginSharing()
        reader.announce([number("a"), number("b"), number("a")])
        reader.beginSnapshot(isAnnounced: true)
        #expect(try find("a", reader) == 1)
        reader.rollback()
        try writer.execute("UPDATE thing SET number = number + 10")
        reader.beginSnapshot(isAnnounced: true)
        #expect(try find("b", reader) == 2)
        #expect(try find("a", reader) == 1)
        reader.rollback()
        #expect(try find("b", reader) == 2)
        // Whoever has not announced what they read is told of no earlier moment, nor is anybody after them.
        reader.beginSnapshot()
        #expect(try find("b", reader) == 12)
        reader.rollback()
        #expect(try find("a", reader) == 11)
        reader.endSharing()
    }

    @Test func whatWasAnsweredTogetherIsForgottenAtTheEnd() throws {
        try writer.execute(insert("a"))
        reader.beginSharing()
        reader.announce([number("a")])
        #expect(try find("a", reader) == 0)
        // What was not announced is asked each time.
        #expect(try find("b", reader) == nil)
        try writer.execute("INSERT INTO thing (name, number) VALUES ('b', 1)")
        #expect(try find("b", reader) == 1)
        try writer.execute("UPDATE thing SET number = 5")
        #expect(try find("a", reader) == 0)
        reader.endSharing()
        #expect(try find("a", reader) == 5)
        reader.beginSharing()
        #expect(try find("a", reader) == 5)
        reader.endSharing()
        reader.announce([number("a"), number("b")])
        #expect(try find("a", reader) == 5)
        try writer.execute("UPDATE thing SET number = 6")
        #expect(try find("b", reader) == 6)
    }

    @Test func whoFailsAmongOthersFailsAlone() throws {
        try writer.execute(insert("a"))
        let failing: SQL = "SELECT 1 / number FROM thing"
        reader.beginSharing()
        reader.announce([failing, number("a")])
        reader.beginSnapshot(isAnnounced: true)
        #expect(try find("a", reader) == 0)
        reader.rollback()
        reader.beginSnapshot(isAnnounced: true)
        let error = #expect(throws: PostgreSQLError.self) { try reader.first(failing) { $0.integer(0) } }
        #expect(error?.sqlState == "22012")
        reader.rollback()
        #expect(try find("a", reader) == 0)
        // With a snapshot of its own, the failure is told as it is, too.
        reader.beginSnapshot()
        reader.announce([failing])
        #expect(#expect(throws: PostgreSQLError.self) { try find("a", reader) }?.sqlState == "22012")
        reader.rollback()
        reader.endSharing()
    }

    @Test func thoseWhoComeTogetherAreAskedForOnANewConnection() throws {
        try writer.execute(insert("a"))
        try database.terminate(reader)
        reader.beginSharing()
        reader.announce([number("a"), number("b")])
        reader.beginSnapshot(isAnnounced: true)
        #expect(try find("a", reader) == 0)
        try writer.execute(insert("b"))
        #expect(try find("b", reader) == nil)
        reader.rollback()
        reader.endSharing()
    }

    // MARK: What the next job reads

    /// Prepares the queries, as an earlier job has.
    private func beginJobs() throws {
        try writer.beginWriting()
        writer.setSavepoint()
        #expect(try find("b", writer) == nil)
        #expect(try find("a", writer) == nil)
    }

    @Test func theNextJobsQueriesAreAskedBehindTheChanges() throws {
        try beginJobs()
        try writer.executeLater("INSERT INTO thing (name, number) VALUES ('b', 1)")
        writer.announce([number("b"), number("a")])
        try writer.settle()
        // By somebody who does not keep to the lock of the writers.
        try database.connect(.command).execute(insert("a"))
        writer.releaseSavepoint()
        writer.setSavepoint()
        #expect(try find("b", writer) == 1)
        #expect(try find("a", writer) == nil)
        // An answer counts until the next change.
        try writer.executeLater("UPDATE thing SET number = 2")
        #expect(try find("b", writer) == 2)
        #expect(try find("a", writer) == 2)
        writer.announce([number("a")])
        try writer.executeLater("UPDATE thing SET number = 3")
        try writer.settle()
        #expect(try find("a", writer) == 3)
        writer.releaseSavepoint()
        try writer.commit()
        #expect(try find("a", reader) == 3)
    }

    @Test func anUndoneJobTellsTheNextNothing() throws {
        try beginJobs()
        try writer.executeLater(insert("b"))
        writer.announce([number("b")])
        try writer.settle()
        try writer.undoSavepoint()
        writer.setSavepoint()
        #expect(try find("b", writer) == nil)
        writer.rollback()
    }

    @Test func aJobIsNotRefusedForWhatTheNextOneAsks() throws {
        try writer.execute(insert("x"))
        let failing: SQL = "SELECT 1 / number FROM thing WHERE name = \("y")"
        try beginJobs()
        _ = try writer.first(failing) { $0.integer(0) }
        try writer.executeLater(insert("y"))
        writer.announce([failing])
        let error = #expect(throws: PostgreSQLError.self) { try writer.settle() }
        #expect(error?.isConstraint == false && error?.isLost == false)
        writer.rollback()
        // The job itself is.
        try beginJobs()
        try writer.executeLater(insert("x"))
        writer.announce([number("b")])
        #expect(#expect(throws: PostgreSQLError.self) { try writer.settle() }?.isConstraint == true)
        writer.rollback()
    }

    @Test func whatCannotBeAskedIsLeftOut() throws {
        try beginJobs()
        try writer.executeLater(insert("b"))
        writer.announce([number("b\u{0}"), "SELECT nothing FROM nowhere", number("b")])
        try writer.settle()
        #expect(try find("b", writer) == 0)
        writer.releaseSavepoint()
        try writer.commit()
        #expect(try find("b", reader) == 0)
    }
}
