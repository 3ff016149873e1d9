import Mail
import SPF
import Testing

/// A listed domain's result as a whole.
struct SPFEvaluationTests {
    @Test func theExampleWithEveryKindOfTerm() throws {
        let record =
            "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.9/32 ip4:203.0.113.77/28 ip6:2001:db8:1::/48 "
            + "a:out.spf1.test/30 include:inc.spf1.test -ip4:192.0.2.66 ptr exists:%{i}.x.test ~all"
        let zone = Zone(
            texts: ["spf1.test": [record], "inc.spf1.test": ["v=spf1 ip4:203.0.113.200 include:spf1.test -all"]],
            addresses: ["out.spf1.test": ["198.51.100.41"], "mx.spf1.test": ["198.51.100.25", "2001:db8:2::25"]],
            mailHosts: ["spf1.test": [(10, "mx.spf1.test")]])
        let result = try zone.senders(of: "spf1.test")
        #expect(
            result.senders == [
                "192.0.2.0/24", "198.51.100.25", "198.51.100.40/30", "198.51.100.9", "2001:db8:1::/48",
                "2001:db8:2::25",
                "203.0.113.200", "203.0.113.64/28",
            ])
        #expect(result.outcome == .ok)
        #expect(result.lookups == 2)
    }

    @Test func theMXOfADomainWithoutSPFCounts() throws {
        let zone = Zone(addresses: ["nospf.test": ["198.51.100.77"]], mailHosts: ["nospf.test": [(10, "nospf.test")]])
        let result = try zone.senders(of: "nospf.test")
        #expect(result.senders == ["198.51.100.77"])
        #expect(result.outcome == .ok && result.lookups == 0)
    }

    @Test func tooWideNetworksAreLeftOutAndNamed() throws {
        let terms = "ip4:0.0.0.0/0 ip4:10.0.0.0/7 ip6:2001::/15 ip6:::/0 a/7//15 ip4:11.0.0.0/8 +all"
        let zone = Zone("wide.test", terms, addresses: ["wide.test": ["192.0.2.1", "2001:db8::1"]])
        let result = try zone.senders(of: "wide.test")
        #expect(result.senders == ["11.0.0.0/8"])
        #expect(result.tooWide == ["0.0.0.0/0", "10.0.0.0/7", "192.0.0.0/7", "2000::/15", "::/0"])
        #expect(result.outcome == .ok)
    }

    private func chain(_ length: Int) -> Zone {
        let zone = Zone("chain.test", "include:c1.test")
        for number in 1...length {
            zone.texts["c\(number).test"] = ["v=spf1 include:c\(number + 1).test ip4:192.0.2.\(number)"]
        }
        zone.mailHosts["chain.test"] = [(10, "mx.test")]
        zone.addresses["mx.test"] = ["198.51.100.1"]
        return zone
    }

    @Test(arguments: [(20, 20), (1, 1), (7, 7)])
    func beyondTheLimitNothingIsFollowedAndWhatWasFoundStays(_ limit: Int, _ reached: Int) throws {
        let zone = chain(25)
        let result = try zone.senders(of: "chain.test", limit: limit)
        #expect(result.senders == ((1...reached).map { "192.0.2.\($0)" } + ["198.51.100.1"]).sorted())
        #expect(result.outcome == .partial("it needs more than \(limit) lookups"))
        #expect(result.lookups == limit)
    }

    @Test func exactlyAsManyLookupsAsAllowedAreNotTooMany() throws {
        let zone = chain(19)
        zone.texts["c19.test"] = ["v=spf1 ip4:192.0.2.19 a:x.test"]
        #expect(try zone.senders(of: "chain.test").outcome == .ok)
        zone.texts["c19.test"] = ["v=spf1 ip4:192.0.2.19 a:x.test mx:x.test"]
        #expect(try zone.senders(of: "chain.test").outcome != .ok)
    }

    @Test func termsThatCostNothingCountBeyondTheLimit() throws {
        let zone = Zone(
            "a.test", "include:b.test include:c.test a:d.test ip4:192.0.2.1 a:b.test/24",
            addresses: ["d.test": ["203.0.113.1"]])
        zone.texts["b.test"] = ["v=spf1 ip4:192.0.2.2"]
        zone.texts["c.test"] = ["v=spf1 ip4:192.0.2.3"]
        let result = try zone.senders(of: "a.test", limit: 1)
        #expect(result.senders == ["192.0.2.1", "192.0.2.2"])
        #expect(zone.questions == ["a.test TXT", "b.test TXT", "a.test MX"])
    }

    @Test(arguments: [
        "include:a.test", "redirect=a.test", "include:b.test", "include:b.test include:B.TEST redirect=b.test.",
    ])
    func loopsEnd(_ terms: String) throws {
        let zone = Zone("a.test", "\(terms) ip4:192.0.2.1")
        zone.texts["b.test"] = ["v=spf1 include:a.test include:b.test redirect=b.test ip4:192.0.2.2"]
        let result = try zone.senders(of: "a.test")
        #expect(result.outcome == .ok && result.lookups <= 1)
        #expect(result.senders.contains("192.0.2.1"))
        #expect(Set(zone.questions).count == zone.questions.count)
    }

    @Test(arguments: ["a.test", "b.test", "c.test", "m.test"])
    func aLookupThatFailsFailsTheDomain(_ name: String) throws {
        let zone = Zone("a.test", "ip4:192.0.2.1 include:b.test a:c.test")
        zone.texts["b.test"] = ["v=spf1 ip4:192.0.2.2"]
        zone.mailHosts["a.test"] = [(10, "m.test")]
        zone.down = [name]
        let result = try zone.senders(of: "a.test")
        #expect(result.senders == [])
        let kind = ["a.test": "TXT", "b.test": "TXT", "c.test": "A", "m.test": "A"][name] ?? ""
        #expect(result.outcome == .failed("\(name) \(kind): SERVFAIL"))
    }

    @Test func domainsDoNotShareWhatTheyHaveVisited() throws {
        let zone = Zone(texts: [
            "a.test": ["v=spf1 include:shared.test"], "b.test": ["v=spf1 include:shared.test"],
            "shared.test": ["v=spf1 ip4:192.0.2.1"],
        ])
        for name in ["a.test", "b.test"] { #expect(try zone.senders(of: name).senders == ["192.0.2.1"]) }
    }

    @Test func moreSendersThanFitAreCutTheSameWayEveryTime() throws {
        let terms = (0..<2001).map { "ip4:10.\($0 / 256).\($0 % 256).7" }
        let result = try Zone("a.test", terms.shuffled().joined(separator: " ")).senders(of: "a.test")
        #expect(result.senders.count == 2000)
        #expect(result.senders == Array(terms.map { String($0.dropFirst(4)) }.sorted().prefix(2000)))
        #expect(result.outcome == .partial("it has 2001 senders"))
    }

    @Test func bytesThatAreNoTextDoNoHarm() throws {
        struct Bytes: NameService {
            func texts(of name: String) throws(LookupFailure) -> [[UInt8]] {
                [
                    [0xff, 0xfe, 0],
                    Array("v=spf1 ip4:192.0.2.1 ".utf8) + [0xc3, 0x28, 0, 0xff] + Array(" ip4:192.0.2.2".utf8),
                ]
            }
            func addresses(of name: String) throws(LookupFailure) -> [IPAddress] { [] }
            func mailHosts(of name: String) throws(LookupFailure) -> [MailHost] { [] }
        }
        let domain = try #require(SPFDomain("a.test"))
        #expect(SPFEvaluation.senders(of: domain, Bytes(), lookupLimit: 20).senders == ["192.0.2.1", "192.0.2.2"])
    }
}
