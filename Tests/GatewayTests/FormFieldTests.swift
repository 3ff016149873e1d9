import Gateway
import Testing

struct FormFieldTests {
    @Test(arguments: [
        ("", []), ("a=1", [FormField("a", "1")]), ("a=1&b=2", [FormField("a", "1"), FormField("b", "2")]),
        ("a", [FormField("a", "")]),
        ("a=", [FormField("a", "")]), ("=a", [FormField("", "a")]), ("a=b=c", [FormField("a", "b=c")]),
        ("&&a=1&", [FormField("a", "1")]),
        ("a=1&a=2", [FormField("a", "1"), FormField("a", "2")]), ("a+b=c+d", [FormField("a b", "c d")]),
        ("%61=%2B+%26%3D", [FormField("a", "+ &=")]),
        ("a=%C3%BC", [FormField("a", "ü")]), ("a=ü", [FormField("a", "ü")]), ("a=%2541", [FormField("a", "%41")]),
        ("a=%00", [FormField("a", "\u{0}")]),
        ("a[]=1", [FormField("a[]", "1")]), ("a;b=1", [FormField("a;b", "1")]),
    ])
    func formsAreDecodedOnceAndInOrder(_ text: String, _ fields: [FormField]) throws {
        #expect(try FormField.urlEncoded(text) == fields)
        #expect(try FormField.body(Array(text.utf8), contentType: nil) == fields)
    }

    @Test(arguments: ["a=%", "a=%1", "a=%g1", "a=% 1", "a=%ff", "a=%c0%af", "a=%ed%a0%80", "%=1", "a=%u0041", "a=%C3"])
    func badEscapesAreUnreadable(_ text: String) {
        #expect(throws: FormError.unreadable) { try FormField.urlEncoded(text) }
    }

    @Test func aFormHasAtMostTwoHundredFields() throws {
        let full = (1...200).map { "x\($0)=" }.joined(separator: "&")
        #expect(try FormField.urlEncoded(full).count == 200)
        #expect(throws: FormError.tooMany) { try FormField.urlEncoded(full + "&y=") }
    }

    @Test(arguments: [
        "text/plain", "application/xml", "multipart/mixed; boundary=x", "application/json; charset=latin1",
    ])
    func otherTypesAreNotSupported(_ type: String) {
        #expect(throws: FormError.unsupportedType) { try FormField.body([0x61], contentType: type) }
    }

    @Test(arguments: ["text/plain", "multipart/form-data", "application/json"])
    func anEmptyBodyHasNoFieldsWhateverItsType(_ type: String) throws {
        #expect(try FormField.body([], contentType: type) == [])
    }

    @Test func aBodyThatIsNoUTF8IsUnreadable() {
        for type in [nil, "application/json", "application/x-www-form-urlencoded"] {
            #expect(throws: FormError.unreadable) { try FormField.body([0x61, 0x3d, 0xff], contentType: type) }
        }
    }

    @Test(arguments: [
        ("%41", "A"), ("a%2Fb", "a/b"), ("", ""), ("a+b", "a+b"), ("%00", "\u{0}"), ("%", nil), ("%4", nil),
        ("%zz", nil), ("%ff", nil),
    ])
    func percentDecodingIsStrict(_ text: String, _ decoded: String?) {
        #expect(text.percentDecoded == decoded)
    }
}

struct MethodTests {
    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "HEAD", "get", "PATCH", ""])
    func keepsItsText(_ text: String) {
        #expect(Method(text).text == text)
    }

    @Test func isCaseSensitive() {
        #expect(Method("GET") == .get)
        #expect(Method("get") == .other("get"))
    }
}
