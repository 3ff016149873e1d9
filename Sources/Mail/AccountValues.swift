/// Whether an account or a domain is enabled. Stored as 1 or 0 in the column `active`.
package enum AccountStatus: Int, Sendable {
    case disabled = 0
    case active = 1

    /// A value of the API's `accountStatus`, in any case: `Contract.md` 2.1. Nil for any other text and the empty one.
    package init?(word: String) {
        switch word.lowercased() {
        case "active", "enable", "enabled", "yes", "1": self = .active
        case "disabled", "disable", "no", "0": self = .disabled
        default: return nil
        }
    }
}

/// The language of a user, an admin or a domain, as stored: `en_US`.
package struct Language: Sendable, Hashable {
    package let code: String

    /// Nil when it is not one of iRedMail's languages.
    package init?(_ code: String) {
        guard Self.known.contains(code) else { return nil }
        self.code = code
    }

    package static let known: Set<String> = [
        "bg_BG", "cs_CZ", "da_DK", "de_DE", "en_US", "es_ES", "fi_FI", "fr_FR", "hu_HU", "it_IT", "ja_JP", "ko_KR",
        "lv_LV", "nl_NL", "pl_PL", "pt_BR", "ro_RO", "ru_RU", "sl_SI", "sv_SE", "zh_CN", "zh_TW",
    ]
}
