import Mail

/// A key of the settings file: name, meaning and default.
///
/// Only this module declares keys, each name once. So a name has one type.
package struct Setting<Value: Sendable>: Sendable {
    package let name: String
    /// One sentence, for the template and for `Operating.md` 14.
    package let meaning: String
    /// Holds when the file does not set the key.
    package let defaultValue: Value
    let kind: SettingKind<Value>

    init(_ name: String, _ meaning: String, _ kind: SettingKind<Value>, default defaultValue: Value) {
        self.name = name
        self.meaning = meaning
        self.kind = kind
        self.defaultValue = defaultValue
    }
}

extension Setting<Bool> {
    init(_ name: String, _ meaning: String, default defaultValue: Bool) {
        self.init(name, meaning, .truth(), default: defaultValue)
    }
}

extension Setting<[IPNetwork]> {
    init(_ name: String, _ meaning: String, default defaultValue: [IPNetwork]) {
        let kind = SettingKind.list("a list of IP addresses and networks", of: .addressRange())
        self.init(name, meaning, kind, default: defaultValue)
    }
}

/// A `Setting` of any type, so that all keys can be in one list.
package struct AnySetting: Sendable {
    package let name: String
    package let meaning: String
    /// What may be written, e.g. `a whole number from 10 to 15`.
    package let kind: String
    /// As it is written in a settings file.
    package let defaultText: String
    let read: @Sendable (Literal) throws(LineError) -> any Sendable
    /// The key's value in these settings, as it is written in a settings file.
    let text: @Sendable (Settings) -> String

    init<Value>(_ setting: Setting<Value>) {
        name = setting.name
        meaning = setting.meaning
        kind = setting.kind.expectation
        defaultText = setting.kind.text(setting.defaultValue)
        read = { literal throws(LineError) in try setting.kind.read(literal) }
        text = { setting.kind.text($0[setting]) }
    }
}
