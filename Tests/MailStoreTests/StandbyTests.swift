@testable import MailStore
import Storage
import Support
import Synchronization
import Testing

/// When a standby is asked, and what is told of it.
struct StandbyPausesTests {
    private let standby: Standby
    private let told = Told()
    private let start = ContinuousClock.now

    private final class Told: Sendable {
        let lines = Mutex<[String]>([])
    }

    init() {
        let told = told
        standby = Standby(ServerState(PostgreSQLServer("host=/nowhere"))) { news in
            told.lines.withLock { lines in
                switch news {
                case .notUsed(let error): lines.append("not used: \(error.message)")
                case .usedAgain: lines.append("used again")
                }
            }
        }
    }

    private var lines: [String] { told.lines.withLock(\.self) }
    private func fail(_ kind: StoreError.Kind, at time: Duration) {
        standby.hasFailed(StoreError(kind, "vmail", "\(kind)"), start + time)
    }

    @Test func oneThatIsAwayIsTriedLessAndLessOften() {
        var time = Duration.zero
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            fail(.unreachable, at: time)
            #expect(lines == (time == .zero ? [] : ["not used: unreachable"]), "one lost connection is no news")
            #expect(!standby.isDue(start + time + .seconds(pause) - .milliseconds(1)))
            time += .seconds(pause)
            #expect(standby.isDue(start + time))
            #expect(!standby.isDue(start + time + .seconds(10)), "one request tries it")
        }
        standby.hasAnswered()
        #expect(lines == ["not used: unreachable", "used again"])
        for _ in 0..<2 { #expect(standby.isDue(start + time)) }
        fail(.unreachable, at: time)
        #expect(standby.isDue(start + time + .seconds(1)), "the pauses begin anew")
        fail(.unreachable, at: time + .seconds(1))
        #expect(lines.count == 3)
    }

    @Test func oneThatIsAMomentBehindIsTriedAgainSoon() {
        fail(.behind, at: .zero)
        #expect(!standby.isDue(start + .milliseconds(9)) && standby.isDue(start + .milliseconds(10)))
        standby.hasAnswered()
        fail(.busy, at: .seconds(100))
        #expect(standby.isDue(start + .seconds(100) + .milliseconds(10)))
        standby.hasAnswered()
        #expect(lines == [])
    }

    @Test func oneThatIsBehindForLongIsTold() {
        for second in 0..<60 { fail(.behind, at: .seconds(second)) }
        #expect(lines == [])
        #expect(standby.isDue(start + .seconds(60)), "a second is the longest pause")
        for second in 60..<120 { fail(.behind, at: .seconds(second)) }
        #expect(lines == ["not used: behind"])
        standby.hasAnswered()
        #expect(lines == ["not used: behind", "used again"])
    }

    @Test func aRequestThatIsRefusedLeavesItToTheNext() {
        fail(.unreachable, at: .zero)
        #expect(standby.isDue(start + .seconds(1)))
        standby.wasNotAsked()
        #expect(standby.isDue(max(.now, start + .seconds(1))))
    }

    @Test func readsAndMissesAreCounted() {
        standby.hasAnswered()
        #expect(standby.statistics.isInUse)
        fail(.unreachable, at: .zero)
        _ = standby.isDue(start)
        #expect(!standby.statistics.isInUse && standby.statistics.reads == 1 && standby.statistics.misses == 2)
    }
}

/// The tables of a state at a standby.
@Suite(.enabled(if: PostgreSQLCluster.isInstalled, "needs postgresql"))
struct StandbyStoreTests {
    private let primary: PostgreSQLCluster
    private let replica: PostgreSQLCluster
    private let standby: Standby
    private let reader: Store

    init() throws {
        primary = try PostgreSQLCluster(port: 5432)
        let state = ServerState(PostgreSQLServer(primary.connection))
        try ServerMigrator.makeDatabases(state)
        try ServerMigrator.fill(state)
        replica = try PostgreSQLCluster(following: primary, port: 5433)
        try replica.configure(["max_standby_streaming_delay = 0", "hot_standby_feedback = off"])
        replica.reload()
        standby = Standby(ServerState(PostgreSQLServer(replica.connection))) { _ in }
        reader = try Store(.server(state), .reader, standby: standby)
    }

    /// On a busy machine a server may not answer in time; then it is left alone for a while.
    private static let patience = Duration.seconds(60)

    /// Reads at the standby, as soon as it is in use and not behind.
    private func read<Result>(_ body: (Store) throws -> Result) throws -> Result? {
        var result: Result?
        _ = try Program.wait(atMost: Self.patience) {
            result = try reader.readingFromStandby(after: {}) { store, _ in try body(store) }
            return result != nil
        }
        return result
    }

    /// Vacuumed rows that the open snapshot still shows.
    private func takeRowsAway() throws {
        func conflicts() throws -> String {
            try replica.sql(
                "postgres", "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = 'vmail'")
        }
        let before = try conflicts()
        try primary.sql("vmail", "DELETE FROM postern_schema; VACUUM postern_schema")
        let isGone = try Program.wait(atMost: Self.patience) { try conflicts() != before }
        #expect(isGone, "no conflict")
    }

    @Test func whatTheStandbyCannotShowAnyMoreIsReadAnew() throws {
        func count(_ store: Store) throws -> Int { try store.vmail.number("SELECT count(*) FROM postern_schema") }
        let before = try #require(try read(count))
        #expect(before > 0)
        var result: Int?
        var isTaken = false
        // It may be behind for a moment, as everywhere.
        _ = try Program.wait(atMost: Self.patience) {
            result = try reader.readingFromStandby(after: {}) { store, _ in
                #expect(try count(store) == before)
                try takeRowsAway()
                isTaken = true
                return try count(store)
            }
            return isTaken
        }
        #expect(isTaken)
        #expect(result == nil && !standby.statistics.isInUse)
        #expect(try read(count) == 0)
        #expect(standby.statistics.isInUse)
    }

    /// Other databases of a standby are as new as the first.
    @Test func everyDatabaseIsAsNewAsItMustBe() throws {
        _ = try #require(try read { store in try store.amavisd.number("SELECT count(*) FROM postern_schema") })
        try replica.pauseReplay()
        try primary.sql("amavisd", "DELETE FROM postern_schema")
        for database in [\Store.amavisd, \.iredapd, \.vmail] {
            // After a failure it is left alone for a moment.
            let isAsked = try Program.wait(atMost: Self.patience) {
                var isAsked = false
                let result = try reader.readingFromStandby(after: {}) { store, _ in
                    isAsked = true
                    return try store[keyPath: database].number("SELECT count(*) FROM postern_schema")
                }
                #expect(result == nil)
                return isAsked
            }
            #expect(isAsked)
        }
        try replica.resumeReplay()
        #expect(try read { store in try store.amavisd.number("SELECT count(*) FROM postern_schema") } == 0)
    }

    @Test func sessionsAreReadAtThePrimary() throws {
        let isThere = try read { store in try store.api.exists("SELECT NOT pg_is_in_recovery()") }
        #expect(isThere == true)
        let atStandby = try read { store in
            try [store.vmail, store.usage, store.amavisd, store.iredapd].allSatisfy { database in
                try database.exists("SELECT pg_is_in_recovery()")
            }
        }
        #expect(atStandby == true)
    }
}
