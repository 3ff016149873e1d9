import Foundation
import Mail
import MailStore
import Storage
import Support
import Synchronization
import Testing
import Threads

/// What a failing job, or a lock held elsewhere, does to the others: `Performance.md` 9, `Security.md` G5.
struct WriterFailureTests {
    private let state: WriterState
    private struct Deliberate: Error {}

    init() throws { state = try WriterState() }

    @Test func aJobThatThrowsAfterWritingLeavesNothingAndHurtsNobody() throws {
        let results = state.outcomes([
            { try $0.insertDomain("a.example") },
            { store in
                try store.insertDomain("b.example")
                try store.insertSession("h")
                throw Deliberate()
            },
            { try $0.insertDomain("c.example") },
        ])
        #expect(results.map { $0 is Deliberate } == [false, true, false])
        #expect(results[0] == nil && results[2] == nil)
        #expect(try state.domains == ["a.example", "c.example"])
        #expect(try state.rows("SELECT session_id FROM sessions", in: .api) == [])
    }

    @Test func aConstraintHurtsOnlyItsJob() throws {
        let results = state.outcomes([
            { try $0.insertDomain("a.example") }, { try $0.insertDomain("a.example") },
            { try $0.insertDomain("b.example") },
        ])
        #expect(results.map { ($0 as? StoreError)?.kind == .constraint } == [false, true, false])
        #expect(try state.domains == ["a.example", "b.example"])
    }

    @Test func aFailureOfTheDatabaseHurtsOnlyItsJob() throws {
        let other = try state.connection(writes: true)
        try other.script("ALTER TABLE log RENAME TO away")
        // At a server the next test has the same tables.
        defer { try? other.script("ALTER TABLE away RENAME TO log") }
        let results = state.outcomes([
            { try $0.insertDomain("a.example") },
            { store in
                try store.insertDomain("b.example")
                try store.log.add(
                    LogEntry(.create, "x"), admin: try #require(MailAddress("jo@a.example")), ip: "",
                    now: Moment(epoch: 0))
            },
            { try $0.insertDomain("c.example") },
        ])
        #expect(results.map { $0 is StoreError } == [false, true, false])
        #expect(try state.domains == ["a.example", "c.example"])
    }

    @Test func everyJobIsToldExactlyOnce() throws {
        let told = Mutex<[Int: Int]>([:])
        let release = state.hold()
        for index in 0..<50 {
            _ = state.writer.submit(
                { store in
                    if index == 20 { throw StoreError(.other, "", "made up") }
                    try store.insertDomain("d\(index).example")
                }, done: { (_: Result<Void, any Error>) in told.withLock { $0[index, default: 0] += 1 } })
        }
        release()
        try state.run { _ in }
        #expect(told.withLock(\.self) == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, 1) }))
        #expect(try state.domains.count == 49)
    }

    /// `Security.md` G3: what was written since may be gone although the kernel says otherwise.
    @Test func aFailedSyncRefusesEverybodyAndIsTold() throws {
        let results = state.outcomes([
            { try $0.insertDomain("a.example") },
            { _ in throw StoreError(.lost, "", "made up") },
            { try $0.insertDomain("b.example") },
        ])
        #expect(results.map { ($0 as? StoreError)?.kind == .lost } == [true, true, true])
        // It is told after the last of them.
        try state.run { _ in }
        #expect(state.alarms.all == ["lost: lost"])
        #expect(try state.domains == [])
    }

    /// `Security.md` G6.
    @Test(.enabled(if: !WriterState.isOnServer, "a server's files are its own business"))
    func afterDamageNothingIsWrittenAnyMoreAndReadsGoOn() throws {
        try state.connection(writes: true).script("PRAGMA wal_checkpoint(TRUNCATE)")
        let page = try #require(
            try state.rows(
                "SELECT CAST(rootpage AS TEXT) FROM sqlite_schema WHERE name = 'sqlite_autoindex_mailbox_1'"
            ).first)
        let path = "\(state.directory.path)/\(StoreFile.vmail.relativePath)"
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        let offset = UInt64((try #require(Int(page)) - 1) * 4096)
        try file.seek(toOffset: offset)
        try file.write(contentsOf: Data(repeating: 0xa5, count: 64))
        try file.seek(toOffset: 0)
        let before = try file.readToEnd()
        let results = state.outcomes([
            { try $0.insertDomain("a.example") },
            { store in _ = try store.mailboxes.find(try #require(MailAddress("jo@a.example"))) },
        ])
        #expect(results.allSatisfy { $0 is Writer.Damaged })
        #expect(throws: Writer.Damaged.self) { try state.run { try $0.insertDomain("b.example") } }
        #expect(throws: Writer.Damaged.self) { try state.run { try $0.insertSession("h") } }
        #expect(state.alarms.all == ["damaged: damaged"], "told once")
        #expect(try state.domains == [])
        try file.seek(toOffset: 0)
        #expect(try file.readToEnd() == before, "nothing is written over what may still be saved")
    }

    @Test(arguments: [StoreFile.vmail, .api])
    func aLockHeldElsewhereIsWaitedForAndThenRefusedWithNothingDone(_ file: StoreFile) throws {
        let other = try state.connection(file, writes: true)
        try other.beginWriting()
        let clock = ContinuousClock()
        let start = clock.now
        let error = #expect(throws: StoreError.self) {
            try state.run { store in
                try store.insertDomain("a.example")
                try store.insertSession("h")
            }
        }
        #expect(error?.kind == .busy)
        #expect(clock.now - start < .seconds(7))
        other.rollback()
        #expect(try state.domains == [])
        try state.run { try $0.insertDomain("b.example") }
        #expect(try state.domains == ["b.example"])
    }

    @Test func aLockThatGoesInTimeIsWaitedFor() throws {
        let other = try state.connection(writes: true)
        try other.beginWriting()
        let outcomes = Queue<Bool>()
        _ = state.writer.submit(
            { try $0.insertDomain("a.example") },
            done: { (result: Result<Void, any Error>) in
                _ = outcomes.put((try? result.get()) != nil)
            })
        Thread.sleep(forTimeInterval: 0.5)
        other.rollback()
        #expect(outcomes.take() == [true])
    }
}
