import Foundation
import Storage
import Testing

/// Snapshots, the lock of the writer, savepoints.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLTransactionTests {
    private let database: ScratchDatabase
    private let writer: PostgreSQLConnection
    private let reader: PostgreSQLConnection

    init() throws {
        database = try ScratchDatabase("CREATE TABLE thing (name TEXT PRIMARY KEY, number INT8 NOT NULL DEFAULT 0)")
        writer = try database.connect(.writer)
        reader = try database.connect(.reader)
    }

    private func names(_ connection: PostgreSQLConnection) throws -> [String] {
        var names: [String] = []
        try connection.forEach("SELECT name FROM thing ORDER BY name") { names.append($0.text(0)) }
        return names
    }

    private func insert(_ name: String) throws { try writer.execute("INSERT INTO thing (name) VALUES (\(name))") }

    /// What the server says of a connection: active, idle, idle in transaction …
    private func state(_ pid: Int) throws -> String? {
        try database.connect().first("SELECT state FROM pg_stat_activity WHERE pid = \(pid)") { $0.text(0) }
    }

    private func pid(_ connection: PostgreSQLConnection) throws -> Int {
        try #require(try connection.first("SELECT pg_backend_pid()") { $0.integer(0) })
    }

    // MARK: Snapshots

    @Test func aSnapshotIsOfOneMoment() throws {
        try insert("a")
        reader.beginSnapshot()
        // It is that of the first read.
        try insert("b")
        #expect(try names(reader) == ["a", "b"])
        try insert("c")
        #expect(try names(reader) == ["a", "b"] && !reader.isOutsideTransaction)
        reader.rollback()
        #expect(reader.isOutsideTransaction)
        #expect(try names(reader) == ["a", "b", "c"])
    }

    @Test func aSnapshotLeavesNothingOpen() throws {
        let pid = try pid(reader)
        reader.beginSnapshot()
        _ = try names(reader)
        #expect(try state(pid) == "idle in transaction")
        reader.rollback()
        _ = try names(reader)
        #expect(try state(pid) == "idle")
        // One in which nothing was read.
        reader.beginSnapshot()
        reader.rollback()
        _ = try names(reader)
        #expect(try state(pid) == "idle")
    }

    @Test func nobodyWaitsForARollback() throws {
        for round in 0..<50 {
            reader.beginSnapshot()
            #expect(try names(reader).count == round)
            reader.rollback()
            if round % 3 == 0 { reader.rollback() }
            try insert("x\(round)")
            if round % 2 == 0 { #expect(try names(reader).count == round + 1) }
        }
    }

    @Test func anErrorInASnapshotEndsWithIt() throws {
        reader.beginSnapshot()
        #expect(throws: PostgreSQLError.self) { try reader.first("SELECT 1 / CAST(\(0) AS int4)") { $0.integer(0) } }
        reader.rollback()
        #expect(try names(reader) == [])
        reader.beginSnapshot()
        #expect(throws: PostgreSQLError.self) { try reader.first("SELECT nothing FROM nowhere") { $0.integer(0) } }
        #expect(try names(reader) == [])
        reader.rollback()
    }

    // MARK: Writing

    @Test func whatIsCommittedIsThereAndWhatIsUndoneIsNot() throws {
        try writer.beginWriting()
        #expect(!writer.isOutsideTransaction)
        try insert("a")
        #expect(try names(reader) == [])
        try writer.commit()
        #expect(try writer.isOutsideTransaction && names(reader) == ["a"])
        try writer.beginWriting()
        try insert("b")
        writer.rollback()
        #expect(writer.isOutsideTransaction)
        try writer.beginWriting()
        #expect(try names(writer) == ["a"])
        try writer.commit()
    }

    @Test func onlyOneWrites() throws {
        let other = try database.connect(.writer)
        try writer.beginWriting()
        let start = ContinuousClock.now
        let error = #expect(throws: PostgreSQLError.self) { try other.beginWriting() }
        #expect(ContinuousClock.now - start >= .milliseconds(400))
        #expect(error?.isBusy == true && error?.isLost == false && other.isOutsideTransaction)
        // Nothing was begun: a statement is committed at once.
        try other.execute("INSERT INTO thing (name) VALUES ('other')")
        #expect(try names(reader) == ["other"])
        try writer.commit()
        try other.beginWriting()
        try other.commit()
    }

    @Test func othersWaitTheirTurn() throws {
        try writer.beginWriting()
        func waiting(_ name: String) -> Aside<Int> {
            Aside { [database] in
                let other = try database.connect(.command)
                try other.beginWriting()
                try other.execute("INSERT INTO thing (name, number) SELECT \(name), count(*) FROM thing")
                try other.commit()
                return 0
            }
        }
        let second = waiting("second")
        try database.waitForWaiting(1)
        let third = waiting("third")
        try database.waitForWaiting(2)
        #expect(!second.isDone && !third.isDone)
        try insert("first")
        try writer.commit()
        _ = try (second.value(), third.value())
        let numbers = try ["first", "second", "third"].map { name in
            try reader.first("SELECT number FROM thing WHERE name = \(name)") { $0.integer(0) }
        }
        #expect(numbers == [0, 1, 2])
    }

    /// As COMMIT would: it undoes such a transaction, and calls that a success.
    @Test func aTransactionWithAnErrorIsNotCommitted() throws {
        try writer.beginWriting()
        try insert("a")
        #expect(throws: PostgreSQLError.self) { try insert("a") }
        #expect(throws: PostgreSQLError.self) { try writer.commit() }
        writer.rollback()
        #expect(try names(reader) == [])
        try writer.beginWriting()
        try insert("b")
        try writer.commit()
        #expect(try names(reader) == ["b"])
    }

    // MARK: Savepoints

    @Test func jobsOfOneTransactionAreKeptOrUndone() throws {
        try writer.beginWriting()
        for (name, isKept) in [("a", true), ("b", false), ("c", true), ("d", true), ("e", false)] {
            writer.setSavepoint()
            try insert(name)
            try insert(name + name)
            if isKept { writer.releaseSavepoint() } else { try writer.undoSavepoint() }
        }
        // Jobs that do nothing.
        writer.setSavepoint()
        writer.releaseSavepoint()
        writer.setSavepoint()
        try writer.undoSavepoint()
        try writer.commit()
        #expect(try names(reader) == ["a", "aa", "c", "cc", "d", "dd"])
    }

    @Test(arguments: ["first", "later"])
    func anErrorEndsOneJobOnly(_ statement: String) throws {
        try insert("taken")
        try writer.beginWriting()
        writer.setSavepoint()
        try insert("a")
        writer.releaseSavepoint()
        writer.setSavepoint()
        if statement == "later" { try insert("b") }
        let error = #expect(throws: PostgreSQLError.self) { try insert("taken") }
        #expect(error?.isConstraint == true)
        try writer.undoSavepoint()
        writer.setSavepoint()
        try insert("c")
        writer.releaseSavepoint()
        try writer.commit()
        #expect(try names(reader) == ["a", "c", "taken"])
    }

    /// A statement that cannot even be prepared, because its table is locked or is not there.
    @Test(arguments: ["UPDATE other SET name = ''", "UPDATE nothing SET name = ''", "nonsense"])
    func aStatementThatCannotBePreparedEndsOneJobOnly(_ text: String) throws {
        let other = try database.connect()
        try other.script("CREATE TABLE other (name TEXT)")
        try other.script("BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
        try writer.beginWriting()
        writer.setSavepoint()
        try insert("a")
        writer.releaseSavepoint()
        writer.setSavepoint()
        let error = #expect(throws: PostgreSQLError.self) { try writer.execute(SQL(trusted: text)) }
        #expect(error?.isBusy == text.contains("other"))
        try writer.undoSavepoint()
        writer.setSavepoint()
        try insert("b")
        writer.releaseSavepoint()
        try writer.commit()
        try other.script("COMMIT")
        #expect(try names(reader) == ["a", "b"])
    }

    // MARK: Errors

    @Test(arguments: [
        "INSERT INTO thing (name) VALUES ('a'), ('a')", "INSERT INTO thing (number) VALUES (1)",
        "INSERT INTO thing (name, number) VALUES ('a', NULL)", "UPDATE thing SET number = CAST('x' || name AS INT8)",
        "UPDATE thing SET number = 1 / CAST('0' AS INT8)",
    ])
    func aRefusedRowIsAConstraint(_ text: String) throws {
        try insert("there")
        let error = #expect(throws: PostgreSQLError.self) { try writer.execute(SQL(trusted: text)) }
        #expect(error?.isConstraint == true && error?.isBusy == false && error?.isLost == false)
        #expect(error?.isUnreachable == false && error?.database == database.name)
    }

    @Test func aLockedRowIsBusy() throws {
        try insert("a")
        let other = try database.connect()
        try other.script("BEGIN; UPDATE thing SET number = 1")
        try writer.beginWriting()
        writer.setSavepoint()
        let error = #expect(throws: PostgreSQLError.self) { try writer.execute("UPDATE thing SET number = 2") }
        #expect(error?.isBusy == true && error?.isConstraint == false && error?.isLost == false)
        try writer.undoSavepoint()
        try writer.execute("INSERT INTO thing (name) VALUES ('b')")
        try writer.commit()
        try other.script("ROLLBACK")
        #expect(try names(reader) == ["a", "b"])
    }

    @Test func oneOfTwoThatWaitForEachOtherIsBusy() throws {
        try insert("a")
        try insert("b")
        let one = try database.connect()
        try one.script("BEGIN; UPDATE thing SET number = 1 WHERE name = 'a'")
        let two = Aside { [database] () -> String in
            let two = try database.connect()
            try two.script("BEGIN; UPDATE thing SET number = 2 WHERE name = 'b'")
            do {
                try two.script("UPDATE thing SET number = 2 WHERE name = 'a'")
                try two.script("COMMIT")
                return ""
            } catch let error as PostgreSQLError {
                try two.script("ROLLBACK")
                return error.isBusy ? error.sqlState : error.description
            }
        }
        try database.waitForWaiting(1)
        var outcomes: [String] = []
        do {
            try one.script("UPDATE thing SET number = 1 WHERE name = 'b'")
            try one.script("COMMIT")
            outcomes.append("")
        } catch let error as PostgreSQLError {
            try one.script("ROLLBACK")
            outcomes.append(error.isBusy ? error.sqlState : error.description)
        }
        outcomes.append(try two.value())
        #expect(outcomes.sorted() == ["", "40P01"])
    }
}
