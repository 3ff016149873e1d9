import Testing

import Mail

struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::1", "::1"), ("::", "::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"),
        ("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"), ("0000:0000:0000:0000:0000:FFFF:C000:0201", "192.0.2.1"),
        ("0:0:0:0:0:FFFF:C000:0201", "192.0.2.1"), ("::192.0.2.1", "::192.0.2.1"),
    ])
    func readsOneAddress(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(address == IPAddress(canonical))
    }

    @Test(arguments: [
        "", " ", "unix:", "unix:/run/x.sock", "localhost", "192.0.2.1:80", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1\n",
        "192.0.2.1\0", "192.0.2.1\0.9", "192.0.2.1,192.0.2.2", "192.0.2.1x", "010.1.1.1", "192.0.2.01", "00.0.0.0",
        "0x7f.0.0.1", "1.2.3", "1.2.3.", "1.2.3.4.5", "256.1.1.1", "-1.2.3.4", "+1.2.3.4", "3221225985",
        "fe80::1%eth0", "fe80::1%2", "[::1]", "[::1]:80", "::1/128", ":::", "1::2::3", "12345::", "g::1",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:010.1.1.1", "::ffff:1.2.3", "192.0.2.1/32", "１.2.3.4",
    ])
    func isNoAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"), ("192.0.2.0/24", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"), ("2001:DB8::/32", "2001:db8::/32"), ("::1/128", "::1"),
        ("128.0.0.0/1", "128.0.0.0/1"), ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::FFFF:C000:200/120", "192.0.2.0/24"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::ffff:192.0.2.7/128", "192.0.2.7"),
    ])
    func readsOneEntry(_ text: String, _ canonical: String) throws {
        let range = try IPNetwork(text)
        #expect(range.description == canonical)
        #expect(range == (try IPNetwork(canonical)))
    }

    @Test(arguments: [
        ("", "is not an IP address"), ("/24", "is not an IP address"), ("010.1.1.1", "is not an IP address"),
        ("1.2.3", "is not an IP address"), ("1.2.3/24", "is not an IP address"),
        ("fe80::1%eth0", "is not an IP address"), ("fe80::%eth0/10", "is not an IP address"),
        ("192.0.2.1 ", "is not an IP address"), ("192.0.2.*", "is not an IP address"),
        ("host.example", "is not an IP address"), ("192.0.2.1-192.0.2.9", "is not an IP address"),
        ("192.0.2.0/33", "a number from 0 to 32"), ("2001:db8::/129", "a number from 0 to 128"),
        ("192.0.2.0/", "a number from 0 to 32"), ("192.0.2.0/024", "a number from 0 to 32"),
        ("192.0.2.0/+24", "a number from 0 to 32"), ("192.0.2.0/-1", "a number from 0 to 32"),
        ("192.0.2.0/24 ", "a number from 0 to 32"), ("192.0.2.0/24/24", "a number from 0 to 32"),
        ("192.0.2.0/255.255.255.0", "a number from 0 to 32"), ("192.0.2.0/٢٤", "a number from 0 to 32"),
        ("192.0.2.1/24", "write 192.0.2.0/24 for the network or 192.0.2.1 for the one address"),
        ("192.0.2.1/0", "write 0.0.0.0/0 for the network"), ("::1/0", "write ::/0 for the network"),
        ("2001:db8::1/32", "write 2001:db8::/32 for the network"),
        ("::ffff:192.0.2.1/120", "write 192.0.2.0/24 for the network"),
        ("::ffff:192.0.2.0/118", "bits set behind"), ("::ffff:0:0/95", "bits set behind"),
    ])
    func refusesAnEntryAndNamesIt(_ text: String, _ part: String) {
        let error = #expect(throws: IPNetwork.ParseError.self) { try IPNetwork(text) }
        #expect(error?.reason.contains(part) == true && error?.reason.contains("'\(text)'") == true)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("192.0.2.7", "::ffff:192.0.2.7", true),
        ("::ffff:192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "::192.0.2.7", false),
        ("192.0.2.0/24", "192.0.2.0", true), ("192.0.2.0/24", "192.0.2.255", true),
        ("192.0.2.0/24", "192.0.3.0", false), ("192.0.2.0/24", "192.0.1.255", false),
        ("192.0.2.4/31", "192.0.2.5", true), ("192.0.2.4/31", "192.0.2.6", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::ffff:cb00:7109", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", false), ("::/0", "::ffff:192.0.2.1", false),
        ("::/64", "192.0.2.1", false), ("::ffff:192.0.2.0/120", "192.0.2.200", true),
        ("::ffff:192.0.2.0/120", "::ffff:192.0.2.200", true), ("::ffff:192.0.2.0/120", "192.0.3.1", false),
        ("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true), ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/127", "2001:db8::1", true), ("2001:db8::/127", "2001:db8::2", false),
    ])
    func containsExactlyItsAddresses(_ range: String, _ address: String, _ expected: Bool) throws {
        let client = try #require(IPAddress(address))
        #expect(try IPNetwork(range).contains(client) == expected)
    }
}
