/// Everything an administrator may choose, read once at the start and handed to whoever needs it.
package struct Settings: Sendable {
    /// Where a value comes from.
    package enum Origin: Sendable, Hashable, CustomStringConvertible {
        case fallback
        case file(String, line: Int)
        /// Set by `with`.
        case code

        package var description: String {
            switch self {
            case .fallback: "default"
            case .file(let file, let line): "\(file):\(line)"
            case .code: "set in code"
            }
        }
    }

    /// The values that do not come from a fallback, each of its key's type.
    private var values: [String: any Sendable] = [:]
    private var origins: [String: Origin] = [:]
    /// What the administrator should know although the settings can be used; one line each, `FILE:LINE: …`.
    package internal(set) var warnings: [String] = []

    /// Every key at its fallback.
    package init() {}

    package subscript<Value>(setting: Setting<Value>) -> Value {
        // A stored value always has its key's type: both ways in, `set` and `with`, take it from the declaration.
        values[setting.name] as? Value ?? setting.fallback
    }

    /// These settings with one value replaced, unchecked.
    package func with<Value>(_ setting: Setting<Value>, _ value: Value) -> Settings {
        var copy = self
        copy.values[setting.name] = value
        copy.origins[setting.name] = .code
        return copy
    }

    /// One key as it stands.
    package struct Entry: Sendable {
        package let setting: AnySetting
        /// The value as the file would say it.
        package let text: String
        package let origin: Origin
    }

    /// Every key as it stands, in the order of `Settings.all`.
    package var entries: [Entry] {
        Self.all.map { Entry(setting: $0, text: $0.text(self), origin: origin(of: $0.name)) }
    }

    /// Where the value of a key comes from; `.fallback` also for a name that is no key.
    package func origin(of name: String) -> Origin {
        origins[name] ?? .fallback
    }

    mutating func set(_ setting: AnySetting, to literal: Literal, from origin: Origin) throws(Unreadable) {
        values[setting.name] = try setting.read(literal)
        origins[setting.name] = origin
    }
}

extension Settings {
    /// Keys that belong together.
    package struct Group: Sendable {
        package let title: String
        package let settings: [AnySetting]
    }

    package static let groups = [
        Group(title: "Access", settings: access),
        Group(title: "Sessions", settings: sessions),
        Group(title: "Passwords", settings: passwords),
        Group(title: "Storage of mail", settings: storage),
        Group(title: "Accounts", settings: accounts),
        Group(title: "Domains and routing", settings: domains),
        Group(title: "Mail-flow policies", settings: policies),
        Group(title: "Whitelisted SPF senders", settings: spf),
        Group(title: "Log and figures", settings: observing),
        Group(title: "Answers", settings: answers),
    ]

    /// Every key there is, in the order of the template.
    package static let all = groups.flatMap(\.settings)
}
