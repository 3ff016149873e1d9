import API
import Gateway
import MailStore
import Storage
import Testing

extension Route: CustomTestStringConvertible {
    public var testDescription: String { "\(method.text) \(path)" }
}

/// What is true of every route, now and later.
struct RouteTableTests {
    /// A route with its placeholders filled in.
    private struct Sample {
        let route: Route
        let target: String

        init(_ route: Route) {
            self.route = route
            target = route.path.split(separator: "/").map { piece in
                switch piece {
                case "<domain>": "/a.example"
                case "<mail>": route.path.hasPrefix("/api/ml/") ? "/news@a.example" : "/jo@a.example"
                case "<new_mail>": "/new@a.example"
                default: piece.hasPrefix("<") ? "/1" : "/\(piece)"
                }
            }.joined()
        }
    }

    private func populated() throws -> TestAPI {
        let api = try TestAPI(lists: TestListHelper())
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.run(
            """
            INSERT INTO maillists (address, domain, transport, mlid)
            VALUES ('news@a.example', 'a.example', 'mlmmj:a.example/news', '1')
            """)
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addForwarding("a.example", to: "jo@a.example", flag: .none)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addList("list@a.example", members: ["jo@a.example"])
        try api.addAdmin("dan@office.example", of: ["b.example"])
        return api
    }

    @Test func noMethodAndPathTwice() {
        let names = API.routes.map { "\($0.method.text) \($0.path)" }
        #expect(Set(names).count == names.count)
    }

    @Test func onlyWhatTellsNothingOfAccountsIsOpen() {
        let open = API.routes.filter { $0.access == .open }.map(\.path)
        #expect(open == ["/api/login", "/api/health", "/api/openapi.json", "/api/reference"])
    }

    @Test(arguments: API.routes)
    func everyRouteSaysWhatItDoes(_ route: Route) {
        #expect(route.summary.hasSuffix(".") && route.summary.contains(" "))
        #expect(route.path.hasPrefix("/api/"))
    }

    @Test(arguments: API.routes)
    func everyParameterHasASummaryAndAnExampleThatParses(_ route: Route) throws {
        let parameters = route.parameters
        for parameter in parameters {
            #expect(parameter.summary.hasSuffix(".") && parameter.summary.contains(" "), "\(parameter.name)")
            #expect(!parameter.kind.isEmpty && !parameter.example.isEmpty, "\(parameter.name)")
        }
        #expect(Set(parameters.map(\.name)).count == parameters.count)
    }

    @Test func whatIsPublishedIsServedAndTheRestIsMarkedAsExtra() {
        let served = Dictionary(uniqueKeysWithValues: API.routes.map { ("\($0.method.text) \($0.path)", $0) })
        #expect(Set(PublishedAPI.parameters.keys) == Set(served.filter { !$0.value.isExtra }.keys))
        for (name, published) in PublishedAPI.parameters {
            let route = served[name]
            // Published under their older names in places.
            let declared = (route?.parameters ?? []).filter { route?.extraParameters.contains($0.name) == false }
            #expect(Set(declared.map(\.name)).subtracting(published) == [], "\(name)")
            #expect(published.subtracting(declared.map(\.name) + declared.compactMap(\.older)) == [], "\(name)")
        }
    }

    @Test func everyOperationHasANameOfItsOwn() {
        let all = API.allRoutes
        #expect(Set(all.map(\.id)).count == all.count)
        #expect(all.allSatisfy { $0.id.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil })
    }

    @Test func readingChangesNothing() throws {
        let api = try populated()
        let root = try api.globalAdmin()
        let dan = try api.client("dan@office.example")
        let before = try api.contents() + api.log()
        for sample in API.routes.filter({ $0.method == .get }).map(Sample.init) {
            for client in [root, dan] {
                let answer = try client.send(.get, sample.target)
                #expect(answer.failure == nil && answer.status == .ok, "\(sample.target): \(answer.body)")
            }
            #expect(try api.contents() + api.log() == before, "\(sample.target)")
        }
    }

    @Test func nobodyIsServed() throws {
        let api = try populated()
        for sample in API.routes.filter({ $0.access != .open }).map(Sample.init) {
            let word = try api.nobody.refusal(sample.route.method, sample.target, "name=X&password=Secret-1234")
            #expect(word == "LOGIN_REQUIRED", "\(sample.route.method.text) \(sample.target)")
        }
    }

    @Test func aForeignAdminIsServedNothingOfTheDomain() throws {
        let api = try populated()
        let dan = try api.client("dan@office.example")
        for sample in API.routes.filter({ $0.access != .open && $0.access != .anyAdmin }).map(Sample.init) {
            let word = try dan.refusal(
                sample.route.method, sample.target, sample.route.method == .get ? nil : "name=X&password=Secret-1234")
            #expect(word == "PERMISSION_DENIED", "\(sample.route.method.text) \(sample.target)")
        }
    }

    @Test func aForeignAdminIsToldTheSameOfWhatDoesNotExist() throws {
        let api = try populated()
        let dan = try api.client("dan@office.example")
        for sample in API.routes.filter({ $0.access != .open && $0.access != .anyAdmin }).map(Sample.init) {
            let target = sample.target.replacing("a.example", with: "nowhere.example")
            let form = sample.route.method == .get ? nil : "name=X&password=Secret-1234"
            let existing = try dan.send(sample.route.method, sample.target, form)
            let missing = try dan.send(sample.route.method, target, form)
            #expect(missing.body == existing.body, "\(sample.route.method.text) \(target)")
        }
    }
}
