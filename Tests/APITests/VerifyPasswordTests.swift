import Gateway
import MailStore
import Storage
import Testing

/// `POST /api/verify_password/…`: `Contract.md` 6.3, 8.3.
struct VerifyPasswordTests {
    private let api: TestAPI
    private let root: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addMailbox("off@a.example", active: false)
        try api.addAdmin("dan@office.example")
        try api.run(
            "INSERT INTO admin (username, password, active) VALUES ('off@office.example', '{PLAIN}Secret-1234', 0)")
        root = try api.globalAdmin()
    }

    @Test(arguments: [
        "user/jo@a.example", "user/JO@a.example", "user/off@a.example", "admin/dan@office.example",
        "admin/off@office.example",
    ])
    func knowsTheRightPassword(_ account: String) throws {
        let before = try api.contents()
        try root.done(.post, "/api/verify_password/\(account)", "password=Secret-1234")
        #expect(try api.contents() == before)
    }

    @Test(arguments: [
        ("user/jo@a.example", "password=secret-1234", "INVALID_CREDENTIALS"),
        ("admin/dan@office.example", "password=x", "INVALID_CREDENTIALS"),
        ("user/jo@a.example", "password=", "EMPTY_PASSWORD"), ("user/jo@a.example", "", "EMPTY_PASSWORD"),
        ("admin/dan@office.example", "password=", "EMPTY_PASSWORD"),
        ("user/no@a.example", "password=x", "NO_SUCH_ACCOUNT"),
        ("user/dan@office.example", "password=Secret-1234", "NO_SUCH_ACCOUNT"),
        ("admin/jo@a.example", "password=Secret-1234", "NO_SUCH_ACCOUNT"),
        ("admin/no@office.example", "password=x", "NO_SUCH_ACCOUNT"), ("user/bogus", "password=x", "INVALID_MAIL"),
    ])
    func refuses(_ account: String, _ form: String, _ word: String) throws {
        #expect(try root.refusal(.post, "/api/verify_password/\(account)", form) == word)
    }

    /// Nothing is changed, so a locked or damaged file is no reason to wait.
    @Test func theWriterHasNothingToDoWithIt() throws {
        api.writer.stop()
        try root.done(.post, "/api/verify_password/user/jo@a.example", "password=Secret-1234")
        let wrong = "/api/verify_password/admin/dan@office.example"
        #expect(try root.refusal(.post, wrong, "password=x") == "INVALID_CREDENTIALS")
    }

    @Test func theStoredTextIsNoPassword() throws {
        let stored = try #require(try api.rows("SELECT password FROM mailbox WHERE username = 'jo@a.example'").first)
        let sent = stored.replacing("+", with: "%2B").replacing("=", with: "%3D")
        #expect(
            try root.refusal(.post, "/api/verify_password/user/jo@a.example", "password=\(sent)")
                == "INVALID_CREDENTIALS")
    }

    @Test(arguments: ["", "{UNKNOWN}x", "{SSHA512}", "{CRYPT}", "garbage", "Secret-1234"])
    func aHashNobodyCanReadMatchesNothing(_ stored: String) throws {
        try api.run("UPDATE mailbox SET password = \(stored)")
        #expect(
            try root.refusal(.post, "/api/verify_password/user/jo@a.example", "password=Secret-1234")
                == "INVALID_CREDENTIALS")
    }

    /// Guessing through it costs what guessing at the login does: `Security.md` A23.
    @Test func aWrongOneIsToldToTheOperatorAndCountsAsAWrongLogin() throws {
        let api = try TestAPI(delaysLogins: true)
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        let root = try api.globalAdmin()
        for _ in 0..<3 {
            let word = try root.refusal(.post, "/api/verify_password/user/jo@a.example", "password=Wrong-1")
            #expect(word == "INVALID_CREDENTIALS")
        }
        let line = "login refused: client=127.0.0.1 account=jo@a.example"
        #expect(api.reports.lines == [line, line, line])
        for target in ["/api/login", "/api/verify_password/user/jo@a.example"] {
            let begun = ContinuousClock.now
            let answer = try root.send(.post, target, "username=jo@a.example&password=Wrong-1")
            #expect(answer.word == "INVALID_CREDENTIALS")
            #expect(ContinuousClock.now - begun >= .milliseconds(400), "\(target)")
        }
    }

    @Test func keepsTheCallersSession() throws {
        try root.done(.post, "/api/verify_password/user/jo@a.example", "password=Secret-1234")
        try #expect(root.send(.get, "/api/domains").isSuccess)
    }
}
