import SPF
import Testing

/// What each term of a record adds.
struct SPFTermTests {
    private static let addresses = [
        "a.test": ["192.0.2.1", "2001:db8::1"], "other.test": ["198.51.100.41"], "_h.test": ["203.0.113.5"],
    ]

    @Test(arguments: [
        ("ip4:192.0.2.0/24", ["192.0.2.0/24"]), ("+ip4:192.0.2.9", ["192.0.2.9"]), ("IP4:192.0.2.9", ["192.0.2.9"]),
        ("ip4:192.0.2.9/32", ["192.0.2.9"]), ("ip4:203.0.113.77/28", ["203.0.113.64/28"]),
        ("ip6:2001:DB8:0:0::7", ["2001:db8::7"]), ("ip6:2001:db8::7/128", ["2001:db8::7"]),
        ("ip6:2001:db8:1:2::3/48", ["2001:db8:1::/48"]), ("ip4:10.0.0.0/8", ["10.0.0.0/8"]),
        ("ip6:2001::/16", ["2001::/16"]),
    ])
    func anAddressTermAddsItsNetwork(_ terms: String, _ senders: [String]) throws {
        #expect(try Zone("a.test", terms).senders(of: "a.test").senders == senders)
    }

    @Test(arguments: [
        "ip4:300.1.1.1", "ip4:192.0.2", "ip4:2001:db8::1", "ip6:192.0.2.1", "ip6:::ffff:192.0.2.1", "ip4:192.0.2.1/33",
        "ip4:192.0.2.1/", "ip4:192.0.2.1/08", "ip4:192.0.2.1/8/8", "ip6:2001:db8::/129", "ip4:", "ip4", "ip4=192.0.2.1",
        "-ip4:192.0.2.1", "~ip4:192.0.2.1", "?ip4:192.0.2.1", "++ip4:192.0.2.1", "ip4:%{i}", "ip4:192.0.2.1%",
        "a:", "a:/24", "a/33", "a//129", "a/24/64", "a/", "a//", "-a", "~mx", "?a", "a:%{d}", "mx:%{d}", "ax:a.test",
        "include:", "include", "include=other.test", "-include:inc.test", "include:%{d}.test", "redirect=",
        "redirect:inc.test",
        "+redirect=inc.test", "redirect=%{d}", "all", "+all", "ptr", "ptr:a.test", "exists:a.test", "exp=a.test",
        "unknown:a.test", "unknown=a.test", "v=spf1", "ip4:192.0.2.1\u{e9}", "ip5:192.0.2.1",
        // In their normal form the marks would be sorted, in a time that grows with their square.
        String(repeating: "\u{301}", count: 10_000) + String(repeating: "\u{323}", count: 10_000),
    ])
    func otherTermsAddNothing(_ term: String) throws {
        let zone = Zone("a.test", "\(term) ip4:198.51.100.1", addresses: Self.addresses)
        zone.texts["inc.test"] = ["v=spf1 ip4:203.0.113.1"]
        let result = try zone.senders(of: "a.test")
        #expect(result.senders == ["198.51.100.1"])
        #expect(result.outcome == .ok && result.lookups == 0)
        #expect(zone.questions == ["a.test TXT", "a.test MX"])
    }

    @Test(arguments: [
        ("a", ["192.0.2.1", "2001:db8::1"]), ("+A", ["192.0.2.1", "2001:db8::1"]),
        ("a:Other.Test", ["198.51.100.41"]), ("a:other.test.", ["198.51.100.41"]), ("a:_h.test", ["203.0.113.5"]),
        ("a:other.test/30", ["198.51.100.40/30"]), ("a/24", ["192.0.2.0/24", "2001:db8::1"]),
        ("a//64", ["192.0.2.1", "2001:db8::/64"]), ("a/24//64", ["192.0.2.0/24", "2001:db8::/64"]),
        ("a/32//128", ["192.0.2.1", "2001:db8::1"]), ("a:nowhere.test", []),
    ])
    func anATermAddsTheNamesAddressesWidened(_ terms: String, _ senders: [String]) throws {
        let result = try Zone("a.test", terms, addresses: Self.addresses).senders(of: "a.test")
        #expect(result.senders == senders)
        #expect(result.lookups == 1)
    }

