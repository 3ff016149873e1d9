import Foundation
import Testing

/// `Security.md` 2 has a row for each threat, with the safe answer and what shows it. Here: that no row and no answer
/// is missing, and that whatever is named exists.
struct SecurityTableTests {
    /// One row of the tables.
    struct Line: Sendable, CustomTestStringConvertible {
        let row: String
        let threat: String
        /// What happens instead.
        let answer: String
        /// `Target.Suite/function`.
        let tests: [String]
        /// Paths from the repository's top.
        let files: [String]

        var testDescription: String { row }

        /// Nil for a line that is no row of these tables.
        init?(_ line: Substring) {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            // Row, threat, answer, what shows it; nothing before the first bar and behind the last.
            guard cells.count == 6, "ABCDEFG".contains(cells[1].prefix(1)), Int(cells[1].dropFirst()) != nil
            else { return nil }
            row = cells[1]
            threat = cells[2]
            answer = cells[3]
            // Every other piece stands between backquotes.
            let pieces = cells[4].split(separator: "`", omittingEmptySubsequences: false).map(String.init)
            let named = pieces.indices.filter { !$0.isMultiple(of: 2) }.map { pieces[$0] }
            tests = named.filter { $0.contains("Tests.") }
            files = named.filter { !$0.contains("Tests.") }
        }
    }

    /// How many rows each letter has.
    private static let rows = [("A", 25), ("B", 19), ("C", 16), ("D", 10), ("E", 8), ("F", 8), ("G", 25)]

    private static let lines: [Line] = {
        // Without the tables every test here fails.
        let path = "\(Sources.repository)/Sources/postern/Documentation.docc/Security.md"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap(Line.init)
    }()

    @Test func everyRowIsThereOnceAndInOrder() {
        let expected = Self.rows.flatMap { letter, count in (1...count).map { "\(letter)\($0)" } }
        #expect(expected.count == 111)
        #expect(Self.lines.map(\.row) == expected)
    }

    @Test(arguments: lines)
    func eachRowHasATestAndATextOfItsOwn(_ line: Line) {
        #expect(!line.tests.isEmpty && !line.threat.isEmpty)
    }

    @Test(arguments: lines)
    func noAnswerIsEmpty(_ line: Line) {
        #expect(!line.answer.isEmpty)
    }

    @Test(arguments: lines)
    func everyTestThatIsNamedExists(_ line: Line) throws {
        let suites = try Suites.all.get()
        for name in line.tests {
            // Not within the expectation, which would print every name there is.
            let isThere = suites.have(name)
            #expect(isThere, "\(line.row): \(name)")
        }
    }

    @Test(arguments: lines)
    func everyFileThatIsNamedExists(_ line: Line) {
        for file in line.files {
            #expect(FileManager.default.fileExists(atPath: "\(Sources.repository)/\(file)"), "\(line.row): \(file)")
        }
    }

    @Test func aNameThatIsNoneIsFound() throws {
        let suites = try Suites.all.get()
        #expect(suites.have("APITests.LoginTests/aStandaloneAdminLogsIn"))
        #expect(!suites.have("APITests.LoginTests/aStandaloneAdminLogsI"))
        #expect(!suites.have("APITests.SessionTests/aStandaloneAdminLogsIn"), "of another suite")
        #expect(!suites.have("MailTests.LoginTests/aStandaloneAdminLogsIn"), "of another target")
        #expect(!suites.have("APITests.LoginTests/form"), "a function that is no test")
        #expect(suites.have("FastCGITests.StartAndStopTests/stopClosesEverything"))
        #expect(Line("| A1 | x | `y` | `APITests.LoginTests/x`, `nginx/run` |")?.files == ["nginx/run"])
        #expect(Line("| A1 | x | `APITests.LoginTests/x` |") == nil, "a row without an answer")
    }
}
