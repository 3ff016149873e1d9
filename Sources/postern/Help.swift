import Settings

/// `postern help`: the commands, one of them, or a page of the documentation.
enum Help {
    /// What `help` takes besides a command.
    enum Topic: String, CaseIterable {
        case operating
        case settings

        var summary: String {
            switch self {
            case .operating:
                "Installing, running and repairing Postern, task by task; a number after it names a section."
            case .settings: "Every key of the settings file, as a table in Markdown."
            }
        }

        var text: String {
            switch self {
            case .operating: String(decoding: PackageResources.Operating_md, as: UTF8.self)
            case .settings: Settings.markdownTable()
            }
        }
    }

    /// What may follow `help`.
    static var words: [String] { Postern.commands.map { $0.name } + Topic.allCases.map(\.rawValue) }

    /// - Parameter words: of the command line, after `help`.
    static func text(for words: [String]) throws(UsageError) -> String {
        guard let name = words.first else { return overview }
        let command = Postern.commands.first { $0.name == name }
        if let extra = words.dropFirst(command == nil ? 2 : 1).first {
            throw UsageError(reason: "no operand \(extra) is expected")
        }
        if let command { return command.help }
        guard let topic = Topic(rawValue: name) else {
            throw UsageError(reason: "there is no command or topic \(name)")
        }
        guard let number = words.dropFirst().first else { return topic.text }
        guard let section = section(number, of: topic.text) else {
            throw UsageError(reason: "\(name) has no section \(number)")
        }
        return section
    }

    /// The section of this number, such as `10` or `10.1`, with the sections below it; nil when there is none.
    private static func section(_ number: String, of page: String) -> String? {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        guard !number.isEmpty,
            let start = lines.firstIndex(where: { level($0) > 1 && $0.drop { $0 == "#" }.hasPrefix(" \(number). ") })
                ?? lines.firstIndex(where: { level($0) > 1 && $0.drop { $0 == "#" }.hasPrefix(" \(number) ") })
        else { return nil }
        let depth = level(lines[start])
        let rest = lines[(start + 1)...].prefix { level($0) == 0 || level($0) > depth }
        return ([lines[start]] + rest).joined(separator: "\n")
    }

    /// The level of a heading; 0 for any other line.
    private static func level(_ line: Substring) -> Int {
        let marks = line.prefix { $0 == "#" }.count
        return line.dropFirst(marks).first == " " ? marks : 0
    }

    private static var overview: String {
        let topics = Topic.allCases.map { (name: "help \($0.rawValue)", summary: $0.summary) }
        let entries = Postern.commands.map { (name: $0.name, summary: $0.summary) } + topics
        let width = entries.map(\.name.count).max() ?? 0
        let lines = entries.map { entry in
            "  " + entry.name + String(repeating: " ", count: width - entry.name.count + 2) + entry.summary
        }
        return """
            Postern serves the iRedAdmin-Pro RESTful API from databases that Postfix, Dovecot and amavisd read.

            Usage: postern COMMAND [OPTION…]

            \(lines.joined(separator: "\n"))

            postern COMMAND --help tells more of each. postern --version tells which one this is.
            """
    }
}
