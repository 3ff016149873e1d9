import Gateway
import Storage
import Testing

/// Rights are those of the moment, and what ends them ends sessions: `Contract.md` 3.1, `Security.md` A10 to A13, B16.
struct SessionRightsTests {
    private let api: TestAPI
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        try api.run(
            "INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example'), ('jo@a.example', 'b.example')"
        )
        root = try api.globalAdmin()
    }

    private static let password = "password=Other-5678"

    @Test func aChangedPasswordEndsAllSessions() throws {
        let sessions = [try api.client("jo@a.example"), try api.client("jo@a.example")]
        try root.done(.put, "/api/user/jo@a.example", Self.password)
        for session in sessions { #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED") }
        #expect(try root.send(.get, "/api/domains").isSuccess)
    }

    @Test func whoChangesTheOwnPasswordKeepsThisSessionOnly() throws {
        let one = try api.client("jo@a.example")
        let two = try api.client("jo@a.example")
        try one.done(.put, "/api/user/jo@a.example", Self.password)
        #expect(try one.send(.get, "/api/domains").isSuccess)
        #expect(try two.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func onlyTheNewPasswordLogsIn() throws {
        try root.done(.put, "/api/user/jo@a.example", Self.password)
        #expect(
            try api.nobody.send(.post, "/api/login", "username=jo@a.example&password=\(TestAPI.password)").word
                == "INVALID_CREDENTIALS")
        #expect(try api.nobody.send(.post, "/api/login", "username=jo@a.example&\(Self.password)").isSuccess)
    }

    @Test func aFailedChangeOfThePasswordEndsNothing() throws {
        let session = try api.client("jo@a.example")
        #expect(try root.refusal(.put, "/api/user/jo@a.example", "password=x") != nil)
        #expect(try session.send(.get, "/api/domains").isSuccess)
    }

    @Test func aDisabledMailUserIsLoggedOutForGood() throws {
        let session = try api.client("jo@a.example")
        try root.done(.put, "/api/user/jo@a.example", "accountStatus=disabled")
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
        try api.settle()
        try root.done(.put, "/api/user/jo@a.example", "accountStatus=active")
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aDisabledStandaloneAdminIsLoggedOutForGood() throws {
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let session = try api.client("dan@office.example")
        try api.run("UPDATE admin SET active = 0 WHERE username = 'dan@office.example'")
        for (method, target) in [
            (Method.get, "/api/domains"), (.delete, "/api/user/jo@a.example"), (.post, "/api/logout"),
        ] {
            #expect(try session.refusal(method, target) == "LOGIN_REQUIRED")
        }
        try api.settle()
        try api.run("UPDATE admin SET active = 1 WHERE username = 'dan@office.example'")
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aDeletedStandaloneAdminIsLoggedOut() throws {
        try api.addAdmin("dan@office.example", of: ["a.example"])
        let session = try api.client("dan@office.example")
        try api.run("DELETE FROM admin WHERE username = 'dan@office.example'")
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aDeletedMailUserIsLoggedOutForGood() throws {
        let session = try api.client("jo@a.example")
        try root.done(.delete, "/api/user/jo@a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aDeletedDomainLogsItsAdminsOutForGood() throws {
        let session = try api.client("jo@a.example")
        try root.done(.delete, "/api/domain/a.example")
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example", isAdmin: true)
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aMailUserWithoutRightsIsLoggedOut() throws {
        let session = try api.client("jo@a.example")
        try api.run("UPDATE mailbox SET isadmin = 0")
        #expect(try session.send(.get, "/api/domains").word == "LOGIN_REQUIRED")
    }

    @Test func aWithdrawnDomainIsClosedAtOnce() throws {
        let session = try api.client("jo@a.example")
        #expect(try session.send(.get, "/api/domain/b.example").isSuccess)
        try api.run("UPDATE domain_admins SET active = 0 WHERE domain = 'b.example'")
        #expect(try session.send(.get, "/api/domain/b.example").word == "PERMISSION_DENIED")
        try api.run("DELETE FROM domain_admins WHERE domain = 'a.example'")
        #expect(try session.send(.get, "/api/domain/a.example").word == "PERMISSION_DENIED")
        #expect(try session.send(.get, "/api/domains").data as? [String] == [])
    }

    @Test func aNewDomainIsOpenAtOnce() throws {
        try api.addDomain("c.example")
        let session = try api.client("jo@a.example")
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'c.example')")
        #expect(try session.send(.get, "/api/domain/c.example").isSuccess)
    }

    @Test func theGlobalRightIsReadEveryTime() throws {
        try api.addDomain("c.example")
        let session = try api.client("jo@a.example")
        #expect(try session.send(.get, "/api/domain/c.example").word == "PERMISSION_DENIED")
        try api.run("UPDATE mailbox SET isglobaladmin = 1")
        #expect(try session.send(.get, "/api/domain/c.example").isSuccess)
        try api.run("UPDATE mailbox SET isglobaladmin = 0")
        #expect(try session.send(.get, "/api/domain/c.example").word == "PERMISSION_DENIED")
    }

    @Test func theRightToCreateDomainsIsReadEveryTime() throws {
        let session = try api.client("jo@a.example")
        #expect(try session.refusal(.post, "/api/domain/new.example", "name=New") == "PERMISSION_DENIED")
        try api.run("UPDATE mailbox SET settings = 'create_new_domains:yes;'")
        try session.done(.post, "/api/domain/new.example", "name=New")
    }
}
