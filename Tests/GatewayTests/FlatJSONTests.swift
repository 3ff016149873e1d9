import Gateway
import Testing

/// `Contract.md` 2.1, "JSON bodies"; RFC 8259.
struct FlatJSONTests {
    private func fields(_ text: String) throws -> [FormField] {
        try FormField.body(Array(text.utf8), contentType: "application/json")
    }

    private func value(_ text: String) throws -> String {
        let fields = try fields("{\"a\": \(text)}")
        #expect(fields.map(\.name) == ["a"])
        return try #require(fields.first).value
    }

    @Test(arguments: [
        (#""text""#, "text"), (#""""#, ""), ("true", "yes"), ("false", "no"), ("null", ""), ("0", "0"), ("-1", "-1"),
        ("12.50", "12.50"), ("1e3", "1e3"),
        ("-0.1E-2", "-0.1E-2"), ("123456789012345678901234567890", "123456789012345678901234567890"), ("[]", ""),
        (#"["a"]"#, "a"),
        (#"[ "a" , "b" ]"#, "a,b"), (#"["a@b.example","","c"]"#, "a@b.example,,c"),
    ])
    func everyKindOfValueHasItsText(_ json: String, _ text: String) throws {
        #expect(try value(json) == text)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00fC""#, "ü"), (#""\u0000""#, "\u{0}"),
        (#""\ud83d\udcec""#, "📬"), (#""\uD83D\uDCEC x""#, "📬 x"),
        (#""ü📬""#, "ü📬"), (#""e\u0301""#, "e\u{301}"), ("\"\u{7f}\"", "\u{7f}"), (#""\u2028""#, "\u{2028}"),
    ])
    func stringsAreUnescaped(_ json: String, _ text: String) throws {
        #expect(try Array(value(json).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test func membersKeepTheirOrderAndRepeat() throws {
        #expect(
            try fields(#" { "b" : 1 , "a":"2","b":3 } "#) == [
                FormField("b", "1"), FormField("a", "2"), FormField("b", "3"),
            ])
    }

    @Test(arguments: ["{}", " {\n} ", "\t{ }\r\n"])
    func anEmptyObjectHasNoFields(_ text: String) throws {
        #expect(try fields(text) == [])
    }

    @Test(arguments: [
        "[]", "\"a\"", "1", "null", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{,}",
        "{\"a\":1 \"b\":2}", "{\"a\":1}}", "{\"a\":1}x",
        "{a:1}", "{'a':1}", "{\"a\":'b'}", "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":[null]}", "{\"a\":[true]}",
        "{\"a\":[[]]}", "{\"a\":[\"b\",]}", "{\"a\":[\"b\"",
        "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":5.}", "{\"a\":1e}", "{\"a\":--1}", "{\"a\":0x1}",
        "{\"a\":NaN}", "{\"a\":True}", "{\"a\":nul}",
        "{\"a\":truex}", "{\"a\":\"b}", "{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u+123\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800x\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\ud800\"}",
        "{\"a\":\"\\", "{1:1}", "{null:1}", "\u{feff}{}",
        "{\"a\":1}//", "{/**/}", "{\"a\":١}",
    ])
    func everythingElseIsUnreadable(_ text: String) {
        #expect(throws: FormError.unreadable) { try fields(text) }
    }

    @Test func anObjectHasAtMostTwoHundredMembers() throws {
        func object(_ count: Int) -> String { "{" + (1...count).map { "\"x\($0)\":1" }.joined(separator: ",") + "}" }
        #expect(try fields(object(200)).count == 200)
        #expect(throws: FormError.tooMany) { try fields(object(201)) }
    }

    @Test func deepNestingIsRefusedWithoutHarm() {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
        #expect(throws: FormError.unreadable) { try fields(deep) }
    }
}
