import API
import Gateway
import Storage
import Testing

/// Every route, for every kind of caller and object. A new route fails until the table knows it.
struct RoleMatrixTests {
    @Test(arguments: API.routes)
    func everyRouteHasAnExpectation(_ route: Route) {
        #expect(RoleMatrix.table[Self.name(route)] != nil, "\(Self.name(route))")
    }

    @Test(arguments: API.routes, RoleMatrix.Caller.allCases)
    func everyCallerGetsWhatIsHis(_ route: Route, _ caller: RoleMatrix.Caller) throws {
        let expectation = try #require(RoleMatrix.table[Self.name(route)])
        let api = try populated(for: route)
        for object in [RoleMatrix.Object.missing, .foreign, .own] {
            // Anew: a logout among the calls ends the session.
            let client = try client(caller, api)
            let target = Self.target(route, object)
            let form = route.method == .get ? nil : Self.form
            let word = expectation.word(caller, object)
            if word == "ok" {
                let answer = try client.send(route.method, target, form)
                // The figures for Prometheus come in its own format.
                let isGiven = route.documentType != nil ? answer.status == .ok : answer.isSuccess
                #expect(isGiven, "\(route.method.text) \(target), \(caller): \(answer.body)")
            } else {
                #expect(
                    try client.refusal(route.method, target, form) == word, "\(route.method.text) \(target), \(caller)")
            }
        }
    }

    /// What the admin of a domain may do while its ownership is still to be verified, by the words of `postern routes`.
    @Test(arguments: API.routes.filter { $0.path.contains("<domain>") || $0.path.contains("<mail>") })
    func aWaitingDomainIsOpenToItsAdminWhereTheRouteSaysSo(_ route: Route) throws {
        let api = try populated(for: route)
        try api.run("UPDATE domain SET active = 0 WHERE domain = 'a.example'")
        try api.run("INSERT INTO domain_ownership (admin, domain) VALUES ('creator@office.example', 'a.example')")
        let form = route.method == .get ? nil : Self.form
        let answer = try client(.creatorHere, api).send(route.method, Self.target(route, .own), form)
        let isOpen = Self.openWhileWaiting.contains(Self.name(route))
        #expect((answer.word == "PERMISSION_DENIED") != isOpen || route.access == .domainCreator, "\(answer.body)")
        #expect(isOpen == [.domainClaimant, .domainOwner].contains(route.access))
        #expect(
            try client(.adminElsewhere, api).send(route.method, Self.target(route, .own), form).word
                == "PERMISSION_DENIED")
    }

    private static let openWhileWaiting: Set<String> = [
        "GET /api/domain/<domain>", "PUT /api/domain/<domain>", "DELETE /api/domain/<domain>",
        "DELETE /api/domain/<domain>/keep_mailbox_days/<number>",
        "GET /api/user/<mail>", "POST /api/user/<mail>", "PUT /api/user/<mail>", "DELETE /api/user/<mail>",
        "DELETE /api/user/<mail>/keep_mailbox_days/<number>", "GET /api/users/<domain>", "PUT /api/users/<domain>",
        "GET /api/alias/<mail>", "POST /api/alias/<mail>", "PUT /api/alias/<mail>", "DELETE /api/alias/<mail>",
        "GET /api/aliases/<domain>",
        "GET /api/maillist/<mail>", "POST /api/maillist/<mail>", "PUT /api/maillist/<mail>",
        "DELETE /api/maillist/<mail>",
    ]

    private static let form =
        "username=postmaster@admin.example&name=X&password=Secret-1234&quarantine_spam=yes&period=60"
        + "&status=enable&addSenders=@out.example&addDomains=out.example&addresses=@out.example"

    private static func name(_ route: Route) -> String { "\(route.method.text) \(route.path)" }

    private func client(_ caller: RoleMatrix.Caller, _ api: TestAPI) throws -> TestAPI.Client {
        switch caller {
        case .nobody: api.nobody
        case .adminElsewhere: try api.client("elsewhere@office.example")
        case .adminHere: try api.client("here@office.example")
        case .creatorHere: try api.client("creator@office.example")
        case .global: try api.globalAdmin()
        }
    }

    private func populated(for route: Route) throws -> TestAPI {
        try TestAPI(on: Self.state.get(), lists: route.path.hasPrefix("/api/ml") ? TestListHelper() : nil)
    }

    /// Made once: each of many hundred cases begins with it.
    private static let state = Result { try NewState(of: makePopulated()) }

    private static func makePopulated() throws -> TestAPI {
        let api = try TestAPI()
        for domain in ["a.example", "b.example", "c.example"] {
            try api.addDomain(domain)
            try api.addMailbox("jo@\(domain)")
            try api.addAlias("team@\(domain)", members: ["jo@\(domain)"])
            try api.addList("list@\(domain)", members: ["jo@\(domain)"])
            try api.addForwarding(domain, to: "jo@\(domain)", flag: .none)
            try api.run(
                """
                INSERT INTO maillists (address, domain, transport, mlid)
                VALUES (\("ml@" + domain), \(domain), \("mlmmj:\(domain)/ml"), \(domain))
                """)
        }
        try api.addAdmin("elsewhere@office.example", of: ["b.example"])
        try api.addAdmin("here@office.example", of: ["a.example"])
        try api.addAdmin("creator@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        for name in ["first", "second"] { try api.addAdmin("\(name)@other.example") }
        return api
    }

    /// The route's path, about the object.
    private static func target(_ route: Route, _ object: RoleMatrix.Object) -> String {
        let domain =
            switch object {
            case .own: "a.example"
            case .foreign: "c.example"
            case .missing: "nowhere.example"
            }
        return route.path.split(separator: "/").map { piece in
            switch piece {
            case "<domain>": "/\(domain)"
            case "<mail>": "/\(address(route, object, domain))"
            case "<new_mail>": "/renamed@\(object == .missing ? "a.example" : domain)"
            case "<number>": "/3"
            default: "/\(piece)"
            }
        }.joined()
    }

    private static func address(_ route: Route, _ object: RoleMatrix.Object, _ domain: String) -> String {
        if route.path.contains("/admin/") {
            return switch object {
            case .own: "first@other.example"
            case .foreign: "second@other.example"
            case .missing: "nobody@other.example"
            }
        }
        if route.method == .post,
            ["/api/user/<mail>", "/api/alias/<mail>", "/api/maillist/<mail>", "/api/ml/<mail>"].contains(route.path)
        {
            return "new@\(domain)"
        }
        if object == .missing { return "nobody@a.example" }
        if route.path.hasPrefix("/api/ml/") { return "ml@\(domain)" }
        return route.path.contains("list/")
            ? "list@\(domain)" : route.path.contains("alias/") ? "team@\(domain)" : "jo@\(domain)"
    }
}
