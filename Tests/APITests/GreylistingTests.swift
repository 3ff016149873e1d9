import Gateway
import MailStore
import Storage
import Testing

/// `Contract.md` 15.1, 15.2, 16.1.
struct GreylistingTests {
    private let api: TestAPI
    private let client: TestAPI.Client
    private let target = "/api/greylisting/example.com"
    private let whitelist = "/api/greylisting/example.com/whitelists"
    private let domains = "/api/greylisting/whitelist_spf_domains"

    init() throws {
        api = try TestAPI()
        try api.addDomain("example.com")
        try api.addMailbox("jo@example.com")
        client = try api.globalAdmin()
    }

    private func rows() throws -> [String] {
        try api.rows(
            "SELECT account, priority, sender, sender_priority, active, comment FROM greylisting ORDER BY id",
            in: .iredapd)
    }

    private func senders() throws -> [String] {
        try api.rows(
            "SELECT account, sender, comment FROM greylisting_whitelists ORDER BY account, sender", in: .iredapd)
    }

    @Test func theScopesHaveTheirRows() throws {
        try client.done(.post, target, "status=Disable")
        try client.done(.post, "/api/greylisting/jo@example.com", "status=ENABLE")
        try client.done(.post, "/api/greylisting/global", "status=disable")
        #expect(try rows() == ["@.|0|@.|0|0|", "@example.com|60|@.|0|0|", "jo@example.com|100|@.|0|1|"])
        #expect(
            try client.send(.get, target).body
                == #"{"_success": true, "_data": {"account": "@example.com", "sender": "@.", "status": "disable"}}"#)
        #expect(try client.send(.get, "/api/greylisting/jo@example.com").text("status") == "enable")
    }

