import Gateway
import MailStore
import PasswordHash
import Storage
import Testing
import Threads

/// However the check of a password ends, the guard against guessing is told: an attempt that it took for unfinished
/// would make others wait for ever.
struct LoginGuardExitTests {
    private static let admin = "dan@office.example"

    private let api: TestAPI
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI(delaysLogins: true)
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addAdmin(Self.admin, of: ["a.example"])
        root = try api.globalAdmin()
    }

    /// - Parameter host: each attempt has one of its own, so that only what is known of the account counts.
    private func login(_ username: String, _ password: String = TestAPI.password, from host: Int) -> Request {
        var client = api.nobody
        client.address = "192.0.2.\(host)"
        return client.request(.post, "/api/login", "username=\(username)&password=\(password)")
    }

    private func logins(_ hosts: Range<Int>, _ password: String = TestAPI.password) -> [Request] {
        hosts.map { login(Self.admin, password, from: $0) }
    }

    /// Sees that no attempt at the account counts as one that is being checked. Ten failed or unfinished ones make the
    /// next one from a new address wait; so after nine failures it must not.
    private func expectNothingPending(
        _ username: String = admin, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        // Whoever has answered may have something left to do.
        try api.settle()
        try api.holdingPool {}
        let refused = api.reports.lines.count { $0.hasPrefix("login refused: ") && $0.hasSuffix("=\(username)") }
        try #require(refused <= 9, sourceLocation: sourceLocation)
        for host in refused..<9 {
            let answer = try api.answer(to: login(username, "Wrong-1234", from: 200 + host))
            #expect(answer.word == "INVALID_CREDENTIALS", sourceLocation: sourceLocation)
        }
        try api.settle()
        let answers = try api.holdingPool {
            let answers = api.begin([login(username, from: 250)])
            #expect(api.delays.count == 0, "it must wait", sourceLocation: sourceLocation)
            #expect(api.pool.waiting == 1, sourceLocation: sourceLocation)
            return answers[0]
        }
        _ = try api.answer(from: answers)
    }

    @Test func anAttemptThatIsBeingCheckedCounts() throws {
        for request in logins(0..<9, "Wrong-1234") { _ = try api.answer(to: request) }
        let answers = try api.holdingPool {
            try api.holdingDelays {
                let answers = api.begin(logins(10..<12))
                #expect(api.pool.waiting == 1)
                #expect(api.delays.count == 1, "what the other tests look for is not seen")
                return answers
            }
        }
        for answers in answers { #expect(try api.answer(from: answers).isSuccess) }
    }

    @Test func afterTheRightPassword() throws {
        for request in logins(0..<9) { #expect(try api.answer(to: request).isSuccess) }
        try expectNothingPending()
    }

    @Test func afterAWrongPassword() throws {
        for request in logins(0..<4, "Wrong-1234") {
            #expect(try api.answer(to: request).word == "INVALID_CREDENTIALS")
        }
        try expectNothingPending()
    }

    @Test func whenThePoolIsFull() throws {
        try api.fillingPool {
            for request in logins(0..<12) {
                let answer = try api.answer(to: request)
                #expect(answer.status == .unavailable)
            }
        }
        try expectNothingPending()
    }

    /// Whoever is delayed has ten failures before him, and with twenty would be delayed for a second instead of half.
    @Test func whenTheDelayLineIsFull() throws {
        for request in logins(0..<10, "Wrong-1234") { _ = try api.answer(to: request) }
        try api.fillingDelays {
            for request in logins(20..<30) {
                let answer = try api.answer(to: request)
                #expect(answer.status == .unavailable)
            }
        }
        let marks = Queue<Int>()
        let pool = api.pool
        let answers = try api.holdingPool {
            let answers = try api.holdingDelays {
                let answers = api.begin(logins(30..<31))
                #expect(api.delays.count == 1)
                // Begun later, it comes behind half a second, however slow the machine is.
                let isQueued = api.delays.submit(after: .milliseconds(750)) { _ = marks.put(pool.waiting) }
                #expect(isQueued)
                return answers[0]
            }
            #expect(marks.take(until: .now + .seconds(60)) == [1], "the login waits longer than this")
            return answers
        }
        #expect(try api.answer(from: answers).isSuccess)
    }

    @Test func whenTheAccountIsGone() throws {
        let answers = try api.holdingPool {
            let answers = api.begin(logins(0..<4))
            #expect(api.pool.waiting == 4)
            try api.run("DELETE FROM admin WHERE username = \(Self.admin)")
            return answers
        }
        for answers in answers { #expect(try api.answer(from: answers).word == "INVALID_CREDENTIALS") }
        try expectNothingPending()
    }

    @Test func whenTheSessionHasEnded() throws {
        let check = root.request(.post, "/api/verify_password/user/jo@a.example", "password=\(TestAPI.password)")
        let answers = try api.holdingPool {
            let answers = api.begin(Array(repeating: check, count: 3))
            #expect(api.pool.waiting == 3)
            let logout = try api.answer(to: root.request(.post, "/api/logout"))
            #expect(logout.isSuccess)
            return answers
        }
        for answers in answers { #expect(try api.answer(from: answers).word == "LOGIN_REQUIRED") }
        try expectNothingPending("jo@a.example")
    }

    @Test func whenTheDatabaseIsLocked() throws {
        let other = try api.connection(writes: true)
        try other.beginWriting()
        for answers in api.begin(logins(0..<4)) {
            let answer = try api.answer(from: answers)
            #expect(answer.word == "DATABASE_BUSY")
            #expect(answer.status == .unavailable)
        }
        other.rollback()
        try expectNothingPending()
    }
}
