import Gateway
import Storage
import Testing

/// A browser that sends a form of another site with the session's cookie: `Security.md` D7.
struct CrossSiteTests {
    private func request(_ api: TestAPI, _ change: (inout Request) -> Void) throws -> Request {
        var request = Request(.post, "/api/domain/a.example?name=A")
        request.cookie = try api.globalAdmin().cookie
        request.host = "mail.example"
        change(&request)
        return request
    }

    @Test(arguments: [
        "https://evil.example", "http://mail.example.evil.example", "https://mail.example:8443", "https://mail.exampl",
        "null", "",
        "mail.example", "https://evil.example/mail.example", "https://mail.example@evil.example",
    ])
    func anotherOriginIsRefused(_ origin: String) throws {
        let api = try TestAPI()
        let request = try request(api) { $0.origin = origin }
        #expect(try api.refusal { try api.send(request) }.word == "PERMISSION_DENIED")
    }

    @Test(arguments: ["cross-site", "same-site"])
    func aFetchFromAnotherSiteIsRefused(_ site: String) throws {
        let api = try TestAPI()
        let request = try request(api) { $0.fetchSite = site }
        #expect(try api.refusal { try api.send(request) }.word == "PERMISSION_DENIED")
    }

    @Test func anOriginWithoutAHostIsRefused() throws {
        let api = try TestAPI()
        let request = try request(api) { (request) in
            request.host = nil
            request.origin = "https://mail.example"
        }
        #expect(try api.refusal { try api.send(request) }.word == "PERMISSION_DENIED")
    }

    @Test(arguments: ["https://mail.example", "http://mail.example", "https://MAIL.example"])
    func theOwnOriginIsServed(_ origin: String) throws {
        let api = try TestAPI()
        let request = try request(api) { (request) in
            request.origin = origin
            request.fetchSite = "same-origin"
        }
        #expect(try api.send(request).body == Answer.done)
    }

    @Test func theHostIsComparedInLowerCase() throws {
        let api = try TestAPI()
        let request = try request(api) { (request) in
            request.host = "Mail.Example"
            request.origin = "https://mail.example"
        }
        #expect(try api.send(request).body == Answer.done)
    }

    @Test(arguments: [nil, "none", "same-origin"])
    func aClientThatIsNoBrowserIsServed(_ site: String?) throws {
        let api = try TestAPI()
        let request = try request(api) { $0.fetchSite = site }
        #expect(try api.send(request).body == Answer.done)
    }

    @Test func aLoginFromAnotherSiteIsRefused() throws {
        let api = try TestAPI()
        var request = Request(.post, "/api/login")
        request.body = Array("username=\(TestAPI.admin)&password=\(TestAPI.password)".utf8)
        request.host = "mail.example"
        request.origin = "https://evil.example"
        let answer = try api.refusal { try api.send(request) }
        #expect(answer.word == "PERMISSION_DENIED")
        #expect(answer.cookie == nil)
    }

    @Test(arguments: [Method.put, .delete])
    func everyWritingMethodIsChecked(_ method: Method) throws {
        let api = try TestAPI()
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        var request = Request(method, "/api/user/jo@a.example?name=Jo")
        request.cookie = try api.globalAdmin().cookie
        request.fetchSite = "cross-site"
        #expect(try api.refusal { try api.send(request) }.word == "PERMISSION_DENIED")
    }
}
