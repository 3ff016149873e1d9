import Gateway
import MailStore
import Storage
import Testing
import Threads

/// A lock held by another process: `Security.md` G5.
struct BusyDatabaseTests {
    @Test(arguments: [StoreFile.vmail, .usage])
    func aWriteIsRefusedWithNothingDoneAndReadsGoOn(_ file: StoreFile) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let admin = try api.globalAdmin()
        let other = try api.connection(file, writes: true)
        try other.beginWriting()
        let clock = ContinuousClock()
        let start = clock.now
        var delete = Request(.delete, "/api/user/jo@a.example")
        delete.cookie = admin.cookie
        var read = Request(.get, "/api/user/jo@a.example")
        read.cookie = admin.cookie
        let before = try api.contents() + api.log()
        let answers = try api.sendAtOnce([delete, read])
        #expect(answers[0].body == #"{"_success": false, "_msg": "DATABASE_BUSY"}"#)
        #expect(answers[0].status == .unavailable)
        #expect(answers[0].headers["Retry-After"] != nil)
        #expect(answers[1].isSuccess)
        #expect(clock.now - start < .seconds(7))
        #expect(try api.contents() + api.log() == before)
        other.rollback()
        try admin.done(.delete, "/api/user/jo@a.example")
    }

    /// A lock on one file is no matter of the others: neither of logins, nor of the accounts, nor of the sign of life.
    @Test func othersGoOnWhileOneFileIsLocked() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        let admin = try api.globalAdmin()
        let other = try api.connection(StoreFile.iredapd, writes: true)
        try other.beginWriting()
        let throttles = api.begin((1...6).map { throttle($0, admin) })
        // Each of these is answered while the six wait.
        try admin.done(.post, "/api/user/jo@a.example", "password=\(TestAPI.password)")
        try admin.done(.put, "/api/spampolicy/domain/a.example", "spam_score=5")
        let again = try api.globalAdmin()
        #expect(try again.send(.get, "/api/health").isSuccess)
        #expect(throttles.allSatisfy { $0.count == 0 })
        other.rollback()
        for answers in throttles { #expect(answers.take().first?.isSuccess == true) }
        #expect(try api.rows("SELECT COUNT(*) FROM throttle", in: .iredapd) == ["6"])
    }

    /// They wait together, not one after the other.
    @Test func allThatNeedALockedFileAreRefusedAtTheSameTime() throws {
        let api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        let admin = try api.globalAdmin()
        let other = try api.connection(StoreFile.iredapd, writes: true)
        try other.beginWriting()
        let start = ContinuousClock.now
        let answers = try api.sendAtOnce((1...12).map { throttle($0, admin) })
        // One after the other it would be a minute.
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(answers.allSatisfy { $0.word == "DATABASE_BUSY" && $0.status == .unavailable })
        other.rollback()
        #expect(try api.rows("SELECT COUNT(*) FROM throttle", in: .iredapd) == ["0"])
        try admin.done(.post, "/api/throttle/a.example/inbound", "period=60")
    }

    private func throttle(_ number: Int, _ admin: TestAPI.Client) -> Request {
        let scopes = ["global", "a.example", "b.example"]
        let kind = number % 2 == 0 ? "inbound" : "outbound"
        return admin.request(
            .post, "/api/throttle/\(scopes[(number - 1) / 2 % 3])/\(kind)", "period=60&max_msgs=\(number)")
    }
}
