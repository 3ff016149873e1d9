import Gateway
import Testing

/// Text with more than thirty combining marks in a row: comparing it would take a time that grows with their square.
struct StreamSafeTests {
    private static func marks(_ count: Int) -> String { "e" + String(repeating: "\u{301}", count: count) }

    @Test(arguments: [
        "", "name", "Zoë", "Vie\u{302}\u{323}t", marks(30), marks(30) + marks(30), "日本語", "👨‍👩‍👧‍👦",
        String(repeating: "한\u{1100}\u{1161}", count: 99), String(repeating: "\u{200d}", count: 99),
    ])
    func ordinaryTextIs(_ text: String) { #expect(text.isStreamSafe) }

    @Test(arguments: [
        marks(31), String(repeating: "\u{323}", count: 31), "x" + marks(31) + "x",
        String(repeating: "\u{301}\u{323}", count: 16), String(repeating: "\u{302a}", count: 31),
    ])
    func thirtyOneMarksInARowAreNot(_ text: String) { #expect(!text.isStreamSafe) }

    /// Where a text can stand, written as it is and escaped.
    private static func bodies(_ text: String) -> [(type: String, body: String)] {
        let percent = text.utf8.map { "%" + String($0, radix: 16) }.joined()
        let escaped = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
        func part(_ header: String, _ value: String) -> String {
            "--b\r\nContent-Disposition: form-data; \(header)\r\n\r\n\(value)\r\n--b--"
        }
        let (form, json) = ("application/x-www-form-urlencoded", "application/json")
        let multipart = "multipart/form-data; boundary=b"
        return [
            (form, "a=\(text)"), (form, "\(text)=a"), (form, "a=\(percent)"), (form, "\(percent)=a"),
            (json, "{\"a\": \"\(text)\"}"), (json, "{\"\(text)\": \"a\"}"), (json, "{\"a\": \"\(escaped)\"}"),
            (json, "{\"\(escaped)\": 1}"), (json, "{\"a\": [\"\(text)\"]}"), (multipart, part("name=a", text)),
            (multipart, part("name=\"\(text)\"", "a")), (multipart, part("name=a; \(text)=x", "a")),
        ]
    }

    @Test(arguments: bodies(marks(31)))
    func aBodyWithSuchTextIsUnreadable(_ type: String, _ body: String) {
        #expect(throws: FormError.unreadable) { try FormField.body(Array(body.utf8), contentType: type) }
    }

    @Test(arguments: bodies(marks(30)))
    func thirtyMarksMayStandAnywhere(_ type: String, _ body: String) throws {
        let fields = try FormField.body(Array(body.utf8), contentType: type)
        #expect(fields.count == 1)
    }
}
