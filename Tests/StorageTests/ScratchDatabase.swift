import Foundation
import Storage
import Support
import Synchronization
import Testing

/// An empty database at the PostgreSQL server of `Tests/postgresql`, for one test. It goes with the server, and is used
/// again meanwhile.
final class ScratchDatabase: Sendable {
    static let isPossible = ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] != nil

    private static let prefix = "scratch\(UInt64.random(in: 0 ... .max))_"
    private static let pool = Mutex<(count: Int, free: [String])>((0, []))

    let name: String
    let server: PostgreSQLServer

    /// - Parameter script: makes the tables.
    init(_ script: String = "") throws {
        server = PostgreSQLServer(ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] ?? "")
        let (known, number) = Self.pool.withLock { pool in
            pool.count += 1
            return (pool.free.popLast(), pool.count)
        }
        name = known ?? "\(Self.prefix)\(number)"
        if known == nil {
            try PostgreSQLConnection(server, database: "postgres", .command).script(
                "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        }
        // Whoever writes locks that table.
        try connect().script(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE postern_schema (); \(script)")
    }

    deinit { Self.pool.withLock { $0.free.append(name) } }

    func connect(_ mode: PostgreSQLConnection.Mode = .command) throws -> PostgreSQLConnection {
        try PostgreSQLConnection(server, database: name, mode)
    }

    /// Ends a connection at the server, as an operator may, and waits until it is gone there.
    func terminate(_ connection: PostgreSQLConnection) throws {
        let pid = try #require(try connection.first("SELECT pg_backend_pid()") { $0.integer(0) })
        try terminate(pid)
    }

    func terminate(_ pid: Int) throws {
        let other = try connect()
        try other.script("SELECT pg_terminate_backend(\(pid))")
        try wait("a backend to go") {
            try other.first("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)") { $0.integer(0) } == 0
        }
    }

    /// Waits until so many backends of this database wait for a lock.
    func waitForWaiting(_ count: Int) throws {
        let other = try connect()
        let query: SQL = """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        try wait("\(count) waiting") { try other.first(query) { $0.integer(0) } == count }
    }

    private func wait(_ what: String, _ isDone: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(30)
        while try !isDone() {
            guard ContinuousClock.now < end else { throw Program.Failure(description: "no \(what)") }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }
}

/// Something that is done on a thread of its own.
final class Aside<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>?>(nil)
    private let end = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        let thread = Thread { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            end.signal()
        }
        thread.start()
    }

    var isDone: Bool { outcome.withLock { $0 != nil } }

    /// Waits for its end.
    func value() throws -> Value {
        guard end.wait(timeout: .now() + 60) == .success else { throw Program.Failure(description: "it does not end") }
        end.signal()
        guard let result = outcome.withLock({ $0 }) else { throw Program.Failure(description: "it has no outcome") }
        return try result.get()
    }
}
