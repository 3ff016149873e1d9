import Foundation
import Mail
import MailStore
import Storage
import Support
import Synchronization
import Testing
import Threads

/// The one writer: `Performance.md` 9 to 11, `Security.md` G1, G9.
struct WriterTests {
    private let state: WriterState

    init() throws { state = try WriterState() }

    @Test func aJobIsToldItsValueAfterTheCommit() throws {
        let seen = Queue<[String]>()
        let place = state.place
        _ = state.writer.submit(
            { try $0.insertDomain("a.example") },
            done: { (_: Result<Void, any Error>) in
                let rows = try? WriterState.connection(to: .vmail, at: place).all("SELECT domain FROM domain") {
                    $0.text(0)
                }
                _ = seen.put(rows ?? [])
            })
        #expect(seen.take() == [["a.example"]])
    }

    @Test func whatAJobReturnsIsHandedOver() throws {
        let value = try state.run { _ in 7 }
        #expect(value == 7)
    }

    @Test func allJobsOfAGroupAreCommittedBeforeTheFirstIsTold() throws {
        let seen = Queue<Int>()
        let place = state.place
        let release = state.hold()
        for index in 100..<200 {
            _ = state.writer.submit(
                { try $0.insertDomain("d\(index).example") },
                done: { (_: Result<Void, any Error>) in
                    let rows = try? WriterState.connection(to: .vmail, at: place).all("SELECT domain FROM domain") {
                        $0.text(0)
                    }
                    _ = seen.put(rows?.count ?? -1)
                })
        }
        release()
        #expect(seen.take(atMost: 1) == [100])
    }

    @Test(.enabled(if: !WriterState.isOnServer, "of a server nobody sees the pages"))
    func aGroupCostsAsManyPagesAsOneChange() throws {
        let log = "\(state.directory.path)/vmail/vmail.db-wal"
        func size() throws -> Int { try Data(contentsOf: URL(filePath: log)).count }
        let before = try size()
        let jobs = (100..<300).map { index in
            { @Sendable (store: Store) in try store.insertDomain("d\(index).example") }
        }
        #expect(state.outcomes(jobs).allSatisfy { $0 == nil })
        // 200 commits of their own would be 400 pages of 4,096 bytes and more.
        #expect(try size() - before < 60 * 4120)
        #expect(try state.domains.count == 200)
    }

    /// At a server the lines of a group are written at its end, where one that fails undoes all; each job is then tried
    /// alone.
    @Test func aLineThatTheLogDoesNotTakeUndoesItsJobOnly() throws {
        let other = try state.connection(writes: true)
        try other.script(
            WriterState.isOnServer
                ? "ALTER TABLE log ADD CONSTRAINT no_line CHECK (msg NOT LIKE '%d2.example%')"
                : """
                CREATE TRIGGER no_line BEFORE INSERT ON log WHEN NEW.msg LIKE '%d2.example%'
                BEGIN SELECT RAISE(ABORT, 'not that line'); END
                """)
        // The databases of a server are used again.
        defer { if WriterState.isOnServer { try? other.script("ALTER TABLE log DROP CONSTRAINT no_line") } }
        let jobs = (1...3).map { index in
            { @Sendable (store: Store) in
                try store.insertDomain("d\(index).example")
                try store.sessions.insert(
                    "hash \(index)", username: #require(MailAddress("jo@d\(index).example")), ip: "",
                    now: Moment(epoch: 1), limit: 5)
                try store.log.add(
                    LogEntry(.create, "d\(index).example"), admin: #require(MailAddress("jo@d\(index).example")),
                    ip: "", now: Moment(epoch: 0))
            }
        }
        let outcomes = state.outcomes(jobs)
        #expect(outcomes.map { $0 == nil } == [true, false, true])
        #expect(try state.domains == ["d1.example", "d3.example"])
        #expect(try state.rows("SELECT msg FROM log ORDER BY id") == ["[API] d1.example", "[API] d3.example"])
        #expect(try state.rows("SELECT session_id FROM sessions ORDER BY 1", in: .api) == ["hash 1", "hash 3"])
    }

