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
