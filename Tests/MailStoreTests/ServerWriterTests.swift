import Foundation
import Mail
import MailStore
import Storage
import Support
import Synchronization
import Testing
import Threads

/// The writer at a PostgreSQL server, while somebody else holds a lock there.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] != nil,
        "needs a PostgreSQL server: Tests/postgresql"))
struct ServerWriterTests {
    private let state: ServerState
    private let writer: Writer

    init() throws {
        let state = ServerState(
            PostgreSQLServer(ProcessInfo.processInfo.environment["POSTERN_POSTGRESQL"] ?? ""),
            prefix: "writer\(UInt64.random(in: 0 ... .max))_")
        self.state = state
        try ServerMigrator.makeDatabases(state)
        try ServerMigrator.fill(state)
        writer = try Writer(
            open: { try Store(.server(state), .writer) }, ready: { error in #expect(error == nil) },
            lost: { error in Issue.record("\(error)") }, damaged: { error in Issue.record("\(error)") })
    }

    /// As another instance, or whoever may, that does not come to an end.
    private static func lock(_ database: ServerDatabase, in state: ServerState) throws -> PostgreSQLConnection {
        let other = try state.connect(to: database, .command)
        try other.beginWriting()
        return other
    }

    private static func key(_ number: Int) throws -> Scope { try #require(Scope(key: "@d\(number).example")) }

    /// Runs the jobs as one group.
    /// - Returns: what became of each, and after how long.
    private func outcomes(
        _ jobs: [@Sendable (Store) throws -> Void]
    ) -> [(error: (any Error)?, time: Duration)] {
        let reached = Queue<Bool>()
        let release = Queue<Bool>()
        _ = writer.submit({ _ in }) { (_: Result<Void, any Error>) in
            _ = reached.put(true)
            _ = release.take()
        }
        _ = reached.take()
        let outcomes = Mutex<[Int: (error: (any Error)?, time: Duration)]>([:])
        let done = Queue<Int>()
        let start = Mutex(ContinuousClock.now)
        for (index, job) in jobs.enumerated() {
            _ = writer.submit(job) { result in
                let time = ContinuousClock.now - start.withLock(\.self)
                outcomes.withLock { known in
                    switch result {
                    case .success: known[index] = (nil, time)
                    case .failure(let error): known[index] = (error, time)
                    }
                }
                _ = done.put(index)
            }
        }
        start.withLock { $0 = .now }
        _ = release.put(true)
        var count = 0
        while count < jobs.count { count += done.take().count }
        return outcomes.withLock { known in jobs.indices.map { known[$0] ?? (nil, .zero) } }
    }

    @Test func aGroupWaitsOnceForALock() throws {
        let other = try Self.lock(.iredapd, in: state)
        let needing = (0..<30).map { number in
            { @Sendable (store: Store) in try store.greylisting.write(Self.key(number), isEnabled: true) }
        }
        let found = outcomes(needing + [{ @Sendable store in try store.insertDomain("free.example") }])
        let last = try #require(found.last)
        #expect(last.error == nil)
        // Each of the others would have waited for half a second before it.
        #expect(last.time < .seconds(4))
        for (error, time) in found.dropLast() {
            #expect((error as? StoreError)?.kind == .busy)
            #expect(time < .seconds(12))
        }
        other.rollback()
        #expect(outcomes(needing).allSatisfy { $0.error == nil })
        writer.stop()
    }

    @Test func whoWaitsForALockIsServedWhenItGoes() throws {
        let held = Queue<Bool>()
        Thread.detachNewThread { [state] in
            let other = try? Self.lock(.iredapd, in: state)
            _ = held.put(other != nil)
            Thread.sleep(forTimeInterval: 1)
            other?.rollback()
        }
        #expect(held.take() == [true])
        let found = outcomes(
            (0..<10).map { number in
                { @Sendable (store: Store) in try store.greylisting.write(Self.key(number), isEnabled: true) }
            })
        #expect(found.allSatisfy { $0.error == nil })
        writer.stop()
    }

    /// The lines of a group are written last. A lock there keeps all of it, as one in a job keeps that job.
    @Test func aLockedLogKeepsAGroupWaiting() throws {
        // The writer has opened its databases.
        #expect(outcomes([{ _ in }]).count == 1)
        let held = Queue<Bool>()
        Thread.detachNewThread { [state] in
            let other = try? state.connect(to: .vmail, .command)
            _ = try? other?.script("BEGIN; LOCK TABLE log")
            _ = held.put(other != nil)
            Thread.sleep(forTimeInterval: 1)
            other?.rollback()
            _ = try? other?.script("ROLLBACK")
        }
        #expect(held.take() == [true])
        let admin = try #require(MailAddress("jo@d.example"))
        let found = outcomes(
            (0..<3).map { number in
                { @Sendable (store: Store) in
                    try store.greylisting.write(Self.key(number), isEnabled: true)
                    try store.insertDomain("d\(number).example")
                    try store.log.add(LogEntry(.create, "\(number)"), admin: admin, ip: "", now: Moment(epoch: 0))
                }
            })
        #expect(found.allSatisfy { $0.error == nil && $0.time > .milliseconds(500) })
        writer.stop()
        let lines = try state.connect(to: .vmail, .reader).first("SELECT count(*) FROM log") { $0.integer(0) }
        #expect(lines == 3)
    }
}
