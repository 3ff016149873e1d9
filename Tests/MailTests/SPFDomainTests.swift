import Mail
import Testing

struct SPFDomainTests {
    private static let label = String(repeating: "a", count: 63)

    @Test(arguments: [
        ("example.com", "example.com"), ("_spf.Example.COM", "_spf.example.com"), ("a.b", "a.b"), ("-a.b-", "-a.b-"),
        ("1.2.3.x4", "1.2.3.x4"), ("a.under_score", "a.under_score"), ("\(label).\(label)", "\(label).\(label)"),
        ("192.0.2.1a", "192.0.2.1a"),
    ])
    func readsAName(_ text: String, _ name: String) { #expect(SPFDomain(text)?.text == name) }

    @Test(arguments: [
        "", ".", "com", "@example.com", ".example.com", "example.com.", "a..b", "192.0.2.1", "a.7", "exa mple.com",
        "a/b.com",
        "ex\u{e4}mple.com", "a.b\0", "\(label)a.com", "\(label).\(label).\(label).\(label)", "*.example.com", " a.b",
        "a,b.c",
    ])
    func isNoName(_ text: String) { #expect(SPFDomain(text) == nil, "\(text)") }

    @Test func hasAtMost253Characters() {
        let longest = [Self.label, Self.label, Self.label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(longest.count == 253 && SPFDomain(longest) != nil)
        #expect(SPFDomain(longest + "b") == nil)
    }
}
