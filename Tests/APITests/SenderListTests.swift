import Gateway
import MailStore
import Storage
import Testing

/// `Contract.md` 17.
struct SenderListTests {
    private let api: TestAPI
    private let client: TestAPI.Client
    private let white = "/api/wblist/inbound/whitelist/jo@example.com"
    private let black = "/api/wblist/inbound/blacklist/jo@example.com"

    init() throws {
        api = try TestAPI()
        try api.addDomain("example.com")
        try api.addMailbox("jo@example.com")
        client = try api.globalAdmin()
    }

    private func rows(_ direction: String) throws -> [String] {
        let join =
            direction == "inbound"
            ? "wblist AS list ON list.rid = users.id JOIN mailaddr ON mailaddr.id = list.sid"
            : "outbound_wblist AS list ON list.sid = users.id JOIN mailaddr ON mailaddr.id = list.rid"
        return try api.rows(
            SQL(
                trusted: """
                    SELECT users.email, users.priority, users.policy_id, mailaddr.email, mailaddr.priority, list.wb
                      FROM users JOIN \(join) ORDER BY users.email, mailaddr.email
                    """), in: .amavisd)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", 9), ("2001:DB8::1", "2001:db8::1", 9), ("192.0.2.0/24", "192.0.2.0/24", 7),
        ("192.0.2.1/32", "192.0.2.1/32", 7), ("2001:db8::1/128", "2001:db8::1", 9),
        ("2001:db8::/32", "2001:db8::/32", 7),
        ("Jo@Out.example", "jo@out.example", 10), ("@out.example", "@out.example", 5),
        ("@.Out.example", "@.out.example", 3), ("@.", "@.", 0),
    ])
    func aPeerIsStoredWithItsPriority(_ item: String, _ stored: String, _ priority: Int) throws {
        try client.done(.post, white, "addresses=\(item),garbage")
        #expect(try rows("inbound") == ["jo@example.com|10|0|\(stored)|\(priority)|W"])
        #expect(try client.send(.get, white).body == #"{"_success": true, "_data": ["\#(stored)"]}"#)
        try client.done(.put, white, "addresses=\(item)")
        #expect(try rows("inbound") == [])
        #expect(try api.rows("SELECT email FROM users ORDER BY 1", in: .amavisd) == ["@."])
    }

    @Test func theDirectionsAndScopesHaveTheirTables() throws {
        try client.done(.post, "/api/wblist/outbound/blacklist/example.com", "addresses=@rival.example")
        try client.done(.post, "/api/wblist/outbound/whitelist/global", "addresses=@.rival.example")
        try client.done(.post, "/api/wblist/inbound/blacklist/global", "addresses=@bad.example")
        #expect(
            try rows("outbound") == ["@.|0|1|@.rival.example|3|W", "@example.com|5|0|@rival.example|5|B"])
        #expect(try rows("inbound") == ["@.|0|1|@bad.example|5|B"])
        #expect(
            try api.rows("SELECT MIN(id) FROM mailaddr", in: .amavisd) == ["1000000001"],
            "no mailaddr id may equal a users id")
    }

    @Test func theLastColourWins() throws {
        try client.done(.post, white, "addresses=@a.example,@b.example")
        try client.done(.post, black, "addresses=@b.example")
        #expect(try client.send(.get, white).body == #"{"_success": true, "_data": ["@a.example"]}"#)
        #expect(try client.send(.get, black).body == #"{"_success": true, "_data": ["@b.example"]}"#)
        try client.done(.put, white, "addresses=@b.example")
        #expect(try client.send(.get, black).body == #"{"_success": true, "_data": ["@b.example"]}"#)
        try client.done(.delete, white)
        #expect(try rows("inbound") == ["jo@example.com|10|0|@b.example|5|B"])
        try client.done(.delete, black)
        try client.done(.delete, black)
        #expect(try api.rows("SELECT email FROM users", in: .amavisd) == ["@."])
    }

    @Test func wrongPrioritiesAreMended() throws {
        try client.done(.post, white, "addresses=@a.example")
        try api.run("UPDATE users SET priority = 1", on: .amavisd)
        try api.run("UPDATE mailaddr SET priority = 1", on: .amavisd)
        try client.done(.post, white, "addresses=@a.example")
        #expect(try rows("inbound") == ["jo@example.com|10|0|@a.example|5|W"])
    }

    @Test func withoutOneValidAddressNothingChanges() throws {
        let before = try api.contents()
        try client.done(.post, white, "addresses=garbage,192.0.2.5/24,@com")
        #expect(try api.contents() == before)
    }

    @Test(arguments: [
        (Method.post, ""), (.post, "addresses="), (.put, ""), (.put, "addresses="), (.put, "address=@a.example"),
    ])
    func anAddressMustBeNamed(_ method: Method, _ form: String) throws {
        #expect(try client.refusal(method, white, form) == "MISSING_PARAMETER")
    }

    @Test func aListedPeerIsRemovedAsItStands() throws {
        try client.done(.post, white, "addresses=@a.example")
        try api.run("UPDATE mailaddr SET email = 'odd one'", on: .amavisd)
        try client.done(.put, white, "addresses=Odd one")
        #expect(try rows("inbound") == [])
    }
}
