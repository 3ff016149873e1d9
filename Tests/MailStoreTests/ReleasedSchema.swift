import Foundation
import MailStore
import Storage

/// The SQL of the versions that are in use on other people's machines: one file for each store file and version,
/// `Released/vmail.2.sql` for what makes version 2 of version 1. These texts never change; a new version adds a file.
struct ReleasedSchema {
    let file: StoreFile

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Released")

    /// What a step is written as: its statements as they are, each closed by a semicolon, parted by an empty line.
    static func text(_ statements: [String]) -> String { statements.map { "\($0);\n" }.joined(separator: "\n") }

    /// The newest version there is a text of.
    var newest: Int {
        var version = 0
        while FileManager.default.fileExists(atPath: path(of: version + 1)) { version += 1 }
        return version
    }

    func text(of version: Int) throws -> String { try String(contentsOfFile: path(of: version), encoding: .utf8) }

    /// Writes the text of a version that has none.
    func record(_ statements: [String], as version: Int) throws {
        try Self.text(statements).write(toFile: path(of: version), atomically: true, encoding: .utf8)
    }

    /// Makes a file as that version had it.
    func make(_ version: Int, at path: String) throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path, .creator)
        for step in 1...version { try connection.script(text(of: step)) }
        try connection.script("PRAGMA user_version=\(version)")
        return connection
    }

    private func path(of version: Int) -> String {
        Self.directory.appending(path: "\(file.rawValue).\(version).sql").path
    }
}
