import Mail

/// A key of the settings file: its name, its meaning, and what holds when the file does not name it.
///
/// Only this room declares keys, and each name once, so a name stands for one type.
package struct Setting<Value: Sendable>: Sendable {
    package let name: String
    /// One sentence, for `postern check`, the template and `Operating.md` 14.
    package let meaning: String
    package let fallback: Value
    let kind: SettingKind<Value>

    init(_ name: String, _ meaning: String, _ kind: SettingKind<Value>, fallback: Value) {
        self.name = name
        self.meaning = meaning
        self.kind = kind
        self.fallback = fallback
    }
}

extension Setting<Bool> {
    init(_ name: String, _ meaning: String, fallback: Bool) {
        self.init(name, meaning, .truth(), fallback: fallback)
    }
}

extension Setting<[IPNetwork]> {
    init(_ name: String, _ meaning: String, fallback: [IPNetwork]) {
        let kind = SettingKind.list("a list of IP addresses and networks", of: .addressRange())
        self.init(name, meaning, kind, fallback: fallback)
    }
}

/// A declared key without its type: what a list of all keys is made of.
package struct AnySetting: Sendable {
    package let name: String
    package let meaning: String
    /// What may be written, e.g. `a whole number from 10 to 15`.
    package let kind: String
    /// The fallback as the file would say it.
    package let fallbackText: String
    let read: @Sendable (Literal) throws(Unreadable) -> any Sendable
    let text: @Sendable (Settings) -> String

    init<Value>(_ setting: Setting<Value>) {
        name = setting.name
        meaning = setting.meaning
        kind = setting.kind.expectation
        fallbackText = setting.kind.text(setting.fallback)
        read = { literal throws(Unreadable) in try setting.kind.read(literal) }
        text = { setting.kind.text($0[setting]) }
    }
}
