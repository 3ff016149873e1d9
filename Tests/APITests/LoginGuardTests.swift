import Gateway
import Synchronization
import Testing

@testable import API

/// `Security.md` A1, A2: the waits, with a clock of the test's own.
struct LoginGuardTests {
    private let login = LoginGuard()
    private let start = ContinuousClock.now

    /// One wrong attempt; how long it was made to wait, in milliseconds; nil when it was refused.
    private func fail(_ account: String, _ client: String, at time: Int) -> Int? {
        let now = start + .seconds(time)
        guard let wait = login.wait(for: account, from: client, at: now) else { return nil }
        login.finished(false, account, from: client, at: now)
        return milliseconds(wait)
    }

    private func milliseconds(_ wait: Duration) -> Int {
        Int(wait.components.seconds) * 1000 + Int(wait.components.attoseconds / 1_000_000_000_000_000)
    }

    @Test func guessingAtOneAccountGetsSlower() {
        #expect((0..<7).map { fail("a@x.example", "192.0.2.1", at: $0 * 20) } == [0, 0, 0, 0, 0, 0, 0], "far apart")
        #expect((0..<3).map { _ in fail("b@x.example", "192.0.2.2", at: 0) } == [0, 0, 0])
        #expect((0..<4).map { _ in fail("b@x.example", "192.0.2.2", at: 0) } == [500, 1500, 3500, 7500])
        #expect(fail("b@x.example", "192.0.2.2", at: 0) == 15_500 || fail("b@x.example", "192.0.2.2", at: 0) == nil)
    }

    @Test func aFloodIsRefusedAndPushesNothingAway() {
        for _ in 0..<1000 { _ = fail("a@x.example", "192.0.2.1", at: 0) }
        #expect(fail("a@x.example", "192.0.2.1", at: 0) == nil)
        #expect(fail("a@x.example", "192.0.2.1", at: 30) != nil, "half a minute later somebody gets through")
    }

    @Test func manyAtOnceCountBeforeTheFirstHasFailed() {
        let waits = (0..<5).map { _ in login.wait(for: "a@x.example", from: "192.0.2.1", at: start).map(milliseconds) }
        #expect(waits == [0, 0, 0, 500, 1500])
    }

    @Test func programsOfAKnownHostMayLogInAtOnce() {
        login.finished(true, "a@x.example", from: "192.0.2.1", at: start)
        #expect((0..<40).allSatisfy { _ in login.wait(for: "a@x.example", from: "192.0.2.1", at: start) == .zero })
        for _ in 0..<40 { login.finished(false, "a@x.example", from: "192.0.2.1", at: start) }
        _ = login.wait(for: "a@x.example", from: "192.0.2.1", at: start)
        #expect(login.wait(for: "a@x.example", from: "192.0.2.1", at: start) == .seconds(8), "until they fail")
    }

    @Test func guessingFromElsewhereLocksNobodyOut() throws {
        login.finished(true, "a@x.example", from: "198.51.100.1", at: start)
        for number in 0..<200 { _ = fail("a@x.example", "192.0.2.\(number)", at: 0) }
        #expect(login.wait(for: "a@x.example", from: "198.51.100.1", at: start) == .zero, "known there")
        let elsewhere = try #require(login.wait(for: "a@x.example", from: "198.51.100.2", at: start))
        #expect(elsewhere <= .seconds(2), "a short wait is all that an outsider can cause")
    }

    @Test func guessingAtManyAccountsGetsSlowerToo() {
        let waits = (0..<60).map { fail("u\($0)@x.example", "192.0.2.1", at: 0) ?? 99_999 }
        #expect(waits[..<20].allSatisfy { $0 == 0 } && waits[25] > 2000 && waits[59] == 99_999)
        #expect(fail("u@x.example", "192.0.2.2", at: 0) == 0)
    }

    @Test func everybodyTogetherHasABudget() throws {
        login.finished(true, "a@x.example", from: "198.51.100.1", at: start)
        for number in 0..<800 { _ = fail("u\(number)@x.example", "192.0.\(number / 200).\(number % 200)", at: 0) }
        let stranger = try #require(login.wait(for: "new@x.example", from: "203.0.113.1", at: start))
        #expect(stranger >= .milliseconds(500) && stranger <= .seconds(1), "no longer: else a flood would be a lock")
        #expect(login.wait(for: "a@x.example", from: "198.51.100.1", at: start) == .zero, "known there")
    }

    @Test func anIPv6NetworkIsOneClient() {
        for number in 0..<3 { _ = fail("a@x.example", "2001:db8::\(number)", at: 0) }
        #expect(fail("a@x.example", "2001:db8::ffff", at: 0) == 500)
        #expect(fail("a@x.example", "2001:db8:0:1::1", at: 0) == 0)
    }

    @Test func theRightPasswordClearsTheCount() {
        for _ in 0..<3 { _ = fail("a@x.example", "192.0.2.1", at: 0) }
        let later = start + .seconds(20)
        _ = login.wait(for: "a@x.example", from: "192.0.2.1", at: later)
        login.finished(true, "a@x.example", from: "192.0.2.1", at: later)
        #expect((0..<3).map { _ in fail("a@x.example", "192.0.2.1", at: 40) } == [0, 0, 0])
    }

    @Test func timeForgets() {
        for _ in 0..<3 { _ = fail("a@x.example", "192.0.2.1", at: 0) }
        #expect((0..<2).map { _ in fail("a@x.example", "192.0.2.1", at: 3600) } == [0, 0])
    }

    @Test func itsMemoryIsBounded() throws {
        for number in 0..<30_000 { _ = fail("u\(number)@x.example", "2001:db8:\(String(number, radix: 16))::1", at: 0) }
        #expect(login.state.withLock { $0.records.count } <= 40_010)
        #expect(
            try #require(fail("new@x.example", "192.0.2.1", at: 0)) <= 1000, "a flood costs others a short wait only")
    }

    // MARK: Through the API

    @Test func aWrongLoginIsLoggedInOneLine() throws {
        let api = try TestAPI()
        for name in [TestAPI.admin, "nobody@x.example"] {
            #expect(
                try api.nobody.send(.post, "/api/login", "username=\(name)&password=Wrong-1").word
                    == "INVALID_CREDENTIALS")
        }
        #expect(
            api.reports.lines == [
                "login refused: client=127.0.0.1 account=postmaster@admin.example",
                "login refused: client=127.0.0.1 account=nobody@x.example",
            ])
    }

    @Test func afterThreeWrongLoginsTheAnswerWaits() throws {
        let api = try TestAPI(delaysLogins: true)
        for _ in 0..<3 { _ = try api.nobody.send(.post, "/api/login", "username=a@x.example&password=Wrong-1") }
        let begun = ContinuousClock.now
        #expect(
            try api.nobody.send(.post, "/api/login", "username=a@x.example&password=Wrong-1").word
                == "INVALID_CREDENTIALS")
        #expect(ContinuousClock.now - begun >= .milliseconds(400))
    }
}
