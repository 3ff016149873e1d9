import Foundation
import Gateway
import Storage
import Testing

/// Which lines of `GET /api/log` a normal admin is shown: what concerns his domains since they are what they are.
struct LogScopeTests {
    private let api: TestAPI
    private let root: TestAPI.Client
    private let dan: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        root = try api.globalAdmin()
        dan = try api.client("dan@office.example")
    }

    private func messages(_ query: String) throws -> [String] {
        try (dan.send(.get, "/api/log?\(query)").data as? [[String: Any]] ?? []).compactMap { $0["msg"] as? String }
    }

    private func pass(_ seconds: Int) { api.clock.move(by: seconds) }

    @Test func loginsOfStandaloneAdminsAreOfNoDomain() throws {
        try api.addAdmin("bob@a.example")
        _ = try api.client("bob@a.example")
        #expect(try api.rows("SELECT domain FROM log WHERE username = 'bob@a.example'") == [""])
        #expect(try messages("domain=a.example") == [])
    }

    @Test func olderLinesOfTheirLoginsAreNotShown() throws {
        try api.addAdmin("bob@a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        for name in ["bob", "gone", "jo"] {
            try api.run(
                """
                INSERT INTO log (timestamp, admin, ip, domain, username, event, msg)
                VALUES ('2026-01-01 00:00:00', \("\(name)@a.example"), '192.0.2.7', 'a.example', \("\(name)@a.example"),
                        'login', \("[API] Login: \(name)@a.example."))
                """)
        }
        #expect(try messages("domain=a.example") == ["[API] Login: jo@a.example."])
        #expect(try messages("event=login") == ["[API] Login: jo@a.example."])
    }

    /// After a tenant is gone, his successor reads nothing of him, not even of the same second.
    @Test(arguments: [0, 1])
    func aFormerTenantsLinesStayHidden(_ pause: Int) throws {
        try root.done(.post, "/api/domain/tenant.example", "name=Tenant")
        try root.done(.post, "/api/user/jo@tenant.example", "name=Secret&password=Secret-1234")
        pass(pause)
        try root.done(.delete, "/api/domain/tenant.example")
        pass(pause)
        try root.done(.post, "/api/domain/tenant.example", "name=Next")
        try root.done(.put, "/api/domain/admins/tenant.example", "addAdmin=dan@office.example")
        pass(1)
        try root.done(.put, "/api/domain/tenant.example", "name=Later")
        try dan.done(.put, "/api/domain/tenant.example", "name=Mine")
        let shown = try messages("domain=tenant.example")
        #expect(shown.prefix(2) == ["[API] Update domain: tenant.example.", "[API] Update domain: tenant.example."])
        #expect(shown.count == 2)
        #expect(try !dan.send(.get, "/api/log").body.contains("Secret"))
    }

    @Test func ofAWaitingDomainOnesOwnLinesOnly() throws {
        pass(1)
        try dan.done(.post, "/api/domain/new.example", "name=New")
        pass(1)
        try root.done(.put, "/api/domain/new.example", "name=Root")
        try dan.done(.put, "/api/domain/new.example", "name=Dan")
        #expect(
            try messages("domain=new.example") == [
                "[API] Update domain: new.example.", "[API] Create domain: new.example.",
            ])
        try root.done(.put, "/api/domain/new.example", "accountStatus=active")
        #expect(try messages("domain=new.example").count == 4)
    }
}
