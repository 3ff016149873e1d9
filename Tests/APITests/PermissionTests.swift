import Gateway
import Storage
import Testing

/// Who may do what, for the five kinds of caller: `Contract.md` 3.1, `Security.md` B1, B14.
struct PermissionTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example", "sub.a.example"] { try api.addDomain(domain) }
        for address in ["jo@a.example", "jo@b.example", "jo@sub.a.example"] { try api.addMailbox(address) }
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.addAdmin("creator@office.example", of: ["a.example"], settings: "create_new_domains:yes;")
        try api.addAdmin("other@office.example", of: ["b.example"], settings: "create_new_domains:yes;")
    }

    enum Caller: String, CaseIterable { case nobody, other, own, creator, global }

    private func client(_ caller: Caller) throws -> TestAPI.Client {
        switch caller {
        case .nobody: api.nobody
        case .global: try api.globalAdmin()
        default: try api.client("\(caller.rawValue)@office.example")
        }
    }

    /// Each call on what belongs to `a.example`, and the callers who may make it.
    private static let calls: [(Method, String, String?, Set<Caller>)] = [
        (.get, "/api/domain/a.example", nil, [.own, .creator, .global]),
        (.delete, "/api/domain/a.example", nil, [.creator, .global]),
        (.delete, "/api/domain/a.example/keep_mailbox_days/3", nil, [.creator, .global]),
        (.get, "/api/user/jo@a.example", nil, [.own, .creator, .global]),
        (.post, "/api/user/new@a.example", "password=Secret-1234", [.own, .creator, .global]),
        (.put, "/api/user/jo@a.example", "name=Jo", [.own, .creator, .global]),
        (.delete, "/api/user/jo@a.example", nil, [.own, .creator, .global]),
        (.delete, "/api/user/jo@a.example/keep_mailbox_days/3", nil, [.own, .creator, .global]),
        (.post, "/api/domain/new.example", "name=New", [.other, .creator, .global]),
        (.get, "/api/domains", nil, [.other, .own, .creator, .global]),
    ]

    @Test(arguments: calls.indices, Caller.allCases)
    func eachCallIsForItsCallers(_ index: Int, _ caller: Caller) throws {
        let (method, target, form, allowed) = Self.calls[index]
        let client = try client(caller)
        if allowed.contains(caller) {
            #expect(try client.send(method, target, form).isSuccess)
        } else {
            #expect(
                try client.refusal(method, target, form) == (caller == .nobody ? "LOGIN_REQUIRED" : "PERMISSION_DENIED")
            )
        }
    }

    @Test(arguments: [
        "jo@sub.a.example", "jo@xa.example", "jo@a.example.b.example", "jo@b.example", "jo@office.example",
        "no@b.example", "jo@nowhere.example",
    ])
    func aLikeNamedDomainIsForeign(_ address: String) throws {
        let own = try client(.own)
        for method in [Method.get, .post, .put, .delete] {
            #expect(try own.refusal(method, "/api/user/\(address)", "password=Secret-1234") == "PERMISSION_DENIED")
        }
    }

    @Test func aRightThatIsOffIsNone() throws {
        try api.run("UPDATE domain_admins SET active = 0 WHERE username = 'own@office.example'")
        #expect(try client(.own).refusal(.get, "/api/user/jo@a.example") == "PERMISSION_DENIED")
    }

    @Test func aUserWhoseAdminFlagIsMissingHasNoRightsFromHisRows() throws {
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('jo@a.example', 'a.example')")
        #expect(throws: NoAnswer.self) { try api.client("jo@a.example") }
    }

    @Test func rightsOverADomainThatIsGoneAreNone() throws {
        try api.run("INSERT INTO domain_admins (username, domain) VALUES ('own@office.example', 'gone.example')")
        let own = try client(.own)
        #expect(try own.send(.get, "/api/domain/gone.example").word == "INVALID_DOMAIN_NAME")
        #expect(try own.refusal(.post, "/api/user/jo@gone.example", "password=Secret-1234") == "INVALID_DOMAIN_NAME")
    }

    @Test func theRightIsAskedBeforeTheParameters() throws {
        #expect(
            try client(.other).refusal(.put, "/api/user/jo@a.example", "quota=x&aliases=&addAlias=")
                == "PERMISSION_DENIED")
        #expect(try client(.other).refusal(.post, "/api/user/jo@a.example", "%ff") == "PERMISSION_DENIED")
    }

    @Test func theTargetIsAskedBeforeTheParameters() throws {
        #expect(try client(.own).refusal(.put, "/api/user/no@a.example", "quota=x") == "NO_SUCH_ACCOUNT")
        #expect(try client(.global).refusal(.post, "/api/user/no@nowhere.example", "quota=x") == "INVALID_DOMAIN_NAME")
    }

    @Test func conflictsAreAskedBeforeValues() throws {
        #expect(
            try client(.own).refusal(.put, "/api/user/jo@a.example", "quota=x&aliases=&addAlias=")
                == "PARAMETER_CONFLICT")
    }

    @Test func valuesAreAskedBeforeLimits() throws {
        try api.run("UPDATE domain SET mailboxes = -1")
        #expect(
            try client(.own).refusal(.post, "/api/user/new@a.example", "password=Secret-1234&quota=x")
                == "INVALID_PARAMETER")
    }
}
