import API
import Foundation
import Testing

/// A text comes back from JSON as it went in, whatever stands where in it: `Security.md` C11.
struct JSONTextTests {
    private static let characters: [Unicode.Scalar] = [
        "\0", "\u{1}", "\t", "\n", "\r", "\u{1f}", " ", "!", "\"", "#", "[", "\\", "]", "\u{7f}", "\u{80}", "\u{a0}",
        "ü", "€", "😀",
    ]

    /// Of every length up to several words, with each character in each place.
    @Test(arguments: characters) func comesBackAsItWas(_ character: Unicode.Scalar) throws {
        for length in 1...40 {
            for place in 0..<length {
                let text = (0..<length).map { String($0 == place ? character : "a") }.joined()
                var json = JSONWriter()
                json.array([text, text])
                let read = try JSONSerialization.jsonObject(with: Data(json.bytes))
                #expect(read as? [String] == [text, text], "\(length), \(place)")
            }
        }
    }
}
