import Mail
import Testing

/// `Contract.md` 12.1, 15.2, 16.1.
struct PolicyValueTests {
    @Test(arguments: [("@.", 0, 0), ("@example.com", 60, 5), ("jo@example.com", 100, 10)])
    func aScopeHasItsKeyAndPriorities(_ key: String, _ iredapd: Int, _ amavisd: Int) throws {
        let scope = try #require(Scope(key: key))
        #expect(scope.key == key && scope.iredapdPriority == iredapd && scope.amavisdPriority == amavisd)
    }

    @Test(arguments: ["", "@", "@.com", "@.example.com", "192.0.2.1", "@ip", "jo@*", "example.com"])
    func otherKeysAreNoScope(_ key: String) {
        #expect(Scope(key: key) == nil)
    }

    @Test(arguments: [
        "a.example", "_spf.example.com", "-a.b-", "1.a", "a.1a", "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        String(repeating: "a", count: 63) + ".example",
    ])
    func aDomainIsLookedUp(_ text: String) throws {
        #expect(try #require(SPFDomain(text.uppercased())).text == text)
    }

    @Test(arguments: [
        "", "a", "a.", ".a.b", "a..b", "@a.example", "a.1", "a.example.", "a b.example", "ä.example", "a.example/24",
        String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 125) + "abcd",
    ])
    func aDomainIsNot(_ text: String) {
        #expect(SPFDomain(text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.7", 24, "192.0.2.0/24"), ("192.0.2.7", 32, "192.0.2.7"), ("203.0.113.77", 28, "203.0.113.64/28"),
        ("192.0.2.7", 0, "0.0.0.0/0"), ("2001:db8::7", 128, "2001:db8::7"), ("2001:db8:1:2::7", 48, "2001:db8:1::/48"),
        ("2001:db8::7", 0, "::/0"),
    ])
    func aNetworkAroundAnAddressIsMasked(_ address: String, _ length: Int, _ text: String) throws {
        let middle = try #require(IPAddress(address))
        let network = try #require(IPNetwork(around: middle, prefixLength: length))
        #expect(network.description == text && network.prefixLength == length)
        #expect(network.isSingleAddress == (text == address))
    }

    @Test(arguments: [("192.0.2.7", 33), ("192.0.2.7", -1), ("2001:db8::7", 129)])
    func aNetworkHasNoMoreBitsThanItsFamily(_ address: String, _ length: Int) throws {
        let middle = try #require(IPAddress(address))
        #expect(IPNetwork(around: middle, prefixLength: length) == nil)
    }
}
