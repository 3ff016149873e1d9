import Gateway
import Storage
import Testing

/// What `/api/alias/<mail>` and `/api/maillist/<mail>` refuse: `Contract.md` 4, 9.1, 9.2.
struct AliasRefusalTests {
    typealias Kind = AliasTests.Kind

    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        try api.addAliasDomain("alias.example", of: "a.example")
        try api.addMailbox("jo@a.example")
        try api.addForwarding("extra@a.example", to: "jo@a.example", flag: .isAlias)
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addList("list@a.example", members: ["jo@a.example"])
        try api.addAdmin("own@office.example", of: ["a.example", "b.example"])
        admin = try api.globalAdmin()
    }

    @Test(
        arguments: Kind.allCases,
        [
            ("jo@a.example", "ALREADY_EXISTS"), ("JO@a.example", "ALREADY_EXISTS"),
            ("extra@a.example", "ALREADY_EXISTS"),
            ("team@a.example", "ALREADY_EXISTS"), ("list@a.example", "ALREADY_EXISTS"),
            ("new@nowhere.example", "INVALID_DOMAIN_NAME"),
            ("new@alias.example", "INVALID_DOMAIN_NAME"), ("bogus", "INVALID_MAIL"),
            ("a%2Bb@a.example", "INVALID_MAIL"), ("%23a@a.example", "INVALID_MAIL"),
        ])
    func anAddressThatIsNotFree(_ kind: Kind, _ address: (mail: String, word: String)) throws {
        #expect(
            try admin.refusal(.post, "/api/\(kind.rawValue)/\(address.mail)", "members=jo@a.example") == address.word)
    }

    private static let values = [
        ("accessPolicy=", "INVALID_PARAMETER"), ("accessPolicy=everybody", "INVALID_PARAMETER"),
        ("name=a%0Ab", "INVALID_PARAMETER"),
        ("members=bogus", "INVALID_MAIL"), ("members=,@a.example,", "INVALID_MAIL"),
        ("moderators=bogus", "INVALID_MAIL"),
    ]

    @Test(arguments: Kind.allCases, values)
    func aValueThatDoesNotFit(_ kind: Kind, _ value: (form: String, word: String)) throws {
        let present = kind == .alias ? "team" : "list"
        #expect(try admin.refusal(.post, "/api/\(kind.rawValue)/new@a.example", "cn=X&\(value.form)") == value.word)
        #expect(
            try admin.refusal(.put, "/api/\(kind.rawValue)/\(present)@a.example", "cn=X&\(value.form)") == value.word)
    }

    @Test(
        arguments: Kind.allCases,
        [
            ("members=&addMember=x@c.example", "PARAMETER_CONFLICT"),
            ("members=x@c.example&removeMember=", "PARAMETER_CONFLICT"),
            ("moderators=&addModerator=x@c.example", "PARAMETER_CONFLICT"),
            ("moderators=x&removeModerator=", "PARAMETER_CONFLICT"),
            ("accountStatus=", "INVALID_PARAMETER"), ("accountStatus=maybe", "INVALID_PARAMETER"),
        ])
    func aChangeThatDoesNotFit(_ kind: Kind, _ value: (form: String, word: String)) throws {
        let present = kind == .alias ? "team" : "list"
        #expect(
            try admin.refusal(.put, "/api/\(kind.rawValue)/\(present)@a.example", "name=X&\(value.form)") == value.word)
    }

    @Test(arguments: [
        "alias/list@a.example", "maillist/team@a.example", "alias/jo@a.example", "maillist/jo@a.example",
        "alias/extra@a.example", "alias/no@a.example",
        "maillist/no@a.example", "alias/no@nowhere.example",
    ])
    func anAccountOfAnotherKind(_ account: String) throws {
        for method in [Method.get, .put, .delete] {
            #expect(try admin.refusal(method, "/api/\(account)", method == .put ? "name=X" : nil) == "NO_SUCH_ACCOUNT")
        }
    }

    @Test(arguments: Kind.allCases, [(-1, "NOT_ALLOWED"), (1, "EXCEEDED_DOMAIN_ACCOUNT_LIMIT")])
    func theDomainsLimitBindsEverybody(_ kind: Kind, _ limit: (number: Int, word: String)) throws {
        let column = kind == .alias ? "aliases" : "maillists"
        try api.run(SQL(trusted: "UPDATE domain SET \(column) = \(limit.number)"))
        for client in [admin, try api.client("own@office.example")] {
            #expect(try client.refusal(.post, "/api/\(kind.rawValue)/new@a.example", "name=X") == limit.word)
        }
        try admin.done(.post, "/api/\(kind == .alias ? "maillist" : "alias")/new@a.example", "name=X")
    }

    @Test(arguments: Kind.allCases)
    func oneMoreIsLetInBelowTheLimit(_ kind: Kind) throws {
        // The list's row in `alias` is no alias.
        try api.run("UPDATE domain SET aliases = 2, maillists = 2")
        try admin.done(.post, "/api/\(kind.rawValue)/new@a.example", "name=X")
        #expect(
            try admin.refusal(.post, "/api/\(kind.rawValue)/newer@a.example", "name=X")
                == "EXCEEDED_DOMAIN_ACCOUNT_LIMIT")
        try admin.done(.post, "/api/\(kind.rawValue)/newer@b.example", "name=X")
    }

    @Test(arguments: Kind.allCases)
    func theAdminsLimitCountsAllHisDomains(_ kind: Kind) throws {
        let (key, word) =
            kind == .alias ? ("create_max_aliases", "EXCEED_LIMIT_ALIASES") : ("create_max_lists", "EXCEED_LIMIT_LISTS")
        try api.run("UPDATE admin SET settings = \(key + ":2;") WHERE username = 'own@office.example'")
        let own = try api.client("own@office.example")
        try own.done(.post, "/api/\(kind.rawValue)/new@b.example", "name=X")
        for domain in ["a.example", "b.example"] {
            #expect(try own.refusal(.post, "/api/\(kind.rawValue)/newer@\(domain)", "name=X") == word)
        }
        try admin.done(.post, "/api/\(kind.rawValue)/newer@a.example", "name=X")
    }
}
