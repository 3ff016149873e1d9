import Foundation
import Storage
import Support
import Testing

/// A connection to a standby shows nothing that is older than it was asked for.
@Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
struct StandbyConnectionTests {
    private let primary: PostgreSQLCluster
    private let standby: PostgreSQLCluster
    private let connection: PostgreSQLConnection

    init() throws {
        primary = try PostgreSQLCluster(port: 5432)
        // What an ordinary role may ask is enough.
        try primary.sql(
            "postgres",
            """
            CREATE ROLE postern LOGIN; CREATE TABLE note (text TEXT); CREATE TABLE postern_schema ();
            GRANT ALL ON note, postern_schema TO postern
            """)
        standby = try PostgreSQLCluster(following: primary, port: 5433)
        connection = try Self.connect(.standby, standby, primary)
    }

    private static func connect(
        _ mode: PostgreSQLConnection.Mode, _ clusters: PostgreSQLCluster...
    ) throws -> PostgreSQLConnection {
        let hosts = clusters.map(\.directory.path).joined(separator: ",")
        let ports = clusters.map { String($0.port) }.joined(separator: ",")
        return try PostgreSQLConnection(
            PostgreSQLServer("host=\(hosts) port=\(ports) user=postern"), database: "postgres", mode)
    }

    /// The primary's, as a reader of its asks for it.
    private func position(of cluster: PostgreSQLCluster? = nil) throws -> LogPosition {
        try Self.connect(.reader, cluster ?? primary).logPosition()
    }

    private func add(_ note: String) throws { try primary.sql("postgres", "INSERT INTO note VALUES ('\(note)')") }

    private func notes() throws -> [String] {
        var notes: [String] = []
        try connection.forEach("SELECT text FROM note ORDER BY text") { notes.append($0.text(0)) }
        return notes
    }

    private func error(_ body: () throws -> Void) throws -> PostgreSQLError {
        try #require(#expect(throws: PostgreSQLError.self) { try body() })
    }

    /// Waits while it is behind.
    private func notesInTime() throws -> [String] {
        var result: [String]?
        let hasCome = try Program.wait(atMost: .seconds(60)) {
            do {
                result = try notes()
            } catch let error as PostgreSQLError where error.isBehind {}
            return result != nil
        }
        #expect(hasCome)
        return result ?? []
    }

    @Test func whatIsReadIsAsNewAsItMustBe() throws {
        #expect(try !error { _ = try notes() }.isLost, "nobody has said how new")
        for note in ["a", "b", "c"] {
            try add(note)
            connection.require(try position())
            #expect(try notesInTime().last == note)
        }
        try standby.pauseReplay()
        try add("d")
        // As new as before is enough for who asked before.
        #expect(try notes() == ["a", "b", "c"])
        connection.require(try position())
        #expect(try error { _ = try notes() }.isBehind)
        connection.beginSnapshot()
        #expect(try error { _ = try notes() }.isBehind, "nor in a snapshot")
        connection.rollback()
        try standby.resumeReplay()
        #expect(try notesInTime() == ["a", "b", "c", "d"])
    }

    /// A commit that waits for no disk is in the position all the same.
    @Test func aCommitThatIsNotOnTheDiskCounts() throws {
        try primary.sql("postgres", "ALTER ROLE ALL SET synchronous_commit = off")
        let writer = try Self.connect(.writer, primary)
        for number in 0..<20 {
            try writer.beginWriting()
            try writer.execute("INSERT INTO note VALUES (\("n\(100 + number)"))")
            try writer.commit()
            connection.require(try position())
            #expect(try notesInTime().count == number + 1)
        }
    }

    @Test func aSnapshotIsOfOneMoment() throws {
        try add("a")
        connection.require(try position())
        _ = try notesInTime()
        connection.beginSnapshot()
        #expect(try notes() == ["a"] && !connection.isOutsideTransaction)
        try add("b")
        #expect(
            try Program.wait(atMost: .seconds(60)) {
                try standby.sql("postgres", "SELECT count(*) FROM note") == "2\n"
            })
        #expect(try notes() == ["a"])
        connection.rollback()
        #expect(try notes() == ["a", "b"])
    }

    @Test func aPrimaryIsNoStandby() throws {
        let wrong = try Self.connect(.standby, primary)
        wrong.require(try position())
        #expect(try error { _ = try wrong.first("SELECT 1") { _ in } }.isLost)
        connection.require(try position())
        _ = try notesInTime()
        try standby.promote()
        #expect(try notes() == [], "nobody has asked for anything newer")
        connection.require(try position())
        #expect(try error { _ = try notes() }.isLost)
    }

    @Test func itGoesOnAfterARestartOfTheStandby() throws {
        connection.require(try position())
        _ = try notesInTime()
        try add("a")
        let position = try position()
        try standby.stop()
        connection.require(position)
        #expect(try error { _ = try notes() }.isLost)
        try standby.start()
        let isBack = Program.wait(atMost: .seconds(20)) { (try? notes()) == ["a"] }
        #expect(isBack)
        // The connection that was lost is made anew at once.
        try standby.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postern'")
        connection.require(position)
        connection.beginSnapshot()
        #expect(try notes() == ["a"] && !connection.isOutsideTransaction)
        connection.rollback()
        try add("b")
        connection.require(try self.position())
        #expect(try notesInTime() == ["a", "b"], "that snapshot has ended")
    }

    /// It may have received what the new primary never had.
    @Test func theStandbyOfAReplacedPrimaryIsBehind() throws {
        let successor = try PostgreSQLCluster(following: primary, port: 5434)
        try add("a")
        connection.require(try position())
        #expect(try notesInTime() == ["a"])
        try successor.promote()
        for _ in 0..<3 {
            try add("lost")
            try primary.sql("postgres", "SELECT pg_switch_wal()")
        }
        try successor.sql("postgres", "INSERT INTO note VALUES ('b')")
        let place = try successor.sql("postgres", "SELECT pg_current_wal_lsn()").trimmingCharacters(in: .newlines)
        let end = "SELECT pg_last_wal_replay_lsn() > '\(place)'"
        #expect(try Program.wait(atMost: .seconds(60)) { try standby.sql("postgres", end) == "t\n" })
        connection.require(try position(of: successor))
        #expect(try error { _ = try notes() }.isBehind)
        // Nor is the standby of somebody else any good.
        let other = try PostgreSQLCluster(port: 5435)
        try other.sql("postgres", "CREATE ROLE postern LOGIN")
        connection.require(try position(of: other))
        #expect(try error { _ = try notes() }.isBehind)
        // From the new primary it is, as soon as it has saved that it follows that one.
        try standby.stop()
        try standby.follow(successor)
        connection.require(try position(of: successor))
        #expect(try notesInTime() == ["a", "b"])
    }
}
