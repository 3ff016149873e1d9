import Gateway
import Storage
import Testing

/// What `change_email` of users and aliases refuses: `Contract.md` 4, 7.5, 9.1.
struct RenameRefusalTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        for address in ["jo@a.example", "al@a.example"] { try api.addMailbox(address, quota: 5) }
        try api.addForwarding("extra@a.example", to: "al@a.example", flag: .isAlias)
        try api.addForwarding("own@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addAlias("crew@a.example")
        try api.addList("list@a.example")
        try api.addAdmin("own@office.example", of: ["a.example"])
        try api.addAdmin("both@office.example", of: ["a.example", "b.example"])
        admin = try api.globalAdmin()
    }

    private static let targets = [
        ("bogus", "INVALID_MAIL"), ("a%2Bb@a.example", "INVALID_MAIL"), ("new@nowhere.example", "INVALID_DOMAIN_NAME"),
        ("new@alias.example", "INVALID_DOMAIN_NAME"), ("al@a.example", "ALREADY_EXISTS"),
        ("AL@a.example", "ALREADY_EXISTS"),
        ("extra@a.example", "ALREADY_EXISTS"), ("own@a.example", "ALREADY_EXISTS"),
        ("crew@a.example", "ALREADY_EXISTS"),
        ("list@a.example", "ALREADY_EXISTS"),
    ]

    @Test(arguments: targets)
    func aNewAddressThatIsNotFree(_ new: String, _ word: String) throws {
        #expect(try admin.refusal(.post, "/api/user/jo@a.example/change_email/\(new)") == word)
        #expect(try admin.refusal(.post, "/api/alias/team@a.example/change_email/\(new)") == word)
    }

    @Test func theSameAddress() throws {
        #expect(try admin.refusal(.post, "/api/user/jo@a.example/change_email/jo@a.example") == "ALREADY_EXISTS")
        #expect(try admin.refusal(.post, "/api/alias/team@a.example/change_email/TEAM@a.example") == "ALREADY_EXISTS")
    }

    @Test(arguments: [
        "user/team@a.example", "user/list@a.example", "user/extra@a.example", "alias/jo@a.example",
        "alias/list@a.example", "alias/no@a.example",
    ])
    func anAccountOfAnotherKind(_ old: String) throws {
        #expect(try admin.refusal(.post, "/api/\(old)/change_email/new@a.example") == "NO_SUCH_ACCOUNT")
    }

    @Test(arguments: ["user/jo@a.example", "alias/team@a.example"])
    func anAdminWhoManagesOnlyOneOfBothDomains(_ old: String) throws {
        #expect(
            try api.client("own@office.example").refusal(.post, "/api/\(old)/change_email/new@b.example")
                == "PERMISSION_DENIED")
        try api.client("both@office.example").done(.post, "/api/\(old)/change_email/new@b.example")
    }

    /// Nothing is made: who manages both domains has no more accounts than before.
    @Test(arguments: [
        "create_max_users:1;create_max_aliases:1;create_max_quota:1;create_quota_unit:MB;",
        "create_max_users:-1;create_max_aliases:-1;",
    ])
    func onesOwnLimitsAreForNewAccountsOnly(_ limits: String) throws {
        try api.run("UPDATE admin SET settings = \(limits) WHERE username = 'both@office.example'")
        let both = try api.client("both@office.example")
        #expect(try both.refusal(.post, "/api/user/new@b.example", "password=Secret-1234") == "EXCEED_LIMIT_USERS")
        #expect(try both.refusal(.post, "/api/alias/new@b.example") == "EXCEED_LIMIT_ALIASES")
        try both.done(.post, "/api/user/jo@a.example/change_email/jo@b.example")
        try both.done(.post, "/api/alias/team@a.example/change_email/team@b.example")
    }

    @Test(arguments: [
        ("mailboxes = -1", "NOT_ALLOWED"), ("mailboxes = 1", "EXCEEDED_DOMAIN_ACCOUNT_LIMIT"),
        ("maxquota = 4", "EXCEEDED_DOMAIN_QUOTA_SIZE"),
        ("settings = 'max_user_quota:4;'", "EXCEEDED_DOMAIN_QUOTA_SIZE"),
    ])
    func aDomainWithoutRoomForTheUser(_ limit: String, _ word: String) throws {
        try api.addMailbox("kim@b.example")
        try api.run(SQL(trusted: "UPDATE domain SET \(limit)"))
        #expect(try admin.refusal(.post, "/api/user/jo@a.example/change_email/new@b.example") == word)
        try admin.done(.post, "/api/user/jo@a.example/change_email/new@a.example")
    }

    @Test(arguments: [("aliases = -1", "NOT_ALLOWED"), ("aliases = 1", "EXCEEDED_DOMAIN_ACCOUNT_LIMIT")])
    func aDomainWithoutRoomForTheAlias(_ limit: String, _ word: String) throws {
        try api.addAlias("one@b.example")
        try api.run(SQL(trusted: "UPDATE domain SET \(limit)"))
        #expect(try admin.refusal(.post, "/api/alias/team@a.example/change_email/new@b.example") == word)
        try admin.done(.post, "/api/alias/team@a.example/change_email/new@a.example")
    }
}
