import Mail
import Testing

/// `Contract.md` 2.2, `Security.md` B14, C7.
struct MailAddressTests {
    @Test(arguments: [
        "a@b.example", "1@b.example", "_@b.example", "-a@b.example", "#a@b.example", "a.b@c.example",
        "a+b=c/d&e#f_g-h@i.example", "a.@b.example",
        "a..b@c.example",
    ])
    func takesWellFormedAddresses(_ text: String) throws {
        #expect(try #require(MailAddress(text)).text == text)
    }

    @Test(arguments: [
        "", "@", "a", "a@", "@b.example", "a@b", "a@@b.example", "a@b@c.example", "a b@c.example", " a@b.example",
        "a@b.example ", ".a@b.example",
        "+a@b.example", "=a@b.example", "/a@b.example", "&a@b.example", "a,b@c.example", "a;b@c.example",
        "a'b@c.example", "a\"b@c.example",
        "a%b@c.example", "a!b@c.example", "a*b@c.example", "a\\b@c.example", "ä@b.example", "a\u{0}@b.example",
        "a@b.example\u{0}", "a\n@b.example",
        "<a@b.example>", "a@b.example.", "a@[192.0.2.1]", "а@b.example", "../a@b.example", "a(b)@c.example",
        "a:b@c.example",
    ])
    func refusesOthers(_ text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test func isLowerCased() throws {
        let address = try #require(MailAddress("Jo.Example+X@Mail.EXAMPLE"))
        #expect(address.text == "jo.example+x@mail.example")
        #expect(address.localPart == "jo.example+x")
        #expect(address.domain.text == "mail.example")
        #expect(address == MailAddress("JO.EXAMPLE+x@mail.example"))
        #expect(Set([address, MailAddress("jo.example+x@mail.example")]).count == 1)
    }

    @Test func theLocalPartHasAtMost64Characters() {
        let local = String(repeating: "a", count: 64)
        #expect(MailAddress(local + "@b.example") != nil)
        #expect(MailAddress(local + "a@b.example") == nil)
    }

    @Test func theWholeHasAtMost254Characters() {
        let domain = String(repeating: "a.", count: 122) + "example"
        #expect(MailAddress("ab@" + domain) != nil)
        #expect(MailAddress("abc@" + domain) == nil)
    }

    @Test(arguments: [
        ("jo", true), ("_jo", true), ("1.2-3_", true), ("jo.", true), ("-jo", false), ("#jo", false), ("jo+x", false),
        ("j=o", false), ("j/o", false),
        ("j&o", false), ("jo#", false),
    ])
    func onlyWhatCanLogInIsFitForALocalAccount(_ local: String, _ isFit: Bool) throws {
        #expect(try #require(MailAddress("\(local)@a.example")).isFitForLocalAccount == isFit)
    }

    @Test(
        arguments: [
            ("jo+x", ["+"], "jo"), ("jo+x+y", ["+"], "jo"), ("jo", ["+"], "jo"), ("jo-x", ["+"], "jo-x"),
            ("jo-x+y", ["+", "-"], "jo"),
            ("jo+", ["+"], "jo"), ("-jo", ["-"], "-jo"), ("-jo-x", ["-"], "-jo"), ("jo+x", [], "jo+x"),
        ] as [(String, [Character], String)])
    func theExtensionBeginsAtTheFirstDelimiter(_ local: String, _ delimiters: [Character], _ expected: String) throws {
        let address = try #require(MailAddress("\(local)@a.example"))
        #expect(address.withoutExtension(delimiters).text == "\(expected)@a.example")
        #expect(address.withoutExtension(delimiters) == MailAddress("\(expected)@a.example"))
    }
}
