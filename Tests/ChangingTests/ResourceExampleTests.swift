import API
import ContractChecks
import Gateway
import Storage
import Testing

/// `Changing.md` 3.
struct ResourceExampleTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI(serving: ResourceExample.groups.flatMap(\.routes))
        for domain in ["a.example", "b.example", "c.example"] {
            try api.addDomain(domain)
            try api.addList("list@\(domain)")
        }
        try api.addAdmin("here@office.example", of: ["a.example"])
        try api.addAdmin("elsewhere@office.example", of: ["b.example"])
    }

    @Test func ownersAreAddedShownAndRemoved() throws {
        let admin = try api.globalAdmin()
        let target = "/api/maillist/list@a.example/owners"
        try admin.done(.post, target, "owner=jo@a.example")
        try admin.done(.post, target, "owner=Al@Far.example")
        let owners = try admin.send(.get, target)
        #expect(owners.data as? [String] == ["al@far.example", "jo@a.example"])
        #expect(try ResourceExample.groups[0].routes[0].answer?.mismatches(#require(owners.data)) == [])
        #expect(
            try api.rows("SELECT address, owner, domain, dest_domain FROM maillist_owners ORDER BY owner") == [
                "list@a.example|al@far.example|a.example|far.example",
                "list@a.example|jo@a.example|a.example|a.example",
            ])
        #expect(
            try api.rows("SELECT DISTINCT modified FROM maillists WHERE address = 'list@a.example'") == [
                "2026-01-31 23:59:59"
            ])
        try admin.done(.delete, target)
        #expect(try admin.send(.get, target).data as? [String] == [])
        try admin.done(.delete, target)
        #expect(
            try api.rows("SELECT msg FROM log WHERE event = 'update' ORDER BY id") == [
                "[API] Add owner jo@a.example to mailing list: list@a.example.",
                "[API] Add owner al@far.example to mailing list: list@a.example.",
                "[API] Remove all owners of mailing list: list@a.example.",
            ])
    }

    @Test func itIsRefusedWithItsWords() throws {
        let admin = try api.globalAdmin()
        let target = "/api/maillist/list@a.example/owners"
        try admin.done(.post, target, "owner=jo@a.example")
        #expect(try admin.refusal(.post, target, "owner=jo@a.example") == "ALREADY_EXISTS")
        #expect(try admin.refusal(.post, target, "owner=jo") == "INVALID_MAIL")
        #expect(try admin.refusal(.post, target, "") == "MISSING_PARAMETER")
    }

    /// What `RoleMatrixTests` does with the rows of its table.
    @Test(arguments: ResourceRoles.Caller.allCases)
    func everyCallerGetsWhatTheTableSays(_ caller: ResourceRoles.Caller) throws {
        for (name, expectation) in ResourceRoles.table {
            let method = Gateway.Method(String(name.prefix { $0 != " " }))
            for (words, list) in [
                (expectation.own, "list@a.example"), (expectation.foreign, "list@c.example"),
                (expectation.missing, "nobody@a.example"),
            ] {
                let client = try client(caller)
                let target = String(name.drop { $0 != "/" }).replacing("<mail>", with: list)
                try api.run("DELETE FROM maillist_owners")
                let answer = try client.send(method, target, method == .post ? "owner=jo@a.example" : nil)
                #expect(answer.word ?? "ok" == words[caller.rawValue], "\(name), \(list)")
            }
        }
    }

    private func client(_ caller: ResourceRoles.Caller) throws -> TestAPI.Client {
        switch caller {
        case .nobody: api.nobody
        case .adminElsewhere: try api.client("elsewhere@office.example")
        case .adminHere: try api.client("here@office.example")
        case .global: try api.globalAdmin()
        }
    }

    /// What `RoleMatrixTests` asks of a domain whose ownership is to be proved.
    @Test func aWaitingDomainIsOpenWhereTheTableSaysSo() {
        let open = ListOwners.routes.filter { $0.access == .domainClaimant }.map { "\($0.method.text) \($0.path)" }
        #expect(Set(open) == ResourceRoles.openWhileWaiting)
    }

    /// What `RecordedExampleTests` does with the steps of its scenario.
    @Test func theStepsOfTheScenarioSucceed() throws {
        try api.addDomain("example.com")
        try api.addList("news@example.com")
        let admin = try api.globalAdmin()
        for step in ResourceScenario.steps {
            let route = try #require(ListOwners.routes.first { $0.id == step.id })
            try admin.done(route.method, step.target, step.form)
        }
        #expect(Set(ResourceScenario.steps.map(\.id)) == Set(ListOwners.routes.map(\.id)))
    }

    /// What `InvariantTests` asks.
    @Test func everyRouteAndParameterIsAmongTheRandomCalls() {
        #expect(Set(ListOwners.routes.map { "\($0.method.text) \($0.path)" }) == Set(ResourceScenario.weights.keys))
        #expect(Set(ListOwners.routes.flatMap(\.parameters).map(\.name)) == Set(ResourceScenario.values.keys))
    }
}

/// In the place of `RoleMatrix`.
enum ResourceRoles {
    enum Caller: Int, CaseIterable, Sendable { case nobody, adminElsewhere, adminHere, global }

    struct Expectation {
        let own: [String]
        let foreign: [String]
        let missing: [String]
    }

    private static let account = Expectation(
        own: ["LOGIN_REQUIRED", "PERMISSION_DENIED", "ok", "ok"],
        foreign: ["LOGIN_REQUIRED", "PERMISSION_DENIED", "PERMISSION_DENIED", "ok"],
        missing: ["LOGIN_REQUIRED", "PERMISSION_DENIED", "NO_SUCH_ACCOUNT", "NO_SUCH_ACCOUNT"])

    static let table: [String: Expectation] = [
        // example: resource, roles
        "GET /api/maillist/<mail>/owners": account, "POST /api/maillist/<mail>/owners": account,
        "DELETE /api/maillist/<mail>/owners": account,
            // end
    ]

    static let openWhileWaiting: Set<String> = [
        // example: resource, waiting domains
        "GET /api/maillist/<mail>/owners", "POST /api/maillist/<mail>/owners", "DELETE /api/maillist/<mail>/owners",
        // end
    ]
}

/// In the place of `ExampleScenario`.
enum ResourceScenario {
    struct Step {
        let id: String
        let target: String
        let form: String?

        static func example(_ id: String, _ target: String, _ form: String? = nil) -> Step {
            Step(id: id, target: target, form: form)
        }
    }

    /// In the place of `RandomValues.weights` and of `RandomValues.kinds`.
    static let weights = [
        // example: resource, weights
        "GET /api/maillist/<mail>/owners": 1, "POST /api/maillist/<mail>/owners": 2,
        "DELETE /api/maillist/<mail>/owners": 1,
            // end
    ]
    static let values: [String: RandomValue] = [
        // example: resource, random values
        "owner": .address
            // end
    ]

    enum RandomValue {
        case address
    }

    static let steps: [Step] = [
        // example: resource, scenario
        .example("add_list_owner", "/api/maillist/news@example.com/owners", "owner=jo@example.com"),
        .example("get_list_owners", "/api/maillist/news@example.com/owners"),
        .example("remove_list_owners", "/api/maillist/news@example.com/owners"),
        // end
    ]
}
