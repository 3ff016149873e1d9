import Foundation

/// The tests of all targets, read from their source files.
struct Suites {
    /// `Target.Suite/function`.
    private let names: Set<String>

    static let all = Result { try Suites() }

    private init() throws {
        var names: Set<String> = []
        // The lines that matter: by file, in the file's order.
        for (path, lines) in try Self.lines() {
            guard let target = path.split(separator: "/").dropFirst().first else { continue }
            var suite = ""
            var isTest = false
            for line in lines {
                let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                // A suite may lie in an extension of the one around it; helpers inside a suite have other names.
                if let kind = words.firstIndex(where: { $0 == "struct" || $0 == "class" }), !line.contains("func "),
                    let name = words[kind...].dropFirst().first, name.hasSuffix("Tests")
                {
                    suite = String(name)
                }
                if line.contains("@Test") { isTest = true }
                guard isTest, let function = words.firstIndex(of: "func"),
                    let name = words[function...].dropFirst().first
                else { continue }
                names.insert("\(target).\(suite)/\(name)")
                isTest = false
            }
        }
        self.names = names
    }

    private static func lines() throws -> [(path: String, lines: [String])] {
        let folder = "\(Sources.repository)/Tests"
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix("Tests.swift") }
        return try paths.sorted().map { path in
            let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
            let lines = text.components(separatedBy: "\n").filter { line in
                ["@Test", "func ", "struct ", "class "].contains { line.contains($0) }
            }
            return ("Tests/\(path)", lines)
        }
    }

    /// - Parameter name: `Target.Suite/function`.
    func have(_ name: String) -> Bool { names.contains(name) }
}
