import Foundation

/// Asks Postfix's own clients of SQLite and PostgreSQL, in a configuration directory of its own.
package final class PostfixReader: Sendable {
    package static let isInstalled = isInstalled(for: "sqlite")

    /// Whether Postfix has the client for a type of tables: `sqlite` or `pgsql`.
    package static func isInstalled(for type: String) -> Bool {
        Program.isInstalled("/usr/sbin/postmap")
            && FileManager.default.fileExists(atPath: "/usr/lib/postfix/postfix-\(type).so")
    }

    private let configuration: String
    private let type: String
    private let user: ProcessUser?
    private let runDirectory: TemporaryDirectory

    /// - Parameters:
    ///   - configuration: the directory of the files Postern prints for Postfix.
    ///   - type: of the tables there: `sqlite` or `pgsql`.
    ///   - user: as whom the tables are read; needs root.
    package init(configuration: String, type: String = "sqlite", as user: ProcessUser? = nil) throws {
        self.configuration = configuration
        self.type = type
        self.user = user
        runDirectory = try TemporaryDirectory()
        try runDirectory.write(
            "main.cf",
            """
            compatibility_level = 3.6
            queue_directory = \(runDirectory.path)/queue
            data_directory = \(runDirectory.path)/data

            """)
        for path in [runDirectory.path, configuration] { try Self.age(path) }
    }

    /// Makes the files of a directory look old: Postfix waits a second before it trusts a file written just now.
    private static func age(_ directory: String) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: "\(directory)/\(file)")
        }
    }

    /// What one table answers.
    ///
    /// - Parameter map: the file's name without its type and `.cf`, e.g. `transport-maps-user`.
    /// - Returns: several values joined by commas; nil when there is none.
    /// - Throws: also for whatever Postfix complains about, since it would then defer mail.
    package func query(map: String, key: String) throws -> String? {
        let result = try Program.run(
            "/usr/sbin/postmap",
            ["-c", runDirectory.path, "-q", key, "\(type):\(configuration)/\(type)-\(map).cf"], as: user)
        guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
        return result.status == 0 ? String(result.output.dropLast()) : nil
    }

    /// What one table answers to many keys, which hold no blanks.
    ///
    /// - Returns: by key; nothing for those without an answer.
    /// - Throws: as `query(map:key:)`.
    package func query(map: String, keys: [String]) throws -> [String: String] {
        let result = try Program.run(
            "/usr/sbin/postmap", ["-c", runDirectory.path, "-q", "-", "\(type):\(configuration)/\(type)-\(map).cf"],
            input: keys.joined(separator: "\n") + "\n", as: user, limit: .seconds(60))
        guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
        let answers = result.output.split(separator: "\n").map {
            $0.split(separator: "\t", maxSplits: 1).map(String.init)
        }
        return Dictionary(answers.map { ($0[0], $0.count > 1 ? $0[1] : "") }, uniquingKeysWith: { $1 })
    }

    /// What Postfix gets for a parameter of `main.cf`: the first table's answer, in the printed order.
    package func lookUp(_ parameter: String, _ key: String) throws -> String? {
        for map in try maps(of: parameter) {
            if let value = try query(map: map, key: key) { return value }
        }
        return nil
    }

    /// The tables `main.cf` names for a parameter.
    package func maps(of parameter: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(configuration)/postern-main.cf", encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(parameter) =") }) else {
            throw Program.Failure(description: "postern-main.cf does not set \(parameter)")
        }
        return line.split(separator: "=")[1].split(separator: ",").compactMap { table in
            guard let name = table.split(separator: "/").last, name.hasPrefix("\(type)-"), name.hasSuffix(".cf")
            else { return nil }
            return String(name.dropFirst(type.count + 1).dropLast(".cf".count))
        }
    }
}
