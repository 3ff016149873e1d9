/// What the admin of the server may choose, read from one file.
///
///     let settings = try Settings.load(path: "/etc/postern/settings.py")
///     let seconds = settings[Settings.sessionTimeout]
///
/// `Settings+Access.swift` and its like declare each key once: name, meaning, `SettingKind`, default. To read a file,
/// `StatementReader` finds the assignments in it with a `Cursor`, the `SettingKind` of each key checks its value, and
/// `checkTogether` compares values with each other. `template` and `markdownTable` print all keys from the same
/// declarations. Only the module `postern` calls `load`, at the start and after SIGHUP.
package struct Settings: Sendable {
    /// Where a value comes from.
    package enum Origin: Sendable, Hashable, CustomStringConvertible {
        case `default`
        case file(String, line: Int)
        /// Set by `with`.
        case code

        package var description: String {
            switch self {
            case .default: "default"
            case .file(let file, let line): "\(file):\(line)"
            case .code: "set in code"
            }
        }
    }

    /// By key, the values that were set; each has the type of its `Setting`.
    private var values: [String: any Sendable] = [:]
    private var origins: [String: Origin] = [:]
    /// What is ignored or is probably a mistake, one line each, `FILE:LINE: …`. The settings can be used all the same.
    package internal(set) var warnings: [String] = []

    /// Every key has its default.
    package init() {}

    /// The value that was set, else the default.
    package subscript<Value>(setting: Setting<Value>) -> Value {
        // The cast never fails: `set` and `with` store only values of the declared type.
        values[setting.name] as? Value ?? setting.defaultValue
    }

    /// A copy with one value replaced, which is not checked.
    package func with<Value>(_ setting: Setting<Value>, _ value: Value) -> Settings {
        var copy = self
        copy.values[setting.name] = value
        copy.origins[setting.name] = .code
        return copy
    }

    /// A key with its value.
    package struct Entry: Sendable {
        package let setting: AnySetting
        /// The value as it is written in a settings file.
        package let text: String
        package let origin: Origin
    }

    /// Every key with its value, in the order of `Settings.all`.
    package var entries: [Entry] {
        Self.all.map { Entry(setting: $0, text: $0.text(self), origin: origin(of: $0.name)) }
    }

    /// Where the value of a key comes from; `.default` also for a name that is no key.
    package func origin(of name: String) -> Origin {
        origins[name] ?? .default
    }

    mutating func set(_ setting: AnySetting, to literal: Literal, from origin: Origin) throws(LineError) {
        values[setting.name] = try setting.read(literal)
        origins[setting.name] = origin
    }
}

extension Settings {
    /// A section of the template.
    package struct Group: Sendable {
        package let title: String
        package let settings: [AnySetting]
    }

    package static let groups = [
        Group(title: "Access", settings: access),
        Group(title: "Databases", settings: databases),
        Group(title: "Sessions", settings: sessions),
        Group(title: "Passwords", settings: passwords),
        Group(title: "Storage of mail", settings: storage),
        Group(title: "Accounts", settings: accounts),
        Group(title: "Domains and routing", settings: domains),
        Group(title: "Mailing lists", settings: mailingLists),
        Group(title: "Mail-flow policies", settings: policies),
        Group(title: "Whitelisted SPF senders", settings: spf),
        Group(title: "Log and figures", settings: observing),
        Group(title: "Answers", settings: answers),
    ]

    /// Every key, in the order of the template.
    package static let all = groups.flatMap(\.settings)
}
