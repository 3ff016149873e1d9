/// A subcommand. Help, manual page and completion are made from these declarations.
protocol Command {
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// The operands as the help shows them, such as `postfix|dovecot`; nil when the command takes none.
    static var operand: String? { get }
    static var options: [Option] { get }
    /// What `--help` says after the options.
    static var notes: String { get }
    /// Does the work. An error ends the program, with one line and the status that belongs to it.
    static func run(_ arguments: Arguments) throws
    /// The exit status after an error.
    /// - Parameter usual: the status of most commands after this error.
    static func exitStatus(after error: any Error, usual: ExitCode) -> Int32
}

extension Command {
    static var operand: String? { nil }
    static var notes: String { "" }

    static func exitStatus(after error: any Error, usual: ExitCode) -> Int32 { usual.rawValue }

    static var help: String {
        let all = options + [.help]
        let width = all.map(\.usage.count).max() ?? 0
        let lines = all.map { "  " + $0.usage + String(repeating: " ", count: width - $0.usage.count + 2) + $0.meaning }
        let usage = ["Usage: postern", name, operand, "[OPTION…]"].compactMap(\.self).joined(separator: " ")
        return ([summary, usage, lines.joined(separator: "\n")] + (notes.isEmpty ? [] : [notes]))
            .joined(separator: "\n\n")
    }
}

struct Option: Hashable {
    /// With its two hyphens.
    let name: String
    /// What the help calls its value; nil for an option without a value.
    let value: String?
    let meaning: String

    var usage: String { value.map { "\(name) \($0)" } ?? name }

    static let help = Option(name: "--help", value: nil, meaning: "Prints this.")
    static let state = Option(
        name: "--state", value: "DIR", meaning: "The state directory (default /var/lib/postern).")
    static let passwordFromInput = Option(
        name: "--password-stdin", value: nil, meaning: "Reads the password from the first line of standard input.")
    static let settings = Option(
        name: "--settings", value: "FILE",
        meaning: "The settings file (default /etc/postern/settings.py; without that file, every default).")
}

/// A command line, parsed by the declarations of its command.
struct Arguments {
    /// By the name of the option, in the order of the command line. An option without a value has an empty one.
    private var values: [String: [String]] = [:]
    private(set) var operands: [String] = []
    let asksForHelp: Bool

    init(_ words: [String], for command: any Command.Type) throws(UsageError) {
        asksForHelp = words.contains("--help") || words.contains("-h")
        if asksForHelp { return }
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("--") else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard let option = command.options.first(where: { $0.name == parts[0] }) else {
                throw UsageError(reason: "there is no option \(parts[0])")
            }
            if option.value == nil {
                guard parts.count == 1 else { throw UsageError(reason: "\(option.name) takes no value") }
                values[option.name] = [""]
            } else {
                guard let value = parts.count == 2 ? parts[1] : words.popFirst(), !value.isEmpty else {
                    throw UsageError(reason: "\(option.usage): the value is missing")
                }
                values[option.name, default: []].append(value)
            }
        }
        if command.operand == nil, let extra = operands.first {
            throw UsageError(reason: "no operand \(extra) is expected")
        }
    }

    func has(_ option: Option) -> Bool { values[option.name] != nil }

    /// The value of an option; the last one when it was given more than once.
    subscript(option: Option) -> String? { values[option.name]?.last }

    /// Every value of an option that may be given more than once, in order.
    func all(_ option: Option) -> [String] { values[option.name] ?? [] }
}
