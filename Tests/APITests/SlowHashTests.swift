import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Storage
import Testing

/// Slow schemes: the hash is computed in the pool, between admission and change (`Performance.md` 11 and 12,
/// `Security.md` A19, F1).
struct SlowHashTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI(Settings().with(Settings.defaultPasswordScheme, "BCRYPT"), slowHashes: true)
        try api.addDomain("a.example")
        admin = try api.globalAdmin()
    }

    private func create(_ local: String) -> Request {
        var request = Request(.post, "/api/user/\(local)@a.example")
        request.cookie = admin.cookie
        request.body = Array("password=Other-5678".utf8)
        return request
    }

    @Test func anAdminOfASlowSchemeLogsIn() throws {
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(TestAPI.password), .bcrypt)
        try api.run("UPDATE admin SET password = \(hash)")
        #expect(try api.globalAdmin().send(.get, "/api/domains").isSuccess)
        #expect(
            try api.nobody.send(.post, "/api/login", "username=\(TestAPI.admin)&password=Wrong-1234").word
                == "INVALID_CREDENTIALS")
    }

    @Test func aNewUserIsStoredInTheSlowScheme() throws {
        try admin.done(.post, "/api/user/jo@a.example", "password=Other-5678")
        let stored = try #require(try api.rows("SELECT password FROM mailbox").first)
        #expect(stored.hasPrefix("{CRYPT}$2b$10$"))
        #expect(StoredPassword(stored).verifies(Secret("Other-5678")))
        #expect(try api.rows("SELECT COUNT(*) FROM forwardings") == ["1"])
        #expect(try api.log().count { $0.hasPrefix("create|") } == 1)
    }

    @Test func aNewPasswordIsStoredInTheSlowScheme() throws {
        try api.addMailbox("jo@a.example")
        try admin.done(.put, "/api/user/jo@a.example", "name=Jo&password=Other-5678")
        let stored = try #require(try api.rows("SELECT password FROM mailbox").first)
        #expect(StoredPassword(stored).verifies(Secret("Other-5678")))
        #expect(try api.rows("SELECT name FROM mailbox") == ["Jo"])
    }

    @Test(arguments: [(72, nil), (73, "PW_GREATER_THAN_MAX_LENGTH")])
    func noPasswordIsCut(_ length: Int, _ word: String?) throws {
        let password = "Secret-1" + String(repeating: "x", count: length - 8)
        #expect(try admin.send(.post, "/api/user/jo@a.example", "password=\(password)").word == word)
    }

    @Test func aRefusalIsFoundBeforeTheSlowWork() throws {
        try api.addMailbox("jo@a.example")
        #expect(try admin.refusal(.post, "/api/user/jo@a.example", "password=Other-5678") == "ALREADY_EXISTS")
        #expect(try admin.refusal(.post, "/api/user/new@a.example", "password=x") != nil)
        #expect(try admin.refusal(.put, "/api/user/no@a.example", "password=Other-5678") == "NO_SUCH_ACCOUNT")
    }

    @Test func ofTwoCreatesOfOneAddressOneIsRefused() throws {
        let answers = try api.sendAtOnce([create("jo"), create("jo"), create("jo")])
        #expect(answers.count(where: \.isSuccess) == 1)
        #expect(answers.compactMap(\.word) == ["ALREADY_EXISTS", "ALREADY_EXISTS"])
    }

    @Test func theLimitHoldsAlsoForManyAtOnce() throws {
        try api.run("UPDATE domain SET mailboxes = 2")
        let answers = try api.sendAtOnce((1...6).map { create("u\($0)") })
        #expect(answers.count(where: \.isSuccess) == 2)
        #expect(answers.compactMap(\.word) == Array(repeating: "EXCEEDED_DOMAIN_ACCOUNT_LIMIT", count: 4))
        #expect(try api.rows("SELECT COUNT(*) FROM mailbox") == ["2"])
    }

    @Test func moreWorkThanTheQueueHoldsIsRefusedAndNothingIsDone() throws {
        let answers = try api.sendAtOnce((1...40).map { create("u\($0)") })
        let refused = answers.filter { !$0.isSuccess }
        #expect(refused.count >= 40 - 16 - 8)
        for answer in refused {
            #expect(answer.status == .unavailable)
            #expect(answer.headers["Retry-After"] != nil)
        }
        #expect(try api.rows("SELECT COUNT(*) FROM mailbox") == ["\(40 - refused.count)"])
        #expect(try api.rows("SELECT COUNT(*) FROM log WHERE event = 'create'") == ["\(40 - refused.count)"])
    }

    @Test func readsGoOnWhileThePoolIsFull() throws {
        var requests = (1...20).map { create("u\($0)") }
        var read = Request(.get, "/api/domains")
        read.cookie = admin.cookie
        requests.append(read)
        #expect(try api.sendAtOnce(requests).last?.isSuccess == true)
    }

    /// An account that does not exist, or whose own hash is fast, must not be told by the time a login takes.
    @Test(arguments: ["nobody@nowhere.example", TestAPI.admin, "jo@a.example"])
    func everyLoginAsksForTheSameSlowWork(_ username: String) throws {
        try api.addMailbox("jo@a.example")
        var request = Request(.post, "/api/login")
        request.body = Array("username=\(username)&password=Wrong-1234".utf8)
        let answers = try api.sendAtOnce(Array(repeating: request, count: 30))
        #expect(answers.contains { $0.status == .unavailable })
        #expect(answers.filter { $0.status == .ok }.allSatisfy { $0.word == "INVALID_CREDENTIALS" })
    }

    @Test func anOverloadedLoginIsRefusedWithoutASession() throws {
        var request = Request(.post, "/api/login")
        request.body = Array("username=\(TestAPI.admin)&password=\(TestAPI.password)".utf8)
        let answers = try api.sendAtOnce(Array(repeating: request, count: 30))
        let refused = answers.filter { !$0.isSuccess }
        #expect(!refused.isEmpty)
        #expect(refused.allSatisfy { $0.status == .unavailable && $0.cookie == nil })
        #expect(try api.rows("SELECT COUNT(*) FROM log WHERE event = 'login'") == ["\(1 + 30 - refused.count)"])
    }
}
