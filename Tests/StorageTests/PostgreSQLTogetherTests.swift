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
    @Test func expectedQueriesAreAnsweredTogether() throws {
        try writer.execute("INSERT INTO thing (name, number) VALUES ('a', 1), ('b', 2)")
        for isAll in [false, true] {
            reader.beginSnapshot()
            reader.expect([number("a"), number("b"), number("none")], isAll: isAll)
            #expect(try find("a", reader) == 1)
            try writer.execute("UPDATE thing SET number = number + 10")
            #expect(try find("b", reader) == 2)
            #expect(try find("none", reader) == nil)
            // Read with a snapshot that lasts, or with a new one.
            #expect(try find("a", reader) == (isAll ? 11 : 1))
            try writer.execute("UPDATE thing SET number = number + 10")
            #expect(try find("b", reader) == (isAll ? 12 : 2))
            reader.rollback()
            try writer.execute("UPDATE thing SET number = CASE name WHEN 'a' THEN 1 ELSE 2 END")
        }
    }

    @Test func aSnapshotOfWhichAllIsExpectedLeavesNothingOpen() throws {
        let pid = try #require(try reader.first("SELECT pg_backend_pid()") { $0.integer(0) })
        reader.beginSnapshot()
        reader.expect([number("a"), number("b")], isAll: true)
        #expect(try find("a", reader) == nil)
        let state: SQL = "SELECT state FROM pg_stat_activity WHERE pid = \(pid)"
        #expect(try database.connect().first(state) { $0.text(0) } == "idle")
        reader.rollback()
        #expect(reader.isOutsideTransaction)
    }

    @Test func whatWasExpectedInVainIsForgotten() throws {
        try writer.execute(insert("a"))
        reader.beginSnapshot()
        reader.expect([number("a"), "SELECT number FROM thing WHERE name = 'b'"])
        reader.rollback()
        reader.beginSnapshot()
        reader.expect([number("a"), number("b")])
        #expect(try find("a", reader) == 0)
        reader.rollback()
        try writer.execute("INSERT INTO thing (name, number) VALUES ('b', 1)")
        reader.beginSnapshot()
        #expect(try find("b", reader) == 1)
        reader.rollback()
        // Outside of a transaction nothing is kept.
        reader.expect([number("a")])
        try writer.execute("UPDATE thing SET number = 5")
        #expect(try find("a", reader) == 5)
    }

    @Test func aChangeForgetsWhatWasExpected() throws {
        try writer.execute(insert("a"))
        for isLater in [true, false] {
            try writer.beginWriting()
            writer.setSavepoint()
            writer.expect([number("a"), number("b")])
            #expect(try find("b", writer) == nil)
            let change: SQL = "UPDATE thing SET number = number + 1"
            if isLater { try writer.executeLater(change) } else { try writer.execute(change) }
            #expect(try find("a", writer) == 1)
            writer.rollback()
        }
    }

    @Test(arguments: [false, true])
    func anExpectedQueryThatFailsFailsTheFirst(_ isAll: Bool) throws {
        try writer.execute(insert("a"))
        reader.beginSnapshot()
        reader.expect([number("a"), "SELECT 1 / number FROM thing"], isAll: isAll)
        #expect(throws: PostgreSQLError.self) { try find("a", reader) }
        reader.rollback()
        #expect(try find("a", reader) == 0)
    }

    @Test(arguments: [false, true])
    func expectedQueriesAreAskedAgainOnANewConnection(_ isAll: Bool) throws {
        try writer.execute(insert("a"))
        try database.terminate(reader)
        reader.beginSnapshot()
        reader.expect([number("a"), number("b")], isAll: isAll)
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
        reader.expect([all], isAll: isAll)
        _ = try find("a", reader)
        reader.rollback()
        try database.connect().script("ALTER TABLE thing ADD more TEXT DEFAULT 'x'")
        reader.beginSnapshot()
        reader.expect([all], isAll: isAll)
        #expect(try find("a", reader) == 0)
        #expect(try reader.first(all) { $0.columnCount } == 3)
        reader.rollback()
    }
}
