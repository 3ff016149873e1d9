package import Storage

/// A column `settings` of `domain`, `mailbox` or `admin`, by the rules of `Contract.md` 1.2.
///
///     AccountSettings(stored: "max_user_quota:1024;")[number: "max_user_quota"]  // 1024
package struct AccountSettings: Sendable, Equatable {
    private var pairs: [(key: String, value: String)]

    package init() { pairs = [] }

    package init(stored text: String) {
        pairs = []
        for piece in text.utf8.split(separator: UInt8(ascii: ";")) {
            guard let colon = piece.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = String(Substring(piece[piece.index(after: colon)...]))
            if !value.isEmpty { self[String(Substring(piece[..<colon]))] = value }
        }
    }

    /// The text for the column.
    package var stored: String { pairs.map { "\($0.key):\($0.value);" }.joined() }

    package var isEmpty: Bool { pairs.isEmpty }

    /// Nil for a key that is not there. To set nil or the empty text removes the key. A `;` in the value is dropped.
    package subscript(key: String) -> String? {
        get { pairs.first { $0.key == key }?.value }
        set {
            let value = (newValue ?? "").filter { $0 != ";" }
            let index = pairs.firstIndex { $0.key == key }
            switch (index, value.isEmpty) {
            case (let index?, true): pairs.remove(at: index)
            case (let index?, false): pairs[index].value = value
            case (nil, true): break
            case (nil, false): pairs.append((key, value))
            }
        }
    }

    /// 0 for a key that is not there or whose value is no number. To set 0 removes the key.
    package subscript(number key: String) -> Int {
        get { self[key].flatMap { Int($0) } ?? 0 }
        set { self[key] = newValue == 0 ? nil : String(newValue) }
    }

    /// The items between commas, as stored. They are stored in ascending order; to set none removes the key.
    package subscript(list key: String) -> [String] {
        get { self[key].map { $0.split(separator: ",").map(String.init) } ?? [] }
        set { self[key] = newValue.sorted().joined(separator: ",") }
    }

    package enum Kind: Sendable { case number, list, text }

    /// What the values of a key are; of an unknown key, texts.
    package static func kind(of key: String) -> Kind {
        switch key {
        case "default_user_quota", "max_user_quota", "min_passwd_length", "max_passwd_length",
            "create_max_domains", "create_max_users", "create_max_aliases", "create_max_lists", "create_max_quota":
            .number
        case "enabled_services", "disabled_mail_services", "disabled_domain_profiles", "disabled_user_profiles",
            "disabled_user_preferences", "default_groups", "default_mailing_lists":
            .list
        default: .text
        }
    }

    /// Calls `body` for each pair, in the order of the column.
    package func forEach(_ body: (_ key: String, _ value: String) -> Void) {
        for pair in pairs { body(pair.key, pair.value) }
    }

    package static func == (left: Self, right: Self) -> Bool { left.stored == right.stored }
}

extension AccountSettings: Bindable {
    package var sqlValue: SQL.Value { .text(stored) }
}
