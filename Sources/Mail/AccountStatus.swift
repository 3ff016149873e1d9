/// Whether an account takes part in mail at all. Stored as 1 or 0 in the column `active`.
package enum AccountStatus: Int, Sendable {
    case disabled = 0
    case active = 1

    /// The words of the API; nil for any other, the empty one included: a typo must not disable an account.
    package init?(word: String) {
        switch word.lowercased() {
        case "active", "enable", "enabled", "yes", "1": self = .active
        case "disabled", "disable", "no", "0": self = .disabled
        default: return nil
        }
    }
}

/// A language of the web mail and panel, as stored: `en_US`.
package struct Language: Sendable, Hashable {
    package let code: String

    /// Nil for a language that is not among those iRedMail knows.
    package init?(_ code: String) {
        guard Self.known.contains(code) else { return nil }
        self.code = code
    }

    private static let known: Set<String> = [
        "bg_BG", "cs_CZ", "da_DK", "de_DE", "en_US", "es_ES", "fi_FI", "fr_FR", "hu_HU", "it_IT", "ja_JP", "ko_KR",
        "lv_LV", "nl_NL", "pl_PL", "pt_BR", "ro_RO", "ru_RU", "sl_SI", "sv_SE", "zh_CN", "zh_TW",
    ]
}