    @Test func settingKeepsTheCommentAndMendsThePriorities() throws {
        try api.run(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active, comment)
            VALUES ('@example.com', 20, '@.', 7, 1, 'mine')
            """, on: .iredapd)
        try client.done(.post, target, "status=disable")
        #expect(try rows().last == "@example.com|60|@.|0|0|mine")
    }

    @Test func removingLeavesEverythingElse() throws {
        try client.done(.post, target, "status=disable")
        try client.done(.post, whitelist, "senders=@friends.example")
        try api.run("INSERT INTO greylisting (account, sender) VALUES ('@example.com', '@other.example')", on: .iredapd)
        try client.done(.delete, target)
        #expect(try rows() == ["@.|0|@.|0|1|", "@example.com|0|@other.example|0|1|"])
        #expect(try senders() == ["@example.com|@friends.example|"])
        #expect(try client.send(.get, target).body == #"{"_success": true, "_data": {}}"#)
        try client.done(.delete, target)
    }

    @Test func allShowsEveryRowTheStrongestFirst() throws {
        try client.done(.post, target, "status=disable")
        try api.run(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active, comment)
            VALUES ('@example.com', 60, '192.0.2.1', 80, 0, 'by hand')
            """, on: .iredapd)
        #expect(
            try client.send(.get, "/api/greylisting/all").body
                == #"{"_success": true, "_data": [{"account": "@example.com", "sender": "192.0.2.1", "#
                + #""status": "disable", "priority": 60, "sender_priority": 80, "comment": "by hand"}, "#
                + #"{"account": "@example.com", "sender": "@.", "status": "disable", "priority": 60, "#
                + #""sender_priority": 0, "comment": ""}, {"account": "@.", "sender": "@.", "status": "enable", "#
                + #""priority": 0, "sender_priority": 0, "comment": ""}]}"#)
        try client.done(.delete, "/api/greylisting/global")
        try api.run("DELETE FROM greylisting", on: .iredapd)
        #expect(try client.send(.get, "/api/greylisting/all").body == #"{"_success": true, "_data": []}"#)
    }

    @Test(arguments: [
        ("", "MISSING_PARAMETER"), ("status=", "MISSING_PARAMETER"), ("status=on", "INVALID_STATUS"),
        ("status=active", "INVALID_STATUS"), ("status=1", "INVALID_STATUS"),
    ])
    func aWrongStatusIsRefused(_ form: String, _ word: String) throws {
        #expect(try client.refusal(.post, target, form) == word)
    }

    // MARK: Whitelisted senders

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::FFFF:192.0.2.1", "192.0.2.1"), ("192.0.2.9/32", "192.0.2.9/32"),
        ("192.0.2.0/24", "192.0.2.0/24"), ("0.0.0.0/0", "0.0.0.0/0"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::7/128", "2001:db8::7"), ("2001:DB8::/32", "2001:db8::/32"), ("Jo@Out.Example", "jo@out.example"),
        ("jo+x@out.example", "jo+x@out.example"), ("@Out.Example", "@out.example"), ("@.Out.Example", "@.out.example"),
    ])
    func aSenderIsStoredInItsNormalForm(_ item: String, _ stored: String) throws {
        let encoded = item.replacing("+", with: "%2B")
        try client.done(.post, whitelist, "addSenders=,\(encoded), \(encoded),garbage")
        #expect(try senders() == ["@example.com|\(stored)|"])
        try client.done(.post, whitelist, "removeSenders=\(encoded)")
        #expect(try senders() == [])
    }

    @Test(arguments: [
        "@.", "@.com", "@com", "jo@*", "192.0.2.*", "192.0.2.5/24", "2001:db8::1/32", "192.0.2.0/33", "010.1.1.1",
        "example.com",
        "jo@", "a b@out.example", "@", "@out..example", "*", "nonsense",
    ])
    func whatIsNoSenderIsRefusedWhenNothingElseIsThere(_ item: String) throws {
        for name in ["senders", "addSenders"] {
            #expect(try client.refusal(.post, whitelist, "\(name)=\(item)") == "INVALID_SENDER")
        }
        try client.done(.post, whitelist, "removeSenders=\(item)")
    }

    @Test func aListIsReplacedAddedToAndRemovedFrom() throws {
        try client.done(.post, whitelist, "senders=@a.example,@b.example,@a.example")
        try api.run("UPDATE greylisting_whitelists SET comment = 'mine'", on: .iredapd)
        try client.done(.post, whitelist, "addSenders=@b.example,@c.example&removeSenders=@a.example,@c.example")
        #expect(try senders() == ["@example.com|@b.example|mine", "@example.com|@c.example|"])
        #expect(
            try client.send(.get, whitelist).body == #"{"_success": true, "_data": ["@b.example", "@c.example"]}"#)
        try client.done(.post, whitelist, "addSenders=&removeSenders=")
        try client.done(.post, whitelist, "senders=@c.example,@d.example")
        #expect(try senders() == ["@example.com|@c.example|", "@example.com|@d.example|"])
        try client.done(.post, whitelist, "senders=")
        #expect(try senders() == [])
        #expect(try client.send(.get, whitelist).body == #"{"_success": true, "_data": []}"#)
    }

    @Test func whatOthersWroteIsReplacedTooAndRemovedAsItStands() throws {
        for sender in ["odd one", "@other.example"] {
            try api.run(
                """
                INSERT INTO greylisting_whitelists (account, sender, comment)
                VALUES ('@example.com', \(sender), 'AUTO-WHITELISTED')
                """, on: .iredapd)
        }
        try client.done(.post, whitelist, "removeSenders=Odd one")
        #expect(try senders() == ["@example.com|@other.example|AUTO-WHITELISTED"])
        try client.done(.post, whitelist, "senders=@a.example")
        #expect(try senders() == ["@example.com|@a.example|"])
    }

    @Test(arguments: [
        ("senders=&addSenders=@a.example", "PARAMETER_CONFLICT"),
        ("senders=@a.example&removeSenders=", "PARAMETER_CONFLICT"),
        ("", "MISSING_PARAMETER"), ("sender=@a.example", "MISSING_PARAMETER"),
    ])
    func whatDoesNotGoTogetherIsRefused(_ form: String, _ word: String) throws {
        #expect(try client.refusal(.post, whitelist, form) == word)
    }

    @Test func whatIsRememberedOfAnExemptClientGoes() throws {
        for client in ["192.0.2.1", "192.0.2.2"] {
            try api.run(
                "INSERT INTO greylisting_tracking (sender, recipient, client_address) VALUES ('a', 'b', \(client))",
                on: .iredapd)
        }
        try client.done(.post, "/api/greylisting/jo@example.com/whitelists", "addSenders=192.0.2.1,192.0.2.0/30")
        #expect(try api.rows("SELECT client_address FROM greylisting_tracking", in: .iredapd) == ["192.0.2.2"])
    }

    // MARK: Domains whose servers are exempt

    @Test func domainsAreReplacedAddedAndRemoved() throws {
        try client.done(.post, domains, "domains=B.example,_spf.a.example,b.example,@c.example")
        #expect(try client.send(.get, domains).body == #"{"_success": true, "_data": ["_spf.a.example", "b.example"]}"#)
        try client.done(.post, domains, "addDomains=d.example&removeDomains=b.example")
        #expect(try client.send(.get, domains).body == #"{"_success": true, "_data": ["_spf.a.example", "d.example"]}"#)
        try client.done(.post, domains, "domains=d.example")
        #expect(
            try api.rows("SELECT domain FROM greylisting_whitelist_domains", in: .iredapd) == ["d.example"])
        try client.done(.post, domains, "domains=")
        #expect(try client.send(.get, domains).body == #"{"_success": true, "_data": []}"#)
    }

    @Test(arguments: ["removeDomains=A.example", "domains=b.example"])
    func whatWasFoundThroughARemovedDomainGoesWithIt(_ form: String) throws {
        try client.done(.post, domains, "domains=a.example,b.example")
        for (sender, comment) in [
            ("192.0.2.1", "AUTO-UPDATE: a.example"), ("192.0.2.2", "AUTO-UPDATE: b.example"), ("192.0.2.3", "mine"),
        ] {
            try api.run(
                """
                INSERT INTO greylisting_whitelist_domain_spf (account, sender, comment) VALUES ('@.', \(sender), \(comment))
                """, on: .iredapd)
        }
        try client.done(.post, domains, form)
        #expect(
            try api.rows("SELECT sender FROM greylisting_whitelist_domain_spf ORDER BY 1", in: .iredapd)
                == ["192.0.2.2", "192.0.2.3"])
    }

    @Test(arguments: [
        ("domains=nonsense", "INVALID_DOMAIN_NAME"), ("addDomains=@a.example", "INVALID_DOMAIN_NAME"),
        ("addDomains=a.1", "INVALID_DOMAIN_NAME"), ("domains=&removeDomains=a.example", "PARAMETER_CONFLICT"),
        ("", "MISSING_PARAMETER"),
    ])
    func wrongDomainsAreRefused(_ form: String, _ word: String) throws {
        #expect(try client.refusal(.post, domains, form) == word)
    }
}
