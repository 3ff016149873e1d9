import Foundation
import Storage
import Testing

/// The connection ends, or there is none.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLLossTests {
    private let database: ScratchDatabase
    private let writer: PostgreSQLConnection
    private let reader: PostgreSQLConnection

    init() throws {
        database = try ScratchDatabase("CREATE TABLE thing (name TEXT PRIMARY KEY); INSERT INTO thing VALUES ('a')")
        writer = try database.connect(.writer)
        reader = try database.connect(.reader)
    }

    private func names(_ connection: PostgreSQLConnection) throws -> [String] {
        var names: [String] = []
        try connection.forEach("SELECT name FROM thing ORDER BY name") { names.append($0.text(0)) }
        return names
    }

    private func insert(_ name: String) throws { try writer.execute("INSERT INTO thing (name) VALUES (\(name))") }

    private func pid(_ connection: PostgreSQLConnection) throws -> Int {
        try #require(try connection.first("SELECT pg_backend_pid()") { $0.integer(0) })
    }

    @Test(arguments: ["idle", "after a rollback", "snapshot"])
    func aReaderGoesOnByItself(_ place: String) throws {
        let first = try pid(reader)
        #expect(try names(reader) == ["a"])
        if place == "after a rollback" {
            reader.beginSnapshot()
            _ = try names(reader)
            try database.terminate(first)
            reader.rollback()
        } else {
            try database.terminate(first)
        }
        if place == "snapshot" { reader.beginSnapshot() }
        #expect(try names(reader) == ["a"])
        if place == "snapshot" {
            try insert("b")
            #expect(try names(reader) == ["a"] && !reader.isOutsideTransaction)
            reader.rollback()
        }
        #expect(try pid(reader) != first)
    }

    /// What was read before and what would be read now may not be of one moment.
    @Test func aSnapshotDoesNotGoOnInAnother() throws {
        reader.beginSnapshot()
        let pid = try pid(reader)
        try database.terminate(pid)
        let error = #expect(throws: PostgreSQLError.self) { try names(reader) }
        #expect(error?.isLost == true && error?.isUnreachable == true)
        reader.rollback()
        #expect(try names(reader) == ["a"])
    }

    @Test(arguments: ["statement", "savepoint", "undo", "commit"])
    func aTransactionIsGoneWithTheConnection(_ place: String) throws {
        try writer.beginWriting()
        try insert("undone")
        if place == "undo" { writer.setSavepoint() }
        try insert("too")
        if place == "savepoint" { writer.setSavepoint() }
        let pid = try pid(writer)
        try database.terminate(pid)
        let error = #expect(throws: PostgreSQLError.self) {
            switch place {
            case "undo": try writer.undoSavepoint()
            case "commit": try writer.commit()
            default: try insert("more")
            }
        }
        #expect(error?.isLost == true && error?.isUnreachable == true && error?.isOutcomeUnknown == false)
        #expect(writer.isOutsideTransaction)
        let late = #expect(throws: PostgreSQLError.self) { try writer.commit() }
        #expect(late?.isLost == true)
        writer.rollback()
        #expect(try names(reader) == ["a"])
        try writer.beginWriting()
        try insert("b")
        try writer.commit()
        #expect(try names(reader) == ["a", "b"])
    }

    /// Otherwise the rest of a change would be committed without its beginning.
    @Test func nothingMoreOfALostTransactionIsDone() throws {
        try writer.beginWriting()
        let pid = try pid(writer)
        try database.terminate(pid)
        for name in ["b", "c"] {
            let error = #expect(throws: PostgreSQLError.self) { try insert(name) }
            #expect(error?.isLost == true)
        }
        writer.setSavepoint()
        #expect(throws: PostgreSQLError.self) { try insert("d") }
        #expect(throws: PostgreSQLError.self) { try names(writer) }
        #expect(throws: PostgreSQLError.self) { try writer.commit() }
        writer.rollback()
        #expect(try names(writer) == ["a"] && names(reader) == ["a"])
        try insert("e")
        #expect(try names(reader) == ["a", "e"])
    }

    @Test func aWriterGoesOnAtItsNextTransaction() throws {
        try insert("b")
        let pid = try pid(writer)
        try database.terminate(pid)
        try writer.beginWriting()
        try insert("c")
        try writer.commit()
        #expect(try names(reader) == ["a", "b", "c"])
    }

    /// It may have been carried out.
    @Test func aChangeIsNotSentTwice() throws {
        try insert("b")
        let pid = try pid(writer)
        try database.terminate(pid)
        let error = #expect(throws: PostgreSQLError.self) { try insert("c") }
        #expect(error?.isLost == true)
        #expect(try names(writer) == ["a", "b"])
    }

    @Test func whoLosesTheConnectionWhileWaitingForTheLockWaitsAgain() throws {
        let other = try database.connect()
        try other.beginWriting()
        let waiting = Aside { [database] () -> String in
            do {
                try database.connect(.command).beginWriting()
                return "begun"
            } catch let error as PostgreSQLError {
                return error.isLost ? "lost" : error.description
            }
        }
        try database.waitForWaiting(1)
        let query: SQL = """
            SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        let pid = try #require(try reader.first(query) { $0.integer(0) })
        try other.script("SELECT pg_terminate_backend(\(pid))")
        // It tries once more, and gets the lock when its turn comes.
        try database.waitForWaiting(1)
        #expect(!waiting.isDone)
        try other.commit()
        #expect(try waiting.value() == "begun")
    }

    // MARK: No connection

    @Test func aServerThatIsNotThereIsNamed() throws {
        let connection = try PostgreSQLConnection(
            PostgreSQLServer("host=/nowhere/at/all user=postern"), database: "vmail", .reader)
        let error = #expect(throws: PostgreSQLError.self) { try connection.first("SELECT 1") { $0.integer(0) } }
        #expect(error?.isLost == true && error?.isUnreachable == true)
        #expect(error?.description.hasPrefix("PostgreSQL, database vmail: ") == true)
        #expect(error?.message.contains("/nowhere/at/all") == true && error?.message.contains("\n") == false)
        // The pause grows from one attempt to the next, so that even on a slow machine one comes too early.
        let messages = (0..<12).compactMap { _ -> String? in
            do {
                try connection.beginWriting()
                return nil
            } catch {
                return (error as? PostgreSQLError)?.message
            }
        }
        #expect(messages.count == 12)
        #expect(messages.contains("the server was not there a moment ago"))
        #expect(connection.isOutsideTransaction && connection.host == nil)
        connection.beginSnapshot()
        connection.rollback()
    }

    @Test func aMissingDatabaseIsNamed() throws {
        let connection = try PostgreSQLConnection(database.server, database: "no such", .reader)
        let error = #expect(throws: PostgreSQLError.self) { try connection.first("SELECT 1") { $0.integer(0) } }
        #expect(error?.message.contains("database \"no such\" does not exist") == true)
    }

    @Test func aConnectionThatComesLaterIsUsed() throws {
        let name = "later\(UInt64.random(in: 0 ... .max))"
        let connection = try PostgreSQLConnection(database.server, database: name, .command)
        #expect(throws: PostgreSQLError.self) { try connection.first("SELECT 1") { $0.integer(0) } }
        let other = try database.connect()
        try other.script("CREATE DATABASE \(name) TEMPLATE template0")
        let end = ContinuousClock.now + .seconds(30)
        while (try? connection.first("SELECT 1") { $0.integer(0) }) == nil, ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.02)
        }
        #expect(try connection.first("SELECT current_database()") { $0.text(0) } == name)
        try other.script("DROP DATABASE \(name) WITH (FORCE)")
    }
}

/// What needs the client library only.
@Suite(.enabled(if: ScratchDatabase.isPossible, "needs a PostgreSQL server: Tests/postgresql"))
struct PostgreSQLServerTests {
    @Test(
        arguments: [
            ("", [:]), ("host=a user=b", ["host": "a", "user": "b"]),
            ("host='/a b' password='it\\'s'", ["host": "/a b", "password": "it's"]),
            (
                "postgresql://jo@db.example:5433/vmail?sslmode=verify-full",
                ["host": "db.example", "port": "5433", "user": "jo", "dbname": "vmail", "sslmode": "verify-full"]
            ),
            ("host=a,b port=1,2", ["host": "a,b", "port": "1,2"]),
        ] as [(String, [String: String])])
    func aConnectionStringIsRead(_ text: String, _ parameters: [String: String]) throws {
        #expect(try PostgreSQLServer(text).parameters() == parameters)
    }

    @Test(arguments: [
        ("host", "this is no connection string"), ("hots=a", "invalid connection option \"hots\""),
        ("host='a", "unterminated quoted string"), ("postgresql://[::1", "IPv6"),
    ])
    func whatIsNoConnectionStringIsSaid(_ text: String, _ message: String) throws {
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLServer(text).parameters() }
        #expect(error?.description.hasPrefix("PostgreSQL: ") == true)
        #expect(error?.message.contains(message) == true && error?.message.contains("\n") == false)
        // No connection either.
        let connection = try PostgreSQLConnection(PostgreSQLServer(text), database: "x", .reader)
        #expect(throws: PostgreSQLError.self) { try connection.first("SELECT 1") { $0.integer(0) } }
    }

    @Test func theUserOfTheStringWins() throws {
        let database = try ScratchDatabase()
        let text = database.server.connection
        func user(_ server: PostgreSQLServer) throws -> String? {
            try PostgreSQLConnection(server, database: database.name, .reader).first("SELECT current_user") {
                $0.text(0)
            }
        }
        #expect(try user(PostgreSQLServer(text, user: "postgres")) == "postern")
        let parameters = try database.server.parameters().filter { $0.key != "user" }
        let other = parameters.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
        #expect(try user(PostgreSQLServer(other, user: "postgres")) == "postgres")
    }
}

struct PostgreSQLErrorTests {
    @Test(
        arguments: [
            ("55P03", [true, false, false, false, false]), ("40P01", [true, false, false, false, false]),
            ("40001", [true, false, false, false, false]), ("57014", [true, false, false, false, false]),
            ("23505", [false, true, false, false, false]), ("23502", [false, true, false, false, false]),
            ("22021", [false, true, false, false, false]), ("22P02", [false, true, false, false, false]),
            ("53100", [false, false, true, false, false]), ("XX001", [false, false, false, true, false]),
            ("57P01", [false, false, false, false, true]), ("08006", [false, false, false, false, true]),
            ("53300", [false, false, false, false, true]), ("25006", [false, false, false, false, true]),
            ("42P01", [false, false, false, false, false]), ("", [false, false, false, false, false]),
        ] as [(String, [Bool])])
    func knowsWhatHappened(_ state: String, _ kinds: [Bool]) {
        let error = PostgreSQLError("m", sqlState: state)
        #expect([error.isBusy, error.isConstraint, error.isFull, error.isCorrupt, error.isUnreachable] == kinds)
        #expect(!error.isLost && !error.isOutcomeUnknown)
    }

    @Test func saysItInOneLine() {
        let error = PostgreSQLError("one\n\ttwo\n", sqlState: "XX000", database: "vmail")
        #expect(error.description == "PostgreSQL, database vmail: one; \ttwo (SQLSTATE XX000)")
        #expect(PostgreSQLError("one\n").description == "PostgreSQL: one")
        #expect(PostgreSQLError("", isLost: true).isUnreachable)
    }
}
