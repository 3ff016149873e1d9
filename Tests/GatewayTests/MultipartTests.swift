import Gateway
import Testing

/// RFC 7578.
struct MultipartTests {
    private func fields(_ lines: [String], _ type: String = "multipart/form-data; boundary=b") throws -> [FormField] {
        try FormField.body(Array(lines.joined(separator: "\r\n").utf8), contentType: type)
    }

    private static let part = #"Content-Disposition: form-data; name="a""#

    @Test func partsAreReadInOrder() throws {
        #expect(
            try fields([
                "--b", Self.part, "", "1", "--b", #"Content-Disposition: form-data; name="b""#, "", "2", "--b--", "",
            ])
                == [FormField("a", "1"), FormField("b", "2")])
    }

    @Test(arguments: ["x", "", "a=b&c", "two\r\nlines", "\r\n", "--", "-- b", "ü📬"])
    func aValueMayBeAnything(_ value: String) throws {
        #expect(try fields(["--b", Self.part, "", value, "--b--"]) == [FormField("a", value)])
    }

    @Test func thePreambleAndTheEpilogueDoNotCount() throws {
        #expect(try fields(["preamble", "--b", Self.part, "", "1", "--b--", "epilogue"]) == [FormField("a", "1")])
    }

    @Test(arguments: [
        "content-disposition: FORM-DATA; NAME=a", "Content-Disposition:form-data;name=\"a\"",
        "Content-Disposition: form-data; filename=\"x\"; name=\"a\"",
        "X-Other: 1\r\nContent-Disposition: form-data; name=\"a\"",
        "Content-Disposition: form-data; filename=\"x;name=y\"; name=a",
    ])
    func headersHaveManySpellings(_ header: String) throws {
        #expect(try fields(["--b", header, "", "1", "--b--"]) == [FormField("a", "1")])
    }

    @Test(arguments: [
        "multipart/form-data; boundary=\"b c\"", "Multipart/Form-Data;BOUNDARY=\"b c\"",
        "multipart/form-data; charset=utf-8; boundary=\"b c\"",
    ])
    func theBoundaryMayBeQuoted(_ type: String) throws {
        #expect(try fields(["--b c", Self.part, "", "1", "--b c--"], type) == [FormField("a", "1")])
    }

    @Test(arguments: [
        ["--b", part, "", "1"], ["--b", part, "1", "--b--"], ["--b", "", "1", "--b--"],
        ["--b", "Content-Disposition: attachment; name=\"a\"", "", "1", "--b--"],
        ["--b", "Content-Disposition: form-data; filename=\"a\"", "", "1", "--b--"], ["--c", part, "", "1", "--c--"],
        ["--b"], ["x"], ["--bx", part, "", "1", "--b--"],
    ])
    func damagedBodiesAreUnreadable(_ lines: [String]) {
        #expect(throws: FormError.unreadable) { try fields(lines) }
    }

    @Test func aBoundaryIsNeeded() {
        for type in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""] {
            #expect(throws: FormError.unreadable) { try fields(["--", Self.part, "", "1", "----"], type) }
        }
    }

    /// RFC 2046, 5.1.1.
    @Test(arguments: [
        "b", String(repeating: "-", count: 70), "a b", "'()+_,-./:=?", "----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "AZaz09",
    ])
    func aBoundaryIsOfOneToSeventyCharacters(_ boundary: String) throws {
        let type = "multipart/form-data; boundary=\"\(boundary)\""
        #expect(
            try fields(["--" + boundary, Self.part, "", "1", "--\(boundary)--"], type) == [FormField("a", "1")])
    }

    @Test(arguments: [
        String(repeating: "-", count: 71), String(repeating: "-", count: 8000) + "x", "b ", "a;b", "a*b", "a\tb", "ü",
        "a%b", "a<b", "a@b",
    ])
    func anotherBoundaryIsUnreadable(_ boundary: String) {
        let type = "multipart/form-data; boundary=\"\(boundary)\""
        #expect(throws: FormError.unreadable) {
            try fields(["--" + boundary, Self.part, "", "1", "--\(boundary)--"], type)
        }
    }

    @Test func aBoundaryCountsAtTheBeginningOfALineOnly() throws {
        #expect(try fields(["x--b--", "--b", Self.part, "", "1--b", "--b--"]) == [FormField("a", "1--b")])
        #expect(try fields(["x--b", Self.part, "", "1", "--b--"]) == [])
    }

    @Test(arguments: [
        ("\"a;b\"", "a;b"), ("\"a\\\"b\"", "a\"b"), ("\"a\\b\"", "a\\b"), ("\"\"", ""),
        (" \t a \t ", "a"), ("\" a \"", " a "),
        ("a=b", "a=b"), ("\"", "\""), ("ü", "ü"),
    ])
    func aNameMayBeQuotedAndEscaped(_ text: String, _ name: String) throws {
        let header = "Content-Disposition: form-data; name=\(text)"
        #expect(try fields(["--b", header, "", "1", "--b--"]) == [FormField(name, "1")])
    }

    @Test func aCharacterOfAHeadersNameIsNoOther() {
        // 0x0d is 0x2d without one bit.
        for header in ["Content\u{d}Disposition: form-data; name=a", "Content_Disposition: form-data; name=a"] {
            #expect(throws: FormError.unreadable) { try fields(["--b", header, "", "1", "--b--"]) }
        }
    }

    @Test func anEmptyListOfPartsHasNoFields() throws {
        #expect(try fields(["--b--"]) == [])
    }
}
