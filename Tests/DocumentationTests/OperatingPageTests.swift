import Foundation
import Testing

/// The lines of the log that `Operating.md` explains are lines that the program writes.
struct OperatingPageTests {
    @Test func everyLineOfTheLogIsWritten() throws {
        let page = try Page("\(Repository.pageFolder)/Operating.md")
        let section = page.lines.drop { !$0.hasPrefix("### 12.1 ") }.dropFirst().prefix { !$0.hasPrefix("### ") }
        let sources = try Repository.files(below: ["Sources"]).filter { $0.hasSuffix(".swift") }
            .map(Repository.text).joined()
        var count = 0
        for line in section {
            guard let match = line.prefixMatch(of: /\| `([^`]+)` \|/) else { continue }
            // What stands for a value is an ellipsis.
            for piece in match.1.split(separator: "…").map({ $0.trimmingCharacters(in: .whitespaces) })
            where piece.count > 3 {
                count += 1
                // Not within the expectation, which would print every source.
                let isWritten = sources.contains(piece)
                #expect(isWritten, "\(match.1): \(piece)")
            }
        }
        #expect(count > 8)
    }
}
