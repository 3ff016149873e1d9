import Gateway
import Storage
import Testing

/// How large a mailbox may be, and how many there may be: `Contract.md` 4.
struct MailboxQuotaTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        try api.addDomain("a.example")
        try api.addDomain("b.example")
        try api.addMailbox("al@a.example", quota: 60)
        try api.addMailbox("al@b.example", quota: 10_000)
        admin = try api.globalAdmin()
    }

    /// - Parameters: the ceiling for one user, the pool (60 MB of it are used), the usual quota; 0 for none.
    private func set(_ ceiling: Int, _ pool: Int, _ usual: Int) throws {
        let settings =
            (ceiling > 0 ? "max_user_quota:\(ceiling);" : "") + (usual > 0 ? "default_user_quota:\(usual);" : "")
        try api.run("UPDATE domain SET maxquota = \(pool), settings = \(settings) WHERE domain = 'a.example'")
    }

    private static let given: [(Int, Int, Int, Bool)] = [
        (0, 0, 0, true), (0, 0, 50, true), (100, 0, 100, true), (100, 0, 101, false), (100, 0, 0, false),
        (0, 100, 40, true),
        (0, 100, 41, false), (0, 100, 0, false), (50, 100, 40, true), (30, 100, 40, false), (30, 100, 30, true),
        (0, 60, 1, false),
        (0, 30, 1, false), (0, 0, 8_796_093_022_207, true),
    ]

    @Test(arguments: given)
    func aGivenQuotaMustFit(_ ceiling: Int, _ pool: Int, _ quota: Int, _ fits: Bool) throws {
        try set(ceiling, pool, 0)
        if fits {
            try admin.done(.post, "/api/user/jo@a.example", "password=Other-5678&quota=\(quota)")
            #expect(try api.rows("SELECT quota FROM mailbox WHERE username = 'jo@a.example'") == ["\(quota)"])
        } else {
            let word = try admin.refusal(.post, "/api/user/jo@a.example", "password=Other-5678&quota=\(quota)")
            #expect(word == "EXCEEDED_DOMAIN_QUOTA_SIZE")
        }
    }

    @Test(arguments: given)
    func aChangedQuotaMustFitBesideTheOthers(_ ceiling: Int, _ pool: Int, _ quota: Int, _ fits: Bool) throws {
        try api.addMailbox("jo@a.example", quota: 7)
        try set(ceiling, pool, 0)
        if fits {
            try admin.done(.put, "/api/user/jo@a.example", "quota=\(quota)")
            #expect(try api.rows("SELECT quota FROM mailbox WHERE username = 'jo@a.example'") == ["\(quota)"])
        } else {
            #expect(try admin.refusal(.put, "/api/user/jo@a.example", "quota=\(quota)") == "EXCEEDED_DOMAIN_QUOTA_SIZE")
        }
    }

    @Test(arguments: [
        (0, 0, 0, 0), (0, 0, 50, 50), (30, 0, 0, 30), (30, 0, 50, 30), (30, 0, 20, 20), (0, 100, 0, 40),
        (0, 100, 50, 40), (0, 100, 20, 20),
        (30, 100, 0, 30), (50, 100, 0, 40), (0, 61, 50, 1),
    ])
    func withoutAQuotaTheUsualOneIsCutToWhatIsAllowedAndLeft(_ ceiling: Int, _ pool: Int, _ usual: Int, _ expected: Int)
        throws
    {
        try set(ceiling, pool, usual)
        for form in ["password=Other-5678", "password=Other-5678&quota="] {
            try api.run("DELETE FROM mailbox WHERE username = 'jo@a.example'")
            try api.run("DELETE FROM forwardings WHERE address = 'jo@a.example'")
            try admin.done(.post, "/api/user/jo@a.example", form)
            #expect(try api.rows("SELECT quota FROM mailbox WHERE username = 'jo@a.example'") == ["\(expected)"])
        }
    }

    @Test(arguments: [60, 59, 1])
    func withoutAQuotaAFullPoolRefuses(_ pool: Int) throws {
        try set(0, pool, 0)
        #expect(
            try admin.refusal(.post, "/api/user/jo@a.example", "password=Other-5678") == "EXCEEDED_DOMAIN_QUOTA_SIZE")
    }

    @Test func otherChangesDoNotAskForTheQuota() throws {
        try set(1, 1, 0)
        try admin.done(.put, "/api/user/al@a.example", "name=Al&quota=")
        #expect(try api.rows("SELECT quota FROM mailbox WHERE username = 'al@a.example'") == ["60"])
    }

    @Test(arguments: [(-1, "NOT_ALLOWED"), (1, "EXCEEDED_DOMAIN_ACCOUNT_LIMIT"), (0, nil), (2, nil)])
    func theDomainsLimitBindsAGlobalAdminToo(_ limit: Int, _ word: String?) throws {
        try api.run("UPDATE domain SET mailboxes = \(limit)")
        #expect(try admin.send(.post, "/api/user/jo@a.example", "password=Other-5678").word == word)
    }

    /// Dan manages both domains; two mailboxes exist.
    @Test(arguments: [
        ("create_max_users:-1;", "EXCEED_LIMIT_USERS"), ("create_max_users:2;", "EXCEED_LIMIT_USERS"),
        ("create_max_users:1;", "EXCEED_LIMIT_USERS"),
        ("create_max_users:3;", nil), ("create_max_users:0;", nil), ("", nil),
        ("create_max_aliases:1;create_max_lists:-1;", nil),
    ])
    func theAdminsLimitCountsAllManagedDomains(_ settings: String, _ word: String?) throws {
        try api.addAdmin("dan@office.example", of: ["a.example", "b.example"], settings: settings)
        let dan = try api.client("dan@office.example")
        #expect(try dan.send(.post, "/api/user/jo@a.example", "password=Other-5678").word == word)
    }

    @Test func theAdminsLimitDoesNotCountOtherDomains() throws {
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_max_users:2;")
        let dan = try api.client("dan@office.example")
        try dan.done(.post, "/api/user/jo@a.example", "password=Other-5678")
        #expect(try dan.refusal(.post, "/api/user/jo2@a.example", "password=Other-5678") == "EXCEED_LIMIT_USERS")
    }

    @Test func theDomainsLimitIsNamedBeforeTheAdmins() throws {
        try api.run("UPDATE domain SET mailboxes = 1")
        try api.addAdmin("dan@office.example", of: ["a.example"], settings: "create_max_users:1;")
        let dan = try api.client("dan@office.example")
        #expect(
            try dan.refusal(.post, "/api/user/jo@a.example", "password=Other-5678") == "EXCEEDED_DOMAIN_ACCOUNT_LIMIT")
    }

    @Test func refusalsComeInTheOrderOfTheContract() throws {
        try api.run("UPDATE domain SET mailboxes = -1, settings = 'max_user_quota:1;' WHERE domain = 'a.example'")
        #expect(try admin.refusal(.post, "/api/user/al@a.example", "password=x&quota=5") == "ALREADY_EXISTS")
        #expect(try admin.refusal(.post, "/api/user/jo@a.example", "password=x&quota=5") == "NOT_ALLOWED")
        try api.run("UPDATE domain SET mailboxes = 0 WHERE domain = 'a.example'")
        #expect(
            try admin.refusal(.post, "/api/user/jo@a.example", "password=x&quota=5") == "EXCEEDED_DOMAIN_QUOTA_SIZE")
        #expect(try admin.refusal(.post, "/api/user/jo@a.example", "password=x&quota=1")?.hasPrefix("PW_") == true)
    }

    @Test func manyAtOnceStayWithinThePool() throws {
        try set(0, 100, 20)
        let requests = (1...5).map { index in
            var request = Request(.post, "/api/user/u\(index)@a.example")
            request.cookie = admin.cookie
            request.body = Array("password=Other-5678".utf8)
            return request
        }
        #expect(try api.sendAtOnce(requests).count(where: \.isSuccess) == 2)
        #expect(try api.rows("SELECT SUM(quota) FROM mailbox WHERE domain = 'a.example'") == ["100"])
    }
}
