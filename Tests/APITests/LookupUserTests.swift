@testable import API
import Gateway
import Testing

/// The user as whom the tools run that read the DNS: whoever takes over such a process can do this much and no more.
struct LookupUserTests {
    private static let tool: UInt32 = 64_990

    private let api: TestAPI
    private let cookie: String

    init() throws {
        api = try TestAPI(lookupUsers: [Self.tool])
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        cookie = try #require(try api.globalAdmin().cookie)
    }

    private static func sample(_ route: Route) -> Request {
        let target = route.path.split(separator: "/").map { piece in
            switch piece {
            case "<domain>": "/a.example"
            case "<mail>": "/jo@a.example"
            case "<new_mail>": "/new@a.example"
            default: piece.hasPrefix("<") ? "/1" : "/\(piece)"
            }
        }.joined()
        var request = Request(route.method, target)
        request.peer = tool
        return request
    }

    @Test func theseRoutesAreItsOwn() {
        let own = API.allRoutes.filter { $0.access == .lookup }.map { "\($0.method.text) \($0.path)" }
        let claims = API.allRoutes.filter { $0.path.hasPrefix("/postern/domain_claims") }
        #expect(
            Set(own)
                == Set(
                    [
                        "GET /postern/spf_domains", "PUT /postern/spf_senders", "DELETE /postern/spf_senders",
                    ] + claims.map { "\($0.method.text) \($0.path)" }))
    }

    @Test func itUsesThem() throws {
        for route in API.allRoutes where route.access == .lookup && route.method == .get {
            var request = Self.sample(route)
            request.isFromOperator = true
            #expect(try api.send(request).isSuccess, "\(route.path)")
        }
        var request = Request(.delete, "/postern/spf_senders")
        (request.peer, request.isFromOperator) = (Self.tool, true)
        #expect(try api.send(request).isSuccess)
    }

    @Test func asOperatorItIsRefusedEverythingElse() throws {
        for route in API.allRoutes where route.access != .lookup {
            var request = Self.sample(route)
            request.isFromOperator = true
            try expectRefusal(request)
        }
    }

    /// Its own routes too: to a web server they do not exist.
    @Test func asAWebServerItIsRefusedWithAndWithoutASession() throws {
        for route in API.allRoutes {
            var request = Self.sample(route)
            try expectRefusal(request)
            request.cookie = cookie
            try expectRefusal(request)
        }
        let nobodyElse = try api.send(TestAPI.Client(api: api, cookie: cookie).request(.get, "/api/domains"))
        #expect(nobodyElse.isSuccess, "the session was good, and still is")
    }

    /// Nothing is done, and nothing is learned from the answer.
    private func expectRefusal(_ request: Request) throws {
        let before = try api.contents()
        #expect(try api.send(request).word == "NOT_AUTHORIZED", "\(request.method.text) \(request.target)")
        #expect(try api.contents() == before)
    }

    @Test func theSecretOfTheGateOpensNothingForIt() throws {
        let api = try TestAPI(gateSecret: "a secret of 24 characters", lookupUsers: [Self.tool])
        var request = Request(.get, "/api/health")
        request.gate = "a secret of 24 characters"
        #expect(try api.send(request).word == nil, "from nginx")
        request.peer = Self.tool
        #expect(try api.send(request).word == "NOT_AUTHORIZED")
    }

    @Test func anybodyElseIsNoSuchTool() throws {
        var request = Request(.get, "/postern/spf_domains")
        for peer in [nil, Self.tool + 1] as [UInt32?] {
            (request.peer, request.isFromOperator) = (peer, true)
            #expect(try api.send(request).word == "NOT_AUTHORIZED")
        }
        (request.peer, request.isFromOperator) = (33, false)
        #expect(try api.send(request).word == "NOT_FOUND")
    }

    @Test func theServicesOwnUserStaysTheOperator() throws {
        let api = try TestAPI(operators: [0, Self.tool], lookupUsers: [Self.tool])
        var request = Request(.get, "/postern/admins")
        (request.peer, request.isFromOperator) = (Self.tool, true)
        #expect(try api.send(request).isSuccess)
    }
}
