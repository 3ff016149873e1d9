import Mail
import Testing

struct ServerAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"), ("2001:DB8::1", "[2001:db8::1]:53"),
        ("[2001:db8::1]", "[2001:db8::1]:53"), ("[2001:db8::1]:65535", "[2001:db8::1]:65535"), ("::1", "[::1]:53"),
    ])
    func readsAnAddressWithOrWithoutAPort(_ text: String, _ whole: String) {
        #expect(ServerAddress(text, usualPort: 53)?.description == whole)
    }

    @Test(arguments: [
        "", ":53", "localhost", "ns.example:53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+53",
        "192.0.2.1:53:53", "192.0.2.1:5x", "[192.0.2.1]:53", "[]:53", "[2001:db8::1", "2001:db8::1]:53",
        "[2001:db8::1]53",
        "[2001:db8::1]:", "[2001:db8::1]x:53", " 192.0.2.1", "192.0.2.0/24",
    ])
    func isNoServer(_ text: String) { #expect(ServerAddress(text, usualPort: 53) == nil, "\(text)") }
}