    @Test func aNameMayBeWidenedInTwoWaysAndIsAskedOnce() throws {
        let zone = Zone("a.test", "a:other.test a:other.test/24", addresses: Self.addresses)
        let result = try zone.senders(of: "a.test")
        #expect(result.senders == ["198.51.100.0/24", "198.51.100.41"])
        #expect(result.lookups == 1)
        #expect(zone.questions == ["a.test TXT", "other.test A", "a.test MX"])
    }

    @Test(arguments: [
        ("mx", ["192.0.2.10"]), ("mx:m.test", ["192.0.2.10", "2001:db8::20", "203.0.113.20"]),
        ("mx:m.test/24//48", ["192.0.2.10", "2001:db8::/48", "203.0.113.0/24"]),
    ])
    func anMXTermAddsTheHostsAddressesWidened(_ terms: String, _ senders: [String]) throws {
        let zone = Zone(
            "a.test", terms,
            addresses: [
                "own.test": ["192.0.2.10"], "mail.test": ["203.0.113.20", "2001:db8::20"],
            ])
        zone.mailHosts = ["a.test": [(10, "own.test")], "m.test": [(10, "mail.test")]]
        #expect(try zone.senders(of: "a.test").senders == senders)
    }

    @Test func onlyTheFirstTenMXHostsCount() throws {
        let zone = Zone("a.test", "-all")
        for number in 1...12 {
            zone.mailHosts["a.test", default: []].insert((number == 12 ? 0 : 10, "h\(number + 10).test"), at: 0)
            zone.addresses["h\(number + 10).test"] = ["192.0.2.\(number)"]
        }
        #expect(
            try zone.senders(of: "a.test").senders == [
                "192.0.2.1", "192.0.2.12", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7",
                "192.0.2.8", "192.0.2.9",
            ])
    }

    @Test func aNullMXAddsNothing() throws {
        let zone = Zone("a.test", "mx ip4:192.0.2.1", addresses: ["": ["203.0.113.1"]])
        zone.mailHosts["a.test"] = [(0, "")]
        #expect(try zone.senders(of: "a.test").senders == ["192.0.2.1"])
        #expect(!zone.questions.contains(" A"))
    }

    @Test(arguments: [
        ("v=spf1 redirect=r.test", ["203.0.113.1"]), ("v=spf1 redirect=r.test -all", []),
        ("v=spf1 all redirect=r.test", []),
        ("v=spf1 REDIRECT=R.Test ip4:192.0.2.1", ["192.0.2.1", "203.0.113.1"]), ("v=spf1 redirect=none.test", []),
        ("v=spf1 redirect=r.test call:all", ["203.0.113.1"]),
    ])
    func aRedirectCountsWithoutAll(_ record: String, _ senders: [String]) throws {
        let zone = Zone(texts: ["a.test": [record], "r.test": ["v=spf1 ip4:203.0.113.1 -all"]])
        #expect(try zone.senders(of: "a.test").senders == senders)
    }

    @Test(arguments: [
        (["V=SPF1 ip4:192.0.2.1"], ["192.0.2.1"]), (["v=spf1   ip4:192.0.2.1  "], ["192.0.2.1"]),
        (["other", "v=spf1 ip4:192.0.2.1", "v=spf10 ip4:192.0.2.2"], ["192.0.2.1"]),
        (["v=spf1 ip4:192.0.2.1", "v=spf1 ip4:192.0.2.2"], []), (["v=spf1ip4:192.0.2.1"], []),
        (["v=spf2.0 ip4:192.0.2.1"], []),
        ([" v=spf1 ip4:192.0.2.1"], ["192.0.2.1"]), ([], []), ([""], []), (["v=spf1"], []),
    ])
    func exactlyOneRecordIsTaken(_ texts: [String], _ senders: [String]) throws {
        #expect(try Zone(texts: ["a.test": texts]).senders(of: "a.test").senders == senders)
    }
}
