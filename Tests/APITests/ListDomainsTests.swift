import Gateway
import Storage
import Testing

/// `GET /api/domains`: `Contract.md` 5.1.
struct ListDomainsTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        for name in ["c.example", "a.example", "b.example", "a-b.example"] { try api.addDomain(name) }
        try api.run("UPDATE domain SET active = 0 WHERE domain IN ('b.example', 'c.example')")
        try api.addAdmin("dan@office.example", of: ["c.example", "a.example"])
    }

    private func names(_ client: TestAPI.Client, _ query: String = "") throws -> [String] {
        let data = try client.send(.get, "/api/domains\(query)").data
        if let names = data as? [String] { return names }
        return try #require(data as? [[String: Any]]).compactMap { $0["domain"] as? String }
    }

    @Test func aGlobalAdminSeesAllInOrder() throws {
        #expect(try names(try api.globalAdmin()) == ["a-b.example", "a.example", "b.example", "c.example"])
    }

    @Test func aNormalAdminSeesTheManagedOnes() throws {
        #expect(try names(try api.client("dan@office.example")) == ["a.example", "c.example"])
    }

    @Test func aRightThatIsOffDoesNotCount() throws {
        try api.run("UPDATE domain_admins SET active = 0 WHERE domain = 'c.example'")
        #expect(try names(try api.client("dan@office.example")) == ["a.example"])
    }

    @Test(arguments: [
        ("?disabled_only=yes", ["b.example", "c.example"]),
        ("?disabled_only=no", ["a-b.example", "a.example", "b.example", "c.example"]),
        ("?disabled_only=", ["a-b.example", "a.example", "b.example", "c.example"]),
        ("?name_only=1&disabled_only=TRUE", ["b.example", "c.example"]),
        ("?name_only=on", ["a-b.example", "a.example", "b.example", "c.example"]),
    ])
    func theListCanBeNarrowed(_ query: String, _ expected: [String]) throws {
        #expect(try names(try api.globalAdmin(), query) == expected)
    }

    @Test func namesOnlyAreAnArrayOfTexts() throws {
        let answer = try api.client("dan@office.example").send(.get, "/api/domains?name_only=yes")
        #expect(answer.body == #"{"_success": true, "_data": ["a.example", "c.example"]}"#)
    }

    @Test(arguments: ["name_only=y", "disabled_only=2", "name_only=ja", "disabled_only=yes,no"])
    func anythingButYesOrNoIsRefused(_ query: String) throws {
        #expect(try api.globalAdmin().send(.get, "/api/domains?\(query)").word == "INVALID_PARAMETER")
    }

    @Test func profilesAreThoseOfTheSingleDomain() throws {
        let admin = try api.client("dan@office.example")
        try api.addMailbox("jo@a.example", quota: 5)
        let a = try admin.send(.get, "/api/domain/a.example").body.dropFirst(#"{"_success": true, "_data": "#.count)
            .dropLast()
        let c = try admin.send(.get, "/api/domain/c.example").body.dropFirst(#"{"_success": true, "_data": "#.count)
            .dropLast()
        #expect(try admin.send(.get, "/api/domains").body == #"{"_success": true, "_data": ["# + a + ", " + c + "]}")
    }

    @Test func aLongListIsSentInPiecesAndIsWhole() throws {
        try api.run(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 11999)
            INSERT INTO domain (domain) SELECT 'd' || n || '.example' FROM numbers
            """)
        var request = Request(.get, "/api/domains")
        request.cookie = try api.globalAdmin().cookie
        let answer = try api.send(request)
        // More than a megabyte, in pieces of about 60 KiB.
        #expect(answer.pieces > 15)
        let profiles = try #require(answer.data as? [[String: Any]])
        #expect(profiles.count == 2004)
        #expect(profiles.last?["domain"] as? String == "d11999.example")
        request.target = "/api/domains?name_only=yes"
        #expect((try api.send(request).data as? [String])?.count == 2004)
    }
}
