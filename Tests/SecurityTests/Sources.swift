import Foundation
import Support

/// The files of the repository, as lines.
enum Sources {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The lines of the Swift files below a folder that match, comments left out, as `path: line`.
    ///
    /// - Parameter pattern: a regular expression of pcre2pattern(3).
    static func lines(below folder: String, matching pattern: String) throws -> [String] {
        // grep is faster than a Swift without optimisation; its status is 1 when nothing matches.
        let result = try Program.run(
            "/usr/bin/grep", ["-rHP", "--include=*.swift", "--", pattern, "\(repository)/\(folder)"],
            limit: .seconds(20))
        guard result.status <= 1 else { throw Program.Failure(description: result.errorOutput) }
        return result.output.split(separator: "\n").compactMap { line in
            let parts = line.dropFirst(repository.utf8.count + 1).split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let code = parts[1].trimmingCharacters(in: .whitespaces)
            return code.hasPrefix("//") ? nil : "\(parts[0]): \(code)"
        }.sorted()
    }

    /// The files of such lines, each once.
    static func files(below folder: String, matching pattern: String) throws -> [String] {
        Set(try lines(below: folder, matching: pattern).map { String($0.prefix { $0 != ":" }) }).sorted()
    }
}
