import Foundation
import RegexBuilder
import Testing

/// The pages of the documentation hold together: whatever a page or a comment names is there.
struct PageTests {
    private static let markdown = ["README.md"] + Repository.pages.map { "\(Repository.pageFolder)/\($0).md" }

    @Test func theEightPagesAreThereAndNoOthers() {
        let found = Repository.files(below: ["Sources", "Tests", "nginx", "systemd"]).filter { $0.hasSuffix(".md") }
        #expect(found == Repository.pages.map { "\(Repository.pageFolder)/\($0).md" })
    }

    @Test func theREADMEIsShort() throws {
        #expect(try Page("README.md").lines.count <= 150)
    }

    /// Paths between backquotes that begin with a folder of the repository.
    @Test(arguments: markdown)
    func everyFileThatIsNamedExists(_ file: String) throws {
        let page = try Page(file)
        for match in page.text.matches(of: /`((?:Sources|Tests|nginx|systemd)\/[^`\s]*)`/) {
            let path = match.1.hasSuffix("/") ? match.1.dropLast() : match.1
            // Of `Settings+….swift` and `<Resource>` the folder.
            let exact = path.split(separator: "/").prefix {
                !$0.contains("…") && !$0.contains("<") && !$0.contains("*")
            }
            .joined(separator: "/")
            #expect(Repository.exists(exact), "\(file): \(path)")
        }
    }

    @Test(arguments: markdown)
    func everyLinkLeadsSomewhere(_ file: String) throws {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        for match in try Page(file).text.matches(of: /\]\(([^)]*)\)/) where !match.1.contains("://") {
            #expect(Repository.exists("\(folder.isEmpty ? "" : folder + "/")\(match.1)"), "\(file): \(match.1)")
        }
    }

    /// `[Security](Security.md) A11`, `[Contract](Contract.md), section 7.3 and 8`.
    @Test(arguments: markdown)
    func everySectionThatAPageNamesExists(_ file: String) throws {
        let page = try Page(file)
        // A table's cells are no running text.
        let joined = page.text.split(separator: "\n").joined(separator: " ").replacing("|", with: " ; ")
        let number = /(?:Appendix [AB]|[A-G]?[0-9]+(?:\.[0-9]+)*)(?![0-9A-Za-z])/
        let elsewhere = Regex {
            "]("
            Optionally {
                OneOrMore(.word.union(.anyOf("./-")))
                "/"
            }
            Capture {
                OneOrMore(.word); ".md"
            }
            ")"
            Optionally(",")
            Capture {
                OneOrMore {
                    " ";
                    ChoiceOf {
                        "sections"; "section"; "rows"; "row"; "rules"; "rule"; "and"; number
                    }; Optionally(",")
                }
            }
        }
        for match in joined.matches(of: elsewhere) {
            try Self.expect(String(match.2), in: String(match.1), from: file)
        }
        let here = Regex {
            ChoiceOf {
                "sections "; "section "; "Section "; "Sections "
            }
            Capture {
                number;
                ZeroOrMore {
                    Optionally(","); Optionally(" and"); " "; number
                }
            }
        }
        for match in joined.replacing(elsewhere, with: " ").matches(of: here) {
            for cited in match.1.matches(of: number) {
                #expect(page.numbers.contains(String(cited.0)), "\(file): section \(cited.0)")
            }
        }
    }

    /// `Contract.md` 7.3, 8 and Appendix B: in the comments of all code, and in the scripts.
    @Test func everyCitationInTheCodeResolves() throws {
        var count = 0
        let files = Repository.files(below: ["Sources", "Tests", "nginx", "systemd"]).filter { !$0.hasSuffix(".md") }
        for file in files {
            // What is no text cites nothing.
            guard let text = try? Repository.text(file), text.contains(".md") else { continue }
            let joined = text.split(separator: "\n").map { line in
                let bare = line.drop { $0 == " " }
                return String(bare.hasPrefix("///") || bare.hasPrefix("//") ? bare.drop { $0 == "/" } : bare)
            }.joined(separator: " ").replacing(/\ +/, with: " ")
            for match in joined.matches(
                of:
                    /\b([A-Z][A-Za-z]+\.md)(?![0-9A-Za-z])`?,?((?:\ (?:and|to)|\ (?:Appendix\ [AB]|[A-G]?[0-9]+(?:\.[0-9]+)*\b|[A-G]\b),?)*)/
            ) {
                let name = String(match.1)
                guard Repository.pages.contains(String(name.dropLast(3))) else {
                    #expect(name == "README.md" || file.hasPrefix("Tests/DocumentationTests/"), "\(file): \(name)")
                    continue
                }
                guard !file.hasPrefix("Tests/DocumentationTests/") else { continue }
                count += 1
                try Self.expect(String(match.2), in: name, from: file)
            }
        }
        #expect(count > 100, "the citations are found")
    }

    /// By the page's file name.
    private static let numbers = Result {
        try Dictionary(
            uniqueKeysWithValues: Repository.pages.map {
                ("\($0).md", try Page("\(Repository.pageFolder)/\($0).md").numbers)
            })
    }

    private static func expect(_ numbers: String, in name: String, from file: String) throws {
        guard let known = try Self.numbers.get()[name] else {
            Issue.record("\(file): there is no page \(name)")
            return
        }
        for number in numbers.matches(of: /Appendix [AB]|[A-G]?[0-9]+(?:\.[0-9]+)*|\b[A-G]\b/) {
            #expect(known.contains(String(number.0)), "\(file): \(name) \(number.0)")
        }
    }

    @Test(arguments: markdown)
    func proseFitsAScreen(_ file: String) throws {
        for line in try Page(file).lines where !line.contains("| ") && !line.hasPrefix("    ") {
            #expect(line.count <= 120, "\(file): \(line)")
        }
    }

    @Test func aCitationOfNothingIsFound() throws {
        let numbers = try Page("\(Repository.pageFolder)/Security.md").numbers
        #expect(numbers.isSuperset(of: ["A11", "G19", "1", "A", "G"]))
        #expect(numbers.isDisjoint(with: ["A26", "H1", "99"]))
    }
}
