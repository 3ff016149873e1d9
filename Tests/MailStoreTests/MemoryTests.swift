import Mail
import MailStore
import Storage
import Support
import Synchronization
import Testing

/// Sessions and admins that a reader has found once are never older than what is committed. All of it happens in one
/// second of the clock.
struct MemoryTests {
    private let state: WriterState
    private let reader: Store
    private let now = Moment(epoch: 1_800_000_000)
    private let admin: MailAddress

    init() throws {
        state = try WriterState()
        admin = try #require(MailAddress("jo@a.example"))
        try state.run { [admin, now] store in
            try store.admins.insertGlobal(admin, password: "x", now: now)
            try store.insertSession("hash")
        }
        reader = try Store(state.place, .reader)
    }

    private var isAdmin: Bool { get throws { try reader.admins.find(admin, now: now) != nil } }
    private var isLoggedIn: Bool { get throws { try reader.sessions.find("hash", now: now) != nil } }

    /// As another program does it.
    private func change(_ sql: SQL, in file: StoreFile = .vmail) throws {
        try state.connection(file, writes: true).execute(sql)
    }

    @Test func aChangeOfOursCountsAtOnce() throws {
        #expect(try isLoggedIn && isAdmin)
        try state.run { store in try store.sessions.end("hash") }
        #expect(try !isLoggedIn)
        try state.run { store in try store.insertSession("hash") }
        #expect(try isLoggedIn)
    }

    @Test func soDoesThatOfAnotherProgram() throws {
        for _ in 1...3 {
            #expect(try isLoggedIn && isAdmin)
            try change("UPDATE admin SET active = 0")
            #expect(try isLoggedIn && !isAdmin)
            try change("UPDATE admin SET active = 1")
            #expect(try isAdmin)
            try change("UPDATE sessions SET session_id = 'other'", in: .api)
            #expect(try !isLoggedIn)
            try change("UPDATE sessions SET session_id = 'hash'", in: .api)
        }
    }

    @Test func whatASnapshotShowsIsNotRememberedBeyondIt() throws {
        try reader.reading {
            #expect(try reader.domains.find(#require(DomainName("a.example"))) == nil)
            try change("UPDATE admin SET active = 0")
            #expect(try isAdmin, "of the moment of the snapshot")
        }
        #expect(try !isAdmin)
    }

    @Test func aSnapshotShowsNothingNewerFromMemory() throws {
        try change("UPDATE admin SET active = 0")
        try reader.reading {
            #expect(try !isAdmin)
            try change("UPDATE admin SET active = 1")
            #expect(try !isAdmin)
        }
        #expect(try isAdmin)
    }

    /// Nor anybody's session beyond its end, whoever ended it and whether that is committed already or not.
    @Test func theWriterRemembersNoSessionThatIsOver() throws {
        let now = now
        func isKnownToWriter() throws -> Bool {
            try state.run { store in try store.sessions.find("hash", now: now) != nil }
        }
        for _ in 1...3 {
            #expect(try isKnownToWriter() && isKnownToWriter())
            let seen = try state.run { store in
                let before = try store.sessions.find("hash", now: now) != nil
                try store.sessions.end("hash")
                return [before, try store.sessions.find("hash", now: now) != nil]
            }
            #expect(seen == [true, false])
            #expect(try !isKnownToWriter())
            try state.run { store in try store.insertSession("hash") }
            #expect(try isKnownToWriter())
            try change("UPDATE sessions SET session_id = 'other'", in: .api)
            #expect(try !isKnownToWriter())
            try change("UPDATE sessions SET session_id = 'hash'", in: .api)
        }
    }

    /// Also when all of it is one transaction.
    @Test func theWriterRemembersNoSessionThatAnotherJobHasEnded() throws {
        let known = Mutex<[Int: Bool]>([:])
        let now = now
        let jobs: [@Sendable (Store) throws -> Void] = [
            { try $0.insertSession("other") },
            { store in try known.withLock { $0[1] = try store.sessions.find("hash", now: now) != nil } },
            { try $0.sessions.end("hash") },
            { store in try known.withLock { $0[3] = try store.sessions.find("hash", now: now) != nil } },
        ]
        #expect(state.outcomes(jobs).allSatisfy { $0 == nil })
        #expect(known.withLock(\.self) == [1: true, 3: false])
    }

    @Test func theWriterRemembersNothingOfWhatItChanges() throws {
        let seen = try state.run { [admin, now] store in
            var seen: [Bool] = []
            for status in [AccountStatus.active, .disabled, .active] {
                var changes = StandaloneAdminChanges()
                changes.status = status
                try store.standaloneAdmins.update(admin, changes, now: now)
                seen.append(try store.admins.find(admin, now: now) != nil)
            }
            return seen
        }
        #expect(seen == [true, false, true])
    }

    @Test func everySecondIsLookedAtAnew() throws {
        #expect(try isAdmin)
        try change("UPDATE admin SET expired = \(Moment(epoch: now.epoch + 1))")
        #expect(try isAdmin)
        #expect(try reader.admins.find(admin, now: Moment(epoch: now.epoch + 1)) == nil)
        #expect(try isAdmin)
    }

    /// One that is asked for again after hundreds of others is found all the same.
    @Test func manyAreNotTooMany() throws {
        try change(
            """
            WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < 599)
            INSERT INTO sessions (session_id, admin, ip, created, atime) SELECT 'h' || n, 'jo@a.example', '', n, n FROM series
            """, in: .api)
        for number in Array(0..<600) + [0, 599, 300] {
            #expect(try reader.sessions.find("h\(number)", now: now)?.created == Moment(epoch: number))
        }
        #expect(try reader.sessions.find("h600", now: now) == nil)
    }
}
