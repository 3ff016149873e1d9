import Foundation
import Gateway
import MailStore
import PasswordHash
import Settings
import Storage
import Testing

/// A dry run: applied, undone, and answered with what it would have changed.
struct DryRunTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        admin = try api.globalAdmin()
    }

    /// What the answer to a dry run names: `table key`, and `others` for what it has no room for.
    private func changes(_ method: Method, _ target: String, _ form: String? = nil) throws -> [String] {
        let before = try api.contents() + api.log()
        let answer = try api.dryRun(admin.request(method, target, form))
        #expect(try api.contents() + api.log() == before, "nothing stays")
        #expect(answer.isSuccess && answer.body.utf8.count < 4096)
        let envelope = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        let data = try #require(envelope?["_data"] as? [[String: Any]])
        return data.map { entry in
            entry["others"] == nil ? "\(entry["table"] ?? "") \(entry["key"] ?? "")" : "others"
        }
    }

    @Test func aNewUserIsTold() throws {
        let form = "name=New&password=\(TestAPI.password)"
        let told = try changes(.post, "/api/user/new@a.example", form)
        #expect(told.count == 2 && told[0] == "mailbox new@a.example" && told[1].hasPrefix("forwardings "))
        try admin.done(.post, "/api/user/new@a.example", form)
    }

    @Test func soIsAChange() throws {
        let answer = try api.dryRun(admin.request(.put, "/api/user/jo@a.example", "name=Jo+New&password=Other-5678"))
        #expect(answer.body.contains(#""name": "Jo New""#))
        #expect(answer.body.contains(#""password": "***""#) && !answer.body.contains("SSHA"))
        #expect(try api.client(TestAPI.admin).send(.get, "/api/user/jo@a.example").body.contains("Jo New") == false)
    }

    @Test func nothingIsToldOfNothing() throws {
        #expect(try changes(.put, "/api/user/jo@a.example", "") == [])
    }

    /// Of a domain's deletion only the first turn is made.
    @Test func aDeletionOfADomainLeavesItThere() throws {
        #expect(try changes(.delete, "/api/domain/a.example").contains("domain a.example"))
        #expect(try api.rows("SELECT COUNT(*) FROM long_changes") == ["0"])
        #expect(try admin.send(.get, "/api/user/jo@a.example").isSuccess)
    }

    @Test func aLongListIsCutToFitTheAnswer() throws {
        let members = (0..<60).map { "m\($0)-\(String(repeating: "x", count: 40))@b.example" }.joined(separator: ",")
        let told = try changes(.post, "/api/alias/all@a.example", "members=\(members)")
        #expect(told.last == "others" && told.count > 5)
    }

    @Test func aRefusalIsARefusal() throws {
        let answer = try api.dryRun(admin.request(.post, "/api/user/jo@a.example", "password=\(TestAPI.password)"))
        #expect(answer.word == "ALREADY_EXISTS")
    }

    @Test func aReadIsARead() throws {
        let answer = try api.dryRun(admin.request(.get, "/api/user/jo@a.example"))
        #expect(answer.body.contains(#""username": "jo@a.example""#))
    }

    @Test func soIsACheck() throws {
        let answer = try api.dryRun(
            admin.request(.post, "/api/verify_password/user/jo@a.example", "password=\(TestAPI.password)"))
        #expect(answer.body == #"{"_success": true}"#)
    }

    @Test func slowWorkIsDoneAsWell() throws {
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.defaultPasswordScheme, "BCRYPT"))
        #expect(try changes(.put, "/api/user/jo@a.example", "password=Other-5678") == ["mailbox jo@a.example"])
    }

    @Test func nobodyIsLoggedIn() throws {
        let answer = try api.dryRun(
            api.nobody.request(.post, "/api/login", "username=\(TestAPI.admin)&password=\(TestAPI.password)"))
        #expect(answer.isSuccess && answer.cookie == nil)
        #expect(try api.rows("SELECT COUNT(*) FROM sessions", in: .api) == ["1"])
    }
}

extension TestAPI {
    /// The answer to a dry run of one request.
    func dryRun(_ request: Request) throws -> Answer {
        try answer(from: begin([request], isDryRun: true)[0])
    }
}
