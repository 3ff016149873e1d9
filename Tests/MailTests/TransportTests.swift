import Mail
import Testing

/// `Contract.md` 2.2, `Security.md` C6.
struct TransportTests {
    @Test(arguments: [
        ("dovecot", "dovecot"), ("smtp:", "smtp"), ("smtp:mail.example", "smtp"), ("smtp:mail.example:25", "smtp"),
        ("smtp:[mail.example]:smtp", "smtp"),
        ("smtp:[192.0.2.1]", "smtp"), ("smtp:[192.0.2.1]:25", "smtp"), ("relay:[IPv6:2001:db8::1]:25", "relay"),
        ("relay:[2001:db8::1]", "relay"),
        ("lmtp:unix:private/dovecot-lmtp", "lmtp"), ("lmtp:unix:/run/x.sock", "lmtp"),
        ("lmtp:inet:192.0.2.1:24", "lmtp"), ("a-b_c1:x", "a-b_c1"),
        ("pipe:x", "pipe"), ("local:", "local"),
    ])
    func takesWellFormedOnes(_ text: String, _ service: String) throws {
        let transport = try #require(Transport(text))
        #expect(transport.text == text)
        #expect(transport.service == service)
    }

    @Test(arguments: [
        "", ":", ":mail.example", "smtp mail", " smtp", "smtp ", "smtp:a b", "smtp:a\nb", "smtp\n", "sm/tp:x", "smtp:[",
        "smtp:[]", "smtp:[a", "smtp:a]",
        "smtp:[a]b", "smtp:[a]:", "smtp:a:", "smtp:a:b:c", "smtp:a;b", "smtp:a,b", "smtp:$(x)", "smtp:a'b", "smtp:ü",
        "ü:", "smtp:a\u{0}", "smtp:a|b",
        "smtp:[a/b]", "s;m:x",
    ])
    func refusesOthers(_ text: String) {
        #expect(Transport(text) == nil)
    }

    @Test func hasAtMost255Characters() {
        let text = "smtp:" + String(repeating: "a", count: 250)
        #expect(Transport(text) != nil)
        #expect(Transport(text + "a") == nil)
    }
}
