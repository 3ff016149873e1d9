import Gateway
import MailStore
import Settings
import Storage
import Testing

/// How long a session is good: `Contract.md` 3.3, `Security.md` A9, A15, A24, A25.
struct SessionTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        admin = try api.globalAdmin()
    }

    private func word(after seconds: Int) throws -> String? {
        api.clock.move(by: seconds)
        defer { try? api.settle() }
        return try admin.send(.get, "/api/domains").word
    }

    @Test func nobodyMustLogIn() throws {
        let answer = try api.nobody.send(.get, "/api/domains")
        #expect(answer.body == #"{"_success": false, "_msg": "LOGIN_REQUIRED"}"#)
        #expect(answer.status == .ok)
    }

    @Test func isGoodForThirtyIdleMinutes() throws {
        #expect(try word(after: 1800) == nil)
    }

    @Test func isOverAfterMore() throws {
        #expect(try word(after: 1801) == "LOGIN_REQUIRED")
    }

    @Test func staysOverWhenTheClockIsSetBack() throws {
        #expect(try word(after: 1801) == "LOGIN_REQUIRED")
        #expect(try word(after: -1801) == "LOGIN_REQUIRED")
        #expect(try api.rows("SELECT COUNT(*) FROM sessions", in: .api) == ["0"])
    }

    @Test func everyUseBeginsTheIdleTimeAnew() throws {
        for _ in 0..<5 { #expect(try word(after: 1700) == nil) }
        #expect(try word(after: 1801) == "LOGIN_REQUIRED")
    }

    @Test func aRefusedUseCountsToo() throws {
        api.clock.move(by: 1700)
        #expect(try admin.send(.get, "/api/user/no@a.example").word == "NO_SUCH_ACCOUNT")
        try api.settle()
        #expect(try word(after: 1700) == nil)
    }

    /// Not every use is written down: the idle time may be too long by a thirtieth, and never too short by more.
    @Test func theIdleTimeIsExactToAMinute() throws {
        #expect(try word(after: 59) == nil)
        #expect(try word(after: 1740) == nil)
        #expect(try word(after: 1801) == "LOGIN_REQUIRED")
    }

    @Test func isOverAfterTwelveHoursOfUse() throws {
        for _ in 0..<24 { #expect(try word(after: 1800) == nil) }
        #expect(try word(after: 1) == "LOGIN_REQUIRED")
    }

    @Test(arguments: [(-300, nil), (-301, "LOGIN_REQUIRED"), (-86_400, "LOGIN_REQUIRED")])
    func isRefusedFromTheFuture(_ seconds: Int, _ expected: String?) throws {
        #expect(try word(after: seconds) == expected)
    }

    @Test func theTimeoutIsASetting() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.sessionTimeout, 60))
        #expect(try word(after: 60) == nil)
        #expect(try word(after: 61) == "LOGIN_REQUIRED")
    }

    @Test func anExpiredSessionTakesItsCookieAlong() throws {
        api.clock.move(by: 1801)
        let answer = try admin.send(.get, "/api/domains")
        #expect(answer.headers["Set-Cookie"] == "iRedAdmin=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }

    @Test func survivesARestartWithItsOriginalExpiry() throws {
        api.clock.move(by: 1700)
        try api.restart()
        #expect(try admin.send(.get, "/api/domains").isSuccess)
        try api.settle()
        for _ in 0..<23 { #expect(try word(after: 1800) == nil) }
        try api.restart()
        #expect(try word(after: 101) == "LOGIN_REQUIRED")
    }

    @Test func anExpiredSessionIsNotRevivedByARestart() throws {
        api.clock.move(by: 1801)
        try api.restart()
        #expect(try admin.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test(arguments: ["127.0.0.2", "::1", "192.0.2.1"])
    func endsWhenUsedFromAnotherAddress(_ address: String) throws {
        var moved = admin
        moved.address = address
        #expect(try moved.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        try api.settle()
        #expect(try admin.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func anotherSpellingOfTheAddressIsTheSame() throws {
        var moved = admin
        moved.address = "::ffff:127.0.0.1"
        #expect(try moved.send(.get, "/api/domains").isSuccess)
    }

    @Test func aSettingAllowsAnotherAddress() throws {
        try api.reconfigure(Settings().with(Settings.apiEnabled, true).with(Settings.sessionIgnoresAddressChange, true))
        var moved = admin
        moved.address = "192.0.2.1"
        #expect(try moved.send(.get, "/api/domains").isSuccess)
    }

    @Test func aLogoutEndsItAndTakesTheCookieAlong() throws {
        let answer = try admin.send(.post, "/api/logout")
        #expect(answer.body == Answer.done)
        #expect(answer.headers["Set-Cookie"] == "iRedAdmin=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
        #expect(try admin.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aLogoutEndsNoOtherSession() throws {
        let other = try api.globalAdmin()
        _ = try admin.send(.post, "/api/logout")
        #expect(try other.send(.get, "/api/domains").isSuccess)
    }

    @Test func nobodyCannotLogOut() throws {
        #expect(try api.nobody.send(.post, "/api/logout").word == "LOGIN_REQUIRED")
    }

    @Test func ofMoreThanSixteenTheOldestEnds() throws {
        try api.addAdmin("dan@office.example")
        let dan = try api.client("dan@office.example")
        var sessions = [admin]
        for _ in 0..<16 {
            api.clock.move(by: 1)
            sessions.append(try api.globalAdmin())
        }
        #expect(try sessions[0].send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        for session in sessions.dropFirst() { #expect(try session.send(.get, "/api/domains").isSuccess) }
        #expect(try dan.send(.get, "/api/domains").isSuccess)
    }

    @Test func sixteenLoginsOfOneSecondAreAllGood() throws {
        try api.addAdmin("dan@office.example")
        var sessions: [TestAPI.Client] = []
        for _ in 0..<16 { sessions.append(try api.client("dan@office.example")) }
        for session in sessions { #expect(try session.send(.get, "/api/domains").isSuccess) }
    }
}
