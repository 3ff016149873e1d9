import API
import Gateway
import Storage
import Testing

/// What is a number, and how long a list may be, for every parameter that takes one: `Security.md` C12, C13.
struct NumberTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI(lists: TestListHelper())
        try api.addDomain("a.example")
        try api.addMailbox("jo@a.example")
        try api.addAlias("team@a.example", members: ["jo@a.example"])
        try api.addList("list@a.example", members: ["jo@a.example"])
        try api.addAdmin("dan@office.example", of: ["a.example"])
        try api.run(
            """
            INSERT INTO maillists (address, domain, transport, mlid)
            VALUES ('news@a.example', 'a.example', 'mlmmj:a.example/news', '1')
            """)
    }

    /// Each route's parameters whose kind matches, as `method path name`.
    private static func parameters(_ matches: (String) -> Bool) -> [(route: Route, name: String, kind: String)] {
        API.routes.flatMap { route in
            // Its own test says when a route's parameters cannot be described.
            (route.parameters).filter { matches($0.kind) }.map { (route, $0.name, $0.kind) }
        }
    }

    private static func target(_ route: Route) -> String {
        let account =
            route.path.hasPrefix("/api/ml/")
            ? "news" : route.path.contains("list/") ? "list" : route.path.contains("alias/") ? "team" : "jo"
        let isNew = route.method == .post && route.path.hasSuffix("/<mail>")
        let mail =
            route.path.contains("/admin/")
            ? (isNew ? "new@office.example" : "dan@office.example")
            : isNew && !route.path.contains("wblist") && !route.path.contains("greylisting")
                ? "new@a.example"
                : "\(account)@a.example"
        let domain = route.method == .post && route.path == "/api/domain/<domain>" ? "new.example" : "a.example"
        return route.path.replacing("<domain>", with: domain).replacing("<mail>", with: mail)
    }

    private func word(_ route: Route, _ name: String, _ value: String, by client: TestAPI.Client) throws -> String? {
        let others = route.parameters.filter { $0.isRequired && $0.name != name }
            .map { "\($0.name)=\($0.example)" }
        let form = (others + ["\(name)=\(value)"]).joined(separator: "&")
        let target = Self.target(route)
        if route.method == .get { return try client.send(.get, "\(target)?\(form)").word }
        return try client.send(route.method, target, form).word
    }

    @Test func aNumberHasNothingButDigits() throws {
        let root = try api.globalAdmin()
        let numbers = Self.parameters { $0.hasPrefix("number") }
        #expect(numbers.count > 30)
        for (route, name, kind) in numbers {
            // A score may be below zero, and elsewhere -1 says that there is no limit, or none at all.
            let values = [
                "%2B1", "-2", "1e3", "0x10", "1%200", "1_000", "1,5", "%D9%A1%D9%A2", "%EF%BC%91", "NaN", "inf", "--1",
                "1-", "100000000000000000000",
            ]
            for value in values where value != "-2" || !kind.contains("5.5") {
                let word = try word(route, name, value, by: root)
                let isRefused = word == "INVALID_PARAMETER" || word == "INVALID_" + name.uppercased()
                #expect(isRefused, "\(route.method.text) \(route.path) \(name)=\(value) (\(kind)): \(word ?? "taken")")
            }
        }
    }

    @Test func aListHasAtMostAThousandItems() throws {
        let root = try api.globalAdmin()
        let lists = Self.parameters { $0.contains("separated by commas") }
        #expect(lists.count > 30)
        for (route, name, kind) in lists {
            // Subscribers of a list may be more.
            let limit = kind.contains("10 000") ? 10_000 : 1000
            let items = (0...limit).map { "x\($0)@a.example" }.joined(separator: ",")
            let word = try word(route, name, items, by: root)
            let isRefused = word == "INVALID_PARAMETER" || word == "INVALID_" + name.uppercased()
            #expect(isRefused, "\(route.method.text) \(route.path) \(name): \(word ?? "taken")")
        }
    }

    @Test func emptyItemsAndDoublesDoNotCount() throws {
        let root = try api.globalAdmin()
        let double = "x@c.example,X@C.example,,, ,"
        try root.done(.put, "/api/user/jo@a.example", "forwarding=\(double)")
        #expect(try api.rows("SELECT forwarding FROM forwardings WHERE address = 'jo@a.example'") == ["x@c.example"])
        try root.done(.put, "/api/alias/team@a.example", "members=\(double)")
        #expect(try api.rows("SELECT forwarding FROM forwardings WHERE address = 'team@a.example'") == ["x@c.example"])
    }

    @Test func anAddressHasAtMost254Characters() throws {
        let root = try api.globalAdmin()
        let domain = String(repeating: "d.", count: 121) + "example"
        for (length, expected) in [(254, 1), (255, 0)] {
            let address = String(repeating: "l", count: length - domain.count - 1) + "@" + domain
            try root.done(.put, "/api/user/jo@a.example", "forwarding=jo@a.example,\(address)")
            let long = try api.rows("SELECT COUNT(*) FROM forwardings WHERE LENGTH(forwarding) > 200")
            #expect(long == ["\(expected)"])
        }
    }
}
