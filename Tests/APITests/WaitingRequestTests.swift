import Gateway
import MailStore
import Settings
import Storage
import Testing

/// Requests that have waited, for a change of their whole domain or for a locked file: they are answered as others are.
struct WaitingRequestTests {
    private static let login = "username=\(TestAPI.admin)&password=\(TestAPI.password)"

    private func makeAPI(_ settings: Settings = Settings()) throws -> TestAPI {
        let api = try TestAPI(settings)
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        return api
    }

    /// The answers to requests that come while all of the domain is being changed, and wait until that is done.
    private func answers(_ api: TestAPI, to requests: [Request], atWriter count: Int) throws -> [Answer] {
        try api.run("INSERT INTO long_changes (domain, kind) VALUES ('a.example', 'update')")
        let begun = try api.holdingWriter(until: count) { api.begin(requests) }
        return try begun.map(api.answer)
    }

    /// More than the pool has room for.
    @Test func aBadFormIsToldHoweverManyWait() throws {
        let api = try makeAPI()
        let admin = try api.globalAdmin()
        let requests = (0..<100).map { _ in admin.request(.put, "/api/user/jo@a.example", "quota=nonsense") }
        let answers = try answers(api, to: requests, atWriter: 1)
        #expect(answers.allSatisfy { $0.word == "INVALID_PARAMETER" && $0.status == .ok })
    }

    @Test func soIsWhatNeedsNoSlowWorkAfterAll() throws {
        let api = try makeAPI(Settings().with(Settings.defaultPasswordScheme, "BCRYPT"))
        let admin = try api.globalAdmin()
        let requests = (0..<100).map { _ in
            admin.request(.post, "/api/user/jo@a.example", "password=\(TestAPI.password)")
        }
        let answers = try answers(api, to: requests, atWriter: 1)
        #expect(answers.allSatisfy { $0.word == "ALREADY_EXISTS" })
    }

    /// Whoever answers is waited for by others, and sends 4 KiB at most.
    @Test func theNameOfAnUnknownParameterIsCut() throws {
        let api = try makeAPI()
        var admin = try api.globalAdmin()
        admin.isStrict = true
        let name = String(repeating: "e" + String(repeating: "%CC%81", count: 29), count: 255)
        let request = admin.request(.put, "/api/user/jo@a.example", "\(name)=1")
        let answer = try answers(api, to: [request], atWriter: 1)[0]
        #expect(answer.word == "INVALID_PARAMETER" && answer.body.utf8.count < 1000)
        #expect(answer.body.contains("_param"))
    }

    /// The browser has got another cookie since it sent the request.
    @Test func whoHasLoggedInAnewStaysLoggedIn() throws {
        let api = try makeAPI()
        let admin = try api.globalAdmin()
        let requests = [
            admin.request(.put, "/api/user/jo@a.example", "language=fr_FR"),
            admin.request(.post, "/api/login", Self.login),
        ]
        let answers = try answers(api, to: requests, atWriter: 2)
        #expect(answers[0].word == "LOGIN_REQUIRED" && answers[0].cookie == nil)
        #expect(answers[1].isSuccess && answers[1].cookie != nil)
    }

    /// Else a password could be found out that way, without a login in the log.
    @Test func aLockedFileDoesNotTellRightPasswordsFromWrongOnes() throws {
        let api = try makeAPI()
        let other = try api.connection(StoreFile.vmail, writes: true)
        try other.beginWriting()
        let forms = [Self.login, "username=\(TestAPI.admin)&password=Wrong-1234"]
        let answers = try api.begin(forms.map { api.nobody.request(.post, "/api/login", $0) }).map(api.answer)
        #expect(answers.map(\.word) == ["DATABASE_BUSY", "DATABASE_BUSY"])
        other.rollback()
        #expect(api.reports.lines.count { $0.hasPrefix("login refused: ") } == 1)
    }

    /// They share a transaction with others, and leave nothing in it.
    @Test func dryRunsAmongChangesDisturbNone() throws {
        let api = try makeAPI()
        let admin = try api.globalAdmin()
        let begun = try api.holdingWriter {
            api.begin([admin.request(.put, "/api/user/jo@a.example", "name=Kept")])
                + api.begin(
                    [admin.request(.post, "/api/logout"), admin.request(.delete, "/api/user/jo@a.example")],
                    isDryRun: true)
                + api.begin([admin.request(.put, "/api/user/jo@a.example", "language=de_DE")])
        }
        #expect(try begun.map(api.answer).allSatisfy(\.isSuccess))
        #expect(try api.rows("SELECT name || ' ' || language FROM mailbox") == ["Kept de_DE"])
        #expect(try admin.send(.get, "/api/domains").isSuccess)
    }
}
