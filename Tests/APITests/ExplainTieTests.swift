import Gateway
import Testing

/// Which of several entries with the same priority is explained as the one that decides.
struct ExplainTieTests {
    private let api: TestAPI
    private let admin: TestAPI.Client

    init() throws {
        api = try .withPolicyAccounts()
        admin = try api.globalAdmin()
    }

    private func decisive(_ query: String, for reader: String = "iredapd") throws -> String? {
        let answer = try admin.send(.get, "/api/policy/explain/u@example.com?\(query)")
        let lists = answer.member("wblist") as? [String: Any]
        let inbound = lists?["inbound"] as? [String: Any]
        let effective = inbound?["effective"] as? [String: Any]
        return (effective?[reader] as? [String: Any])?["address"] as? String
    }

    @Test func ofNetworksTheOneThatWasListedFirst() throws {
        try admin.done(.post, "/api/wblist/inbound/whitelist/example.com", "addresses=192.0.2.128/25")
        try admin.done(.post, "/api/wblist/inbound/blacklist/example.com", "addresses=192.0.2.0/24")
        #expect(try decisive("sender=s@far.test&client=192.0.2.200") == "192.0.2.128/25")
        #expect(try decisive("sender=s@far.test&client=192.0.2.100") == "192.0.2.0/24")
    }

    @Test func ofDomainsTheFirstByNameForIredapdAndTheNearestForAmavisd() throws {
        try admin.done(.post, "/api/wblist/inbound/whitelist/example.com", "addresses=@.sub.far.test")
        try admin.done(.post, "/api/wblist/inbound/blacklist/example.com", "addresses=@.far.test")
        #expect(try decisive("sender=s@sub.far.test") == "@.far.test")
        #expect(try decisive("sender=s@sub.far.test", for: "amavisd") == "@.sub.far.test")
    }

    /// iRedAPD looks without the extension.
    @Test func amavisdKnowsASenderWithItsExtension() throws {
        try admin.done(
            .post, "/api/wblist/inbound/whitelist/example.com", "addresses=s%2Btag@far.test,s@far.test")
        #expect(try decisive("sender=s%2Btag@far.test") == "s@far.test")
        #expect(try decisive("sender=s%2Btag@far.test", for: "amavisd") == "s+tag@far.test")
    }
}
