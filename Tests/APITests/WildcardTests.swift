import Gateway
import MailStore
import Storage
import Testing

/// An underscore in an address is an underscore, whatever SQL's LIKE would make of it: `Security.md` C2.
struct WildcardTests {
    private let api: TestAPI
    private let root: TestAPI.Client

    /// Two accounts whose names a pattern would not tell apart, each with everything that can hang on one.
    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] { try api.addDomain(domain) }
        root = try api.globalAdmin()
        for name in ["a_b", "axb"] {
            let address = "\(name)@a.example"
            try root.done(.post, "/api/user/\(address)", "password=Secret-1234")
            try root.done(
                .put, "/api/user/\(address)",
                "forwarding=\(address),out@away.example&addAlias=\(name)-more@a.example&senderBcc=copy@away.example"
                    + "&recipientBcc=copy@away.example&outboundRelay=[192.0.2.1]:25")
            try root.done(.post, "/api/alias/\(name)-team@a.example", "members=\(address)")
            try root.done(.put, "/api/domain/admins/b.example", "addAdmin=\(address)")
            try root.done(.put, "/api/spampolicy/user/\(address)", "spam_score=5")
            for direction in ["inbound", "outbound"] {
                try root.done(.post, "/api/throttle/\(address)/\(direction)", "period=60")
                try root.done(.post, "/api/wblist/\(direction)/blacklist/\(address)", "addresses=@bad.example")
            }
            try root.done(.post, "/api/greylisting/\(address)", "status=enable")
            try root.done(.post, "/api/greylisting/\(address)/whitelists", "addSenders=@good.example")
            try api.run("INSERT INTO used_quota (username, bytes) VALUES (\(address), 1)", on: .usage)
        }
    }

    /// Everything of the account that is not spoken of, and nothing that names the other one.
    private func neighbour() throws -> [String] {
        try api.contents().filter { $0.contains("axb") && !$0.contains("a_b") }
    }

    private func named() throws -> [String] {
        try api.contents().filter { $0.contains("a_b@") && !$0.hasPrefix("deleted_mailboxes: ") }
    }

    @Test func aDeletedAccountTakesNobodyElsesRows() throws {
        let before = try neighbour()
        #expect(before.count >= 15, "the neighbour has rows in many tables")
        try root.done(.delete, "/api/user/a_b@a.example")
        #expect(try neighbour() == before)
        #expect(try named() == [])
        try root.done(.delete, "/api/alias/a_b-team@a.example")
        #expect(try neighbour() == before)
    }

    @Test func aRenamedAccountTakesNobodyElsesRows() throws {
        let before = try neighbour()
        try root.done(.post, "/api/user/a_b@a.example/change_email/new@b.example")
        #expect(try neighbour() == before)
        #expect(try named() == [])
    }

    @Test func whatIsTakenAwayOrAskedForIsTheNamedOnesOnly() throws {
        let before = try neighbour()
        for (method, target, form) in [
            (Method.put, "/api/user/axb@a.example", "removeAlias=a_b-more@a.example"),
            (.put, "/api/domain/admins/b.example", "removeAdmin=a_b@a.example"),
            (.delete, "/api/throttle/a_b@a.example/inbound", nil), (.delete, "/api/greylisting/a_b@a.example", nil),
            (.delete, "/api/spampolicy/user/a_b@a.example", nil),
            (.delete, "/api/wblist/inbound/blacklist/a_b@a.example", nil),
        ] {
            try root.done(method, target, form)
            #expect(try neighbour() == before, "\(method.text) \(target)")
        }
        let lines = try root.send(.get, "/api/log?account=a_b@a.example").data as? [[String: Any]] ?? []
        #expect(!lines.isEmpty && lines.allSatisfy { $0["username"] as? String == "a_b@a.example" })
        #expect(try root.send(.get, "/api/log?account=a%25").word == "INVALID_MAIL")
    }
}
