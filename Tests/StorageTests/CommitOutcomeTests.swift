import Foundation
import Glibc
import Storage
import Support
import Synchronization
import Testing

/// The connection ends while a transaction is committed: the server is asked what became of it.
@Suite(.enabled(if: PostgreSQLCluster.isInstalled && ProcessUser.isRoot, "needs postgresql, and root to run it"))
struct CommitOutcomeTests {
    private let cluster: PostgreSQLCluster
    private let server: PostgreSQLServer

    init() throws {
        cluster = try PostgreSQLCluster()
        try cluster.sql("postgres", "CREATE ROLE postern LOGIN")
        try cluster.sql("postgres", "CREATE TABLE note (text TEXT); CREATE TABLE postern_schema ()")
        try cluster.sql("postgres", "GRANT ALL ON note, postern_schema TO postern")
        server = PostgreSQLServer("host=\(cluster.directory.path)", user: "postern")
    }

    private func connection() throws -> PostgreSQLConnection {
        try PostgreSQLConnection(server, database: "postgres", .writer)
    }

    private func notes() throws -> String { try cluster.sql("postgres", "SELECT text FROM note ORDER BY text") }

    @Test func whatWasUndoneIsNoSuccess() throws {
        let connection = try connection()
        try connection.beginWriting()
        try connection.execute("INSERT INTO note VALUES (\("lost"))")
        try cluster.sql(
            "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postern'")
        let error = try #require(throws: PostgreSQLError.self) { try connection.commit() }
        #expect(error.isLost && !error.isOutcomeUnknown, "\(error)")
        // The connection is usable again.
        try connection.beginWriting()
        try connection.execute("INSERT INTO note VALUES (\("kept"))")
        try connection.commit()
        #expect(try notes() == "kept\n")
    }

    /// After a crash another transaction may get the number.
    @Test func anothersCommitProvesNothing() throws {
        try keepLogInMemory()
        // Now and then the server brings the log to the disk all the same, and the number is not given away again.
        for _ in 0..<5 {
            let connection = try connection()
            try connection.beginWriting()
            try connection.execute("INSERT INTO note VALUES (\("lost"))")
            let text = try connection.first("SELECT pg_current_xact_id()") { $0.text(0) }
            let number = try #require(text.flatMap { Int($0) })
            try cluster.killBackend(where: "usename = 'postern'")
            var last = 0
            let isReached = Program.wait(atMost: .seconds(60)) {
                let other = "INSERT INTO note VALUES ('other') RETURNING pg_current_xact_id()"
                let text = try? cluster.sql("postgres", other)
                last = text.flatMap { Int($0.trimmingCharacters(in: .newlines)) } ?? 0
                return last >= number
            }
            #expect(isReached)
            let error = try #require(throws: PostgreSQLError.self) { try connection.commit() }
            #expect(try !notes().contains("lost"))
            guard last == number else { continue }
            #expect(error.isOutcomeUnknown, "\(error)")
            return
        }
        Issue.record("no number was given twice")
    }

    /// Nobody but those who commit brings the log to the disk.
    private func keepLogInMemory() throws {
        try cluster.configure(["wal_writer_delay = 10s", "autovacuum = off"])
        try cluster.stop()
        try cluster.start()
    }

    @Test func aNumberThatIsStillToComeIsNoSuccess() throws {
        try keepLogInMemory()
        let connection = try connection()
        try connection.beginWriting()
        try connection.execute("INSERT INTO note VALUES (\("lost"))")
        cluster.kill9()
        try cluster.start()
        let start = ContinuousClock.now
        let error = try #require(throws: PostgreSQLError.self) { try connection.commit() }
        #expect(error.isLost && !error.isOutcomeUnknown, "\(error)")
        #expect(ContinuousClock.now - start < .seconds(8), "asked again and again")
        #expect(try notes() == "")
    }

    /// The server was kept from waiting for its standby, so nobody may hear of a success before that has all.
    @Test func aCommitIsASuccessOnceTheStandbyHasIt() throws {
        try cluster.configure(["synchronous_standby_names = 'nobody'"])
        try cluster.stop()
        try cluster.start()
        let outcome = Mutex<String?>(nil)
        let server = server
        Thread.detachNewThread {
            let result = Result {
                let connection = try PostgreSQLConnection(server, database: "postgres", .writer)
                try connection.beginWriting()
                try connection.execute("INSERT INTO note VALUES (\("kept"))")
                try connection.commit()
            }
            outcome.withLock { $0 = "\(result)" }
        }
        /// The one that waits for a standby, other than `known`.
        func waiting(otherThan known: String = "") throws -> String {
            var found = ""
            let isThere = try Program.wait(atMost: .seconds(20)) {
                found = try cluster.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                return found != "" && found != known
            }
            #expect(isThere, "nobody waits: \(outcome.withLock(\.self) ?? "no outcome")")
            return found
        }
        let first = try waiting()
        try cluster.sql("postgres", "SELECT pg_terminate_backend(\(first))")
        _ = try waiting(otherThan: first)
        #expect(outcome.withLock(\.self) == nil)
        try cluster.configure(["synchronous_standby_names = ''"])
        cluster.reload()
        #expect(Program.wait(atMost: .seconds(60)) { outcome.withLock(\.self) != nil })
        #expect(outcome.withLock(\.self) == "success()")
        #expect(try notes() == "kept\n")
    }
}
