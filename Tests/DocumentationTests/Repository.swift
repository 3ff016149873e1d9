import Foundation

/// The repository's files.
enum Repository {
    static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static let pageFolder = "Sources/postern/Documentation.docc"

    static let pages = [
        "Changing", "Contract", "MovingFromIRedMail", "Operating", "Performance", "RequestLife", "Security", "Storage",
    ]

    static func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
    }

    static func page(_ name: String) throws -> String { try text("\(pageFolder)/\(name).md") }

    static func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(file)") }

    /// Paths of the text files below some folders, from the repository's top.
    static func files(below folders: [String]) -> [String] {
        folders.flatMap { folder in
            let names = FileManager.default.enumerator(atPath: "\(path)/\(folder)")?.compactMap { $0 as? String } ?? []
            return names.filter { name in
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: "\(path)/\(folder)/\(name)", isDirectory: &isFolder)
                return !isFolder.boolValue && !name.contains("__pycache__")
            }.map { "\(folder)/\($0)" }
        }.sorted()
    }
}

/// A page of the documentation, or the README.
struct Page {
    let file: String
    let text: String
    let lines: [Substring]

    init(_ file: String) throws {
        self.file = file
        text = try Repository.text(file)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// What a citation may name: the numbers that begin headings (`7.3`, `Appendix A`, `A` of `### A. …`) and rows of
    /// tables (`A11`, `9`).
    var numbers: Set<String> {
        var numbers: Set<String> = []
        for line in lines {
            if line.hasPrefix("#") {
                let words = line.drop { $0 == "#" }.split(separator: " ")
                guard let first = words.first else { continue }
                numbers.insert(String(first.hasSuffix(".") ? first.dropLast() : first))
                if first == "Appendix", words.count > 1 {
                    numbers.insert("Appendix \(words[1].hasSuffix(".") ? words[1].dropLast() : words[1])")
                }
            } else if line.hasPrefix("| ") {
                let cell = line.dropFirst(2).prefix { $0 != "|" }.trimmingCharacters(in: .whitespaces)
                if cell.wholeMatch(of: /[A-G]?[0-9]+/) != nil { numbers.insert(cell) }
            }
        }
        return numbers
    }
}
