import Gateway
import MailStore
import Storage
import Support
import Testing

/// Requests that reach one worker together, of different people: each gets what it would get alone.
struct RequestGroupTests {
    private let api: TestAPI
    private let admin: TestAPI.Client
    private let own: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        for domain in ["a.example", "b.example"] {
            for name in ["jo", "al", "zoe"] { try api.addMailbox("\(name)@\(domain)") }
        }
        try api.addAdmin("own@office.example", of: ["a.example"])
        admin = try api.globalAdmin()
        own = try api.client("own@office.example")
    }

    private static let paths = [
        "/api/user/jo@a.example", "/api/user/jo@b.example", "/api/user/nobody@a.example", "/api/user/bad",
        "/api/user/jo@gone.example", "/api/user/zoe@a.example?x=1", "/api/domain/a.example", "/api/users/a.example",
        "/api/user/al@b.example", "/api/nothing", "/api/user/jo@a.example",
    ]

    /// Without a session, with one that nobody has, and with one that has ended.
    private func clients() throws -> [TestAPI.Client] {
        let former = try api.client("own@office.example")
        try former.done(.post, "/api/logout")
        var stranger = former
        stranger.cookie = "session_id=" + String(repeating: "a", count: 43)
        var nobody = former
        nobody.cookie = ""
        return [admin, own, former, stranger, nobody]
    }

    /// With files nothing is gained.
    @Test func onlyAtAServerRequestsJoin() throws {
        let isServer = if case .server = api.place { true } else { false }
        let paths = ["/api/user/jo@a.example": true, "/api/users/a.example": false, "/api/nothing": true]
        for (path, isQuick) in paths {
            #expect(api.joins(admin.request(.get, path)) == (isServer && isQuick))
        }
        #expect(api.joins(admin.request(.post, "/api/user/x@a.example", "password=Secret-1234")) == isServer)
    }

    @Test func eachReadGetsWhatItWouldGetAlone() throws {
        let requests = try clients().flatMap { client in Self.paths.map { client.request(.get, $0) } }
        let alone = try requests.map { try api.send($0) }
        #expect(Set(alone.map { $0.word ?? "" }).count >= 5)
        var numbers = SeededNumbers(seed: 7)
        for count in [2, 3, 15, 16, 17, 40, requests.count] {
            let chosen = requests.indices.shuffled(using: &numbers).prefix(count)
            let together = try api.sendAtOnce(chosen.map { requests[$0] })
            for (index, answer) in zip(chosen, together) {
                #expect(answer.body == alone[index].body)
                #expect(answer.headers == alone[index].headers)
                #expect(answer.status == alone[index].status)
            }
        }
    }

    @Test func whatWasTakenAwayBeforeDoesNotCount() throws {
        let read = own.request(.get, "/api/user/jo@a.example")
        #expect(try api.sendAtOnce([read, read]).allSatisfy(\.isSuccess))
        try api.run("DELETE FROM domain_admins WHERE username = 'own@office.example'")
        let words = try api.sendAtOnce([read, admin.request(.get, "/api/user/jo@a.example"), read]).map(\.word)
        #expect(words == ["PERMISSION_DENIED", nil, "PERMISSION_DENIED"])
        try api.run("UPDATE admin SET active = 0 WHERE username = 'own@office.example'")
        #expect(try api.sendAtOnce([read, read]).allSatisfy { $0.word == "LOGIN_REQUIRED" })
    }

    /// Sends requests whose changes are one group of the writer, too.
    private func oneGroup(_ requests: [Request]) throws -> [Answer] {
        let changes = requests.count { $0.method != .get }
        return try api.holdingWriter(until: changes) { api.begin(requests) }.map { try api.answer(from: $0) }
    }

    @Test func changesAndReadsComeTogether() throws {
        let requests = (0..<24).flatMap { number in
            [
                admin.request(.post, "/api/user/new\(number)@a.example", "name=X&password=Secret-1234"),
                own.request(.get, "/api/user/al@a.example"),
                own.request(.post, "/api/user/new\(number)@b.example", "name=X&password=Secret-1234"),
                admin.request(.put, "/api/user/al@a.example", "name=N\(number)"),
            ]
        }
        for (number, answer) in try oneGroup(requests).enumerated() {
            #expect(answer.word == (number % 4 == 2 ? "PERMISSION_DENIED" : nil))
        }
        #expect(try api.rows("SELECT count(*) FROM mailbox WHERE domain = 'a.example'") == ["27"])
        #expect(try api.rows("SELECT name FROM mailbox WHERE username = 'al@a.example'") == ["N23"])
        #expect(try api.rows("SELECT count(*) FROM log WHERE event = 'create' AND username LIKE 'new%'") == ["24"])
    }

    /// One job of a group is refused by the rows of the one before it, which it may have been told of too early.
    @Test func jobsOfAGroupSeeEachOther() throws {
        let create = admin.request(.post, "/api/user/new@a.example", "name=X&password=Secret-1234")
        let delete = admin.request(.delete, "/api/user/new@a.example")
        let words = try oneGroup([create, create, delete, create, delete, delete, create]).map(\.word)
        #expect(words == [nil, "ALREADY_EXISTS", nil, nil, nil, "NO_SUCH_ACCOUNT", nil])
        let logout = own.request(.post, "/api/logout")
        let late = own.request(.post, "/api/user/late@a.example", "name=X&password=Secret-1234")
        let outcomes = try oneGroup([late, logout, late, late])
        #expect(outcomes.map(\.word) == [nil, nil, "LOGIN_REQUIRED", "LOGIN_REQUIRED"])
        #expect(try api.sendAtOnce([late, late]).allSatisfy { $0.word == "LOGIN_REQUIRED" })
    }
}
