import API
import Foundation

/// `RecordedExamples.swift`, as it is written.
struct RecordedExamplesFile {
    private static let url = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/API/Contract/RecordedExamples.swift").standardizedFileURL

    private let source: String

    init(_ examples: [(Route, RecordedExample)]) {
        source =
            Self.head
            + examples.map { route, example in
                """
                        "\(route.id)": RecordedExample(
                            target: "\(example.target)", form: \(example.form.map { "\"\($0)\"" } ?? "nil"),
                            answer: \(Self.literal(example.answer, 16))),

                """
            }.joined() + "    ]\n}\n"
    }

    func write() throws { try source.write(to: Self.url, atomically: true, encoding: .utf8) }

    private static let head = """
        // Written by the tests: POSTERN_RECORD=1 Tests/run --filter RecordedExampleTests

        extension RecordedExample {
            /// By the operation's name.
            package static let recorded: [String: RecordedExample] = [

        """

    /// - Parameter indentation: of the lines of a literal that has several.
    private static func literal(_ text: String, _ indentation: Int) -> String {
        if text.isEmpty { return "\"\"" }
        if !text.contains("\n") && text.count < 80 { return "#\"\(text)\"#" }
        let indent = String(repeating: " ", count: indentation)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            Self.pieces(line, 118 - indentation)
        }
        return "#\"\"\"\n" + lines.map { indent + $0 + "\n" }.joined() + indent + "\"\"\"#"
    }

    /// Pieces of a long line; all but the last end in what joins them again.
    private static func pieces(_ line: Substring, _ width: Int) -> [String] {
        var pieces: [String] = []
        var rest = line
        while rest.count > width {
            // Not after a backslash, which would be another one's.
            var piece = rest.prefix(width - 2)
            while piece.last == "\\" || piece.last == " " { piece = piece.dropLast() }
            pieces.append(piece + "\\#")
            rest = rest.dropFirst(piece.count)
        }
        return pieces + [String(rest)]
    }
}
