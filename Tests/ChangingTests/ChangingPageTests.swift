import Foundation
import Testing

/// The code of `Changing.md` is the code that is compiled here: each block in Swift is one of the examples, and each
/// example is a block.
struct ChangingPageTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// What stands between `// example: NAME` and `// end`, without what its lines are indented alike.
    private static func examples() throws -> [(name: String, text: String)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        return try names.sorted().flatMap { file in
            var examples: [(name: String, text: String)] = []
            var name: String?
            var lines: [Substring] = []
            for line in try Self.lines(of: folder.appending(path: file)) {
                let words = line.drop { $0 == " " }
                if words.hasPrefix("// example: ") {
                    #expect(name == nil, "\(file): \(name ?? "") does not end")
                    name = String(words.dropFirst("// example: ".count))
                    lines = []
                } else if words == "// end", let ended = name {
                    examples.append((ended, unindented(lines)))
                    name = nil
                } else {
                    lines.append(line)
                }
            }
            #expect(name == nil, "\(file): \(name ?? "") does not end")
            return examples
        }
    }

    /// What stands between ```` ```swift ```` and ```` ``` ````.
    private static func blocks() throws -> [String] {
        let page = folder.appending(path: "../../Sources/postern/Documentation.docc/Changing.md").standardizedFileURL
        var blocks: [String] = []
        var lines: [Substring]?
        for line in try Self.lines(of: page) {
            if line == "```swift" {
                lines = []
            } else if line.hasPrefix("```") {
                if let lines { blocks.append(unindented(lines)) }
                lines = nil
            } else {
                lines?.append(line)
            }
        }
        return blocks
    }

    private static func lines(of file: URL) throws -> [Substring] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func unindented(_ lines: [Substring]) -> String {
        let indentation = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return lines.map { $0.dropFirst(indentation) }.joined(separator: "\n")
    }

    @Test func everyBlockOfThePageIsCompiled() throws {
        let compiled = try Self.examples().map(\.text)
        for block in try Self.blocks() {
            // Not within the expectation, which would print every example.
            let isCompiled = compiled.contains(block)
            #expect(isCompiled, "only on the page:\n\(block)")
        }
    }

    @Test func everyExampleStandsOnThePageOnce() throws {
        let blocks = try Self.blocks()
        let examples = try Self.examples()
        for (name, text) in examples {
            let count = blocks.count { $0 == text }
            #expect(count == 1, "\(name): on the page \(count) times:\n\(text)")
        }
        #expect(Set(examples.map(\.name)).count == examples.count && examples.count > 15)
    }
}
