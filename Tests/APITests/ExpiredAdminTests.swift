import Gateway
import Storage
import Testing

/// An admin whose `expired` has come is none, whoever set it: `Security.md` A11. The clock shows 2026-01-31 23:59:59.
struct ExpiredAdminTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        try api.addAdmin("dan@office.example", of: ["a.example"])
    }

    private func expire(_ time: String) throws {
        try api.run("UPDATE admin SET expired = \(time) WHERE username = 'dan@office.example'")
        try api.run("UPDATE mailbox SET expired = \(time)")
    }

    @Test(
        arguments: ["dan@office.example", "jo@a.example"],
        ["2026-01-31 23:59:59", "2025-12-31 00:00:00"] + (NewState.isOnServer ? [] : [""]))
    func theNextRequestIsRefusedAndTheSessionIsOver(_ name: String, _ time: String) throws {
        let session = try api.client(name)
        #expect(try session.send(.get, "/api/domain/a.example").isSuccess)
        try expire(time)
        #expect(try session.refusal(.put, "/api/domain/a.example", "name=X") == "LOGIN_REQUIRED")
        try api.settle()
        try expire("9999-12-31 00:00:00")
        #expect(try session.send(.get, "/api/domain/a.example").word == "LOGIN_REQUIRED", "ended for good")
    }

    @Test func theLoginIsRefusedLikeThatOfNobody() throws {
        try expire("2026-01-31 23:59:59")
        let unknown = try api.nobody.send(.post, "/api/login", "username=no@office.example&password=Secret-1234")
        #expect(unknown.word == "INVALID_CREDENTIALS")
        for name in ["dan@office.example", "jo@a.example"] {
            let answer = try api.nobody.send(.post, "/api/login", "username=\(name)&password=Secret-1234")
            #expect(answer.body == unknown.body && answer.headers == unknown.headers)
        }
    }

    @Test func untilThenNothingIsDifferent() throws {
        try expire("2026-02-01 00:00:00")
        for name in ["dan@office.example", "jo@a.example"] {
            let session = try api.client(name)
            #expect(try session.send(.get, "/api/domain/a.example").isSuccess)
        }
        api.clock.move(by: 1)
        #expect(throws: NoAnswer.self) { try api.client("dan@office.example") }
    }

    @Test func anExpiredGlobalAdminIsNoOther() throws {
        try api.addMailbox("root@a.example", isAdmin: true, isGlobalAdmin: true)
        try api.run("UPDATE mailbox SET expired = '2026-01-01 00:00:00' WHERE username = 'root@a.example'")
        let last = try api.globalAdmin()
        for (method, form) in [(Method.put, "isGlobalAdmin=no"), (.put, "accountStatus=disabled"), (.delete, nil)] {
            #expect(try last.refusal(method, "/api/admin/\(TestAPI.admin)", form) == "PERMISSION_DENIED")
        }
        try api.run("UPDATE mailbox SET expired = '9999-12-31 00:00:00' WHERE username = 'root@a.example'")
        try last.done(.put, "/api/admin/\(TestAPI.admin)", "isGlobalAdmin=no")
    }
}
