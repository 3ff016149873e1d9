import Mail
import Testing

/// `Contract.md` 2.2, `Security.md` C10.
struct DomainNameTests {
    @Test(arguments: [
        "a.example", "1.example", "_a.example", "-a.example", "a-b_c.d.example", "a.xn--p1ai", "a.b2", "a.-b", "a.b-",
        "xn--bcher-kva.example",
        "a.aaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func takesWellFormedNames(_ text: String) throws {
        #expect(try #require(DomainName(text)).text == text)
    }

    @Test(arguments: [
        "", ".", "example", "a.", ".example", "a..example", "a.example.", "a.b", "a.aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a b.example", " a.example",
        "a.example ", "a.exam_ple", "a@b.example", "a/b.example", "a\\b.example", "~a.example", "a!.example",
        "a#.example", "a$.example",
        "a%.example", "a^.example", "a&.example", "a*.example", "(a).example", "a+.example", "ü.example", "a.exämple",
        "a\u{0}.example",
        "a\n.example", "a.example\n", "а.example", "a,b.example", "[192.0.2.1]", "192.0.2.1", "a:25.example",
        "a.example;", "'.example",
    ])
    func refusesOthers(_ text: String) {
        #expect(DomainName(text) == nil)
    }

    @Test func isLowerCased() throws {
        #expect(try #require(DomainName("Mail.EXAMPLE")).text == "mail.example")
        #expect(DomainName("A.example") == DomainName("a.EXAMPLE"))
    }

    @Test func hasAtMost255Characters() {
        let labels = String(repeating: "a.", count: 124)
        #expect(DomainName(labels + "example") != nil)
        #expect(DomainName(labels + "example1") == nil)
    }

    @Test func ordersByItsText() throws {
        let names = try ["b.example", "a.example", "a-b.example"].map { try #require(DomainName($0)) }
        #expect(names.sorted().map(\.text) == ["a-b.example", "a.example", "b.example"])
    }
}