    @Test func anUndoneJobLeavesNoLine() throws {
        let jobs = [1, 2, 1, 3].map { index in
            { @Sendable (store: Store) in
                try store.log.add(
                    LogEntry(.create, "d\(index).example"), admin: #require(MailAddress("jo@d.example")), ip: "",
                    now: Moment(epoch: 0))
                try store.insertDomain("d\(index).example")
            }
        }
        #expect(state.outcomes(jobs).map { $0 == nil } == [true, true, false, true])
        #expect(
            try state.rows("SELECT msg FROM log ORDER BY id")
                == ["[API] d1.example", "[API] d2.example", "[API] d3.example"])
    }

    /// However many rows there are, and however long: the first fifty, in their order, and how many more.
    @Test(arguments: [1, 3, 120], [10, 3000])
    func whatAJobChangesIsRecordedInOrder(_ count: Int, _ length: Int) throws {
        let text = String(repeating: "x,\"ü\\", count: length / 6)
        // By the first domain: a job may run more than once.
        let records = Mutex<[Int: AuditRecord?]>([:])
        let job = { @Sendable (first: Int) in
            { @Sendable (store: Store) in
                let record = try store.recording {
                    for index in first..<first + count {
                        try store.insertDomain("d\(index).example")
                        try store.setTitle(text, of: "d\(index).example")
                    }
                }.record
                records.withLock { $0[first] = record }
            }
        }
        #expect(state.outcomes([job(1000), job(1000), job(2000)]).map { $0 == nil } == [true, false, true])
        let found = records.withLock(\.self)
        #expect(found.count == 2)
        for first in [1000, 2000] {
            let record = try #require(found[first] ?? nil)
            #expect(record.entries.count == min(50, 2 * count) && record.others == 2 * count - record.entries.count)
            for (number, entry) in record.entries.enumerated() {
                #expect(entry.table == "domain" && entry.key == "d\(first + number / 2).example")
                #expect(entry.before.isEmpty == (number % 2 == 0))
                if number % 2 == 1, length == 10 { #expect(entry.after.map(\.value) == [.text(text)]) }
            }
        }
    }

    @Test func jobsSeeWhatEarlierOnesChanged() throws {
        let counts = Mutex<[Int]>([])
        let jobs = (1...3).map { index in
            { @Sendable (store: Store) in
                try store.insertDomain("d\(index).example")
                let names = try (1...3).filter {
                    try store.domains.find(try #require(DomainName("d\($0).example"))) != nil
                }
                counts.withLock { $0.append(names.count) }
            }
        }
        _ = state.outcomes(jobs)
        #expect(counts.withLock(\.self) == [1, 2, 3])
    }

    /// Whatever another job of the group has changed: what every request asks is kept from one job to the next only as
    /// long as it is true.
    @Test(arguments: [false, true]) func jobsSeeWhatRightsEarlierOnesHaveLeft(besideOneThatIsUndone: Bool) throws {
        let now = Moment(epoch: 1_000_000)
        let boss = try #require(MailAddress("boss@admin.example"))
        let user = try #require(MailAddress("jo@d.example"))
        let domain = try #require(DomainName("d.example"))
        let seen = Mutex<[Int: String]>([:])
        @Sendable func look(_ number: Int) -> @Sendable (Store) throws -> Void {
            { store in
                let rights = try [boss, user].map { admin in
                    try store.admins.find(admin, now: now).map { $0.isGlobal ? "global" : "normal" } ?? "none"
                }
                let change = try store.longChange(among: [domain], now: now)?.1.rawValue ?? "none"
                seen.withLock { $0[number] = (rights + [change]).joined(separator: " ") }
            }
        }
        let steps: [@Sendable (Store) throws -> Void] = [
            { store in
                try store.insertDomain("d.example")
                try store.standaloneAdmins.insert(boss, StandaloneAdminChanges(), now: now)
                let path = MailboxPath(base: "/var/vmail", node: "vmail1", maildir: "d.example/jo/")
                try store.mailboxes.insert(
                    NewMailbox(
                        address: user, name: "", password: "", language: "", quota: .unlimited, path: path,
                        format: "maildir", folder: "Maildir", services: []), now: now)
            },
            { try $0.standaloneAdmins.setGlobal(boss, true, now: now) },
            { try $0.admins.addDomain(domain, to: user, now: now) },
            { try $0.admins.setGlobal(mailbox: user, true, now: now) },
            { try $0.standaloneAdmins.setGlobal(boss, false, now: now) },
            { store in
                try store.standaloneAdmins.setGlobal(boss, true, now: now)
                if besideOneThatIsUndone { throw WriterState.Refused() }
                try store.standaloneAdmins.setGlobal(boss, false, now: now)
            },
            { try $0.beginDeletion(of: domain, by: boss, deleteDate: nil, provenUntil: now, now: now) },
            { try $0.standaloneAdmins.delete(boss) },
        ]
        let jobs = steps.enumerated().flatMap { number, step in [step, look(number), look(number)] }
        let outcomes = state.outcomes(jobs)
        let refused = outcomes.indices.filter { outcomes[$0] != nil }
        #expect(refused == (besideOneThatIsUndone ? [15] : []))
        #expect(
            seen.withLock(\.self).sorted { $0.key < $1.key }.map(\.value) == [
                "normal none none", "global none none", "global normal none", "global global none",
                "normal global none", "normal global none", "normal none delete", "none none delete",
            ])
    }

    @Test func aFullQueueTakesNoMoreAndForgetsNothing() throws {
        let done = Atomic(0)
        let release = state.hold()
        var accepted = 0
        while state.writer.submit({ _ in }, done: { (_: Result<Void, any Error>) in done.add(1, ordering: .relaxed) }) {
            accepted += 1
            if accepted > 1_000_000 { break }
        }
        #expect((1000...100_000).contains(accepted))
        #expect(state.writer.waiting == accepted)
        release()
        while state.writer.waiting > 0 { Thread.sleep(forTimeInterval: 0.01) }
        try state.run { _ in }
        #expect(done.load(ordering: .relaxed) == accepted)
    }

    @Test func stoppingFinishesWhatIsQueuedAndTakesNoMore() throws {
        let done = Atomic(0)
        let release = state.hold()
        for index in 0..<600 {
            _ = state.writer.submit(
                { try $0.insertDomain("d\(index).example") },
                done: { (_: Result<Void, any Error>) in done.add(1, ordering: .relaxed) })
        }
        release()
        state.writer.stop()
        #expect(done.load(ordering: .relaxed) == 600)
        let statistics = state.writer.statistics
        #expect(statistics.jobs >= 600 && statistics.groups > 1 && statistics.largestGroup == 512)
        #expect(try state.domains.count == 600)
        let isTaken = state.writer.submit({ _ in }, done: { (_: Result<Void, any Error>) in })
        #expect(!isTaken)
    }

    @Test func aStateThatCannotBeOpenedIsSaid() throws {
        let told = Queue<Bool>()
        let nowhere =
            switch state.place {
            case .files: StatePlace.files("/nowhere")
            case .server(let server): StatePlace.server(ServerState(server.server, prefix: "nowhere_"))
            }
        let writer = try Writer(
            open: { try Store(nowhere, .writer) }, ready: { _ = told.put($0 != nil) }, lost: { _ in },
            damaged: { _ in })
        #expect(told.take() == [true])
        writer.stop()
    }
}
