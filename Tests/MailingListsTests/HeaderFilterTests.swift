@testable import MailingLists
import Testing

/// mlmmj 1.5 believes X-Original-From more than From, so it does not get that header.
struct HeaderFilterTests {
    private func filtered(_ text: String, piece: Int) -> String {
        var filter = HeaderFilter()
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            out += filter.passed(rest.prefix(piece), isLast: false)
            rest = rest.dropFirst(piece)
        }
        return String(decoding: out + filter.passed([], isLast: true), as: UTF8.self)
    }

    @Test(arguments: [1, 2, 7, 1000])
    func theHeaderGoesWithItsContinuation(piece: Int) {
        let message = "From: a@b\nX-ORIGINAL-from: c@d,\n\te@f\n g@h\nTo: x\n\nX-Original-From: text\n"
        #expect(filtered(message, piece: piece) == "From: a@b\nTo: x\n\nX-Original-From: text\n")
        #expect(filtered("X-Original-From: a\r\nTo: x\r\n\r\nbody", piece: piece) == "To: x\r\n\r\nbody")
    }

    @Test(arguments: [
        "", "\n", "no header", "To: x", "To: x\n", "X-Original-Fromage: a\n\n", "\nX-Original-From: body\n",
        "a\0b\n\n\u{ff}",
    ])
    func everythingElseStays(text: String) {
        for piece in [1, 3, 1000] { #expect(filtered(text, piece: piece) == text) }
    }

    @Test func theListsThatAPostHasPassedAreFound() {
        var filter = HeaderFilter()
        let text = "X-Loop: A@b.example\nX-Loop: c@d.example\nTo: x\n\nX-Loop: e@f.example\n"
        _ = filter.passed(Array(text.utf8)[...], isLast: true)
        #expect(filter.loops == ["a@b.example", "c@d.example"])
    }

    /// Nor does such a line hide what follows it.
    @Test func aVeryLongLineIsPassedOn() {
        let long = "Subject: " + String(repeating: "x", count: 2 << 20) + "\n"
        #expect(filtered(long + "X-Original-From: a\nTo: x\n\n", piece: 65_536) == long + "To: x\n\n")
    }

    @Test func aLineWithoutEndTakesNoMoreMemoryThanOthers() {
        let text = "From: " + String(repeating: "x", count: 3 << 20)
        #expect(filtered(text, piece: 65_536) == text)
    }
}
