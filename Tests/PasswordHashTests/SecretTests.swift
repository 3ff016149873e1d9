import Testing
import PasswordHash

struct SecretTests {
    @Test func neverShowsItself() {
        let secret = Secret("Secret1!")
        #expect("\(secret)" == "Secret")
        #expect(String(reflecting: secret) == "Secret")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("Secret1!"))
    }

    @Test func isEqualByContent() {
        #expect(Secret("abc") == Secret([0x61, 0x62, 0x63]))
        #expect(Secret("abc") != Secret("abd"))
        #expect(Secret("abc") != Secret("abcd"))
        #expect(Secret("") == Secret([]))
        #expect(Set([Secret("abc"), Secret("abc"), Secret("x")]).count == 2)
    }

    @Test func countsBytes() {
        #expect(Secret("ä").count == 2)
        #expect(Secret("a\0b").count == 3)
        #expect(Secret("").isEmpty)
    }

    @Test(arguments: [
        ("  Ab 1!\t\r\n", "Ab 1!"), ("x", "x"), (" \n ", ""), ("", ""), ("\u{a0}x", "\u{a0}x"),
    ])
    func isStrippedOfASCIISpaceAroundIt(_ text: String, _ stripped: String) {
        #expect(Secret(text).stripped == Secret(stripped))
    }
}
