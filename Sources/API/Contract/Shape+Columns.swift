import MailStore

// Rows of the account tables as `JSONWriter.members(of:hiding:)` writes them: every column under its SQL name.

extension [Shape.Member] {
    /// The same columns, each of which may be missing: a setting can hide it.
    var hideable: [Shape.Member] { map { Shape.Member($0.name, $0.shape, isOptional: true) } }

    /// The last columns of a row: when it was created and changed, when it expires, whether it is active.
    static func closing(expired: String, active: String) -> [Shape.Member] {
        [.created, .modified, Shape.Member("expired", .time(expired)), Shape.Member("active", .bit(active))]
    }
}

extension Shape.Member {
    fileprivate static let created = Shape.Member("created", .time("When it was created, UTC."))
    fileprivate static let modified = Shape.Member(
        "modified", .time("When it was changed last, UTC; 1970-01-01 01:01:01 before the first change."))
    static let passwordLastChange = Shape.Member(
        "passwordlastchange",
        .time("When the password was changed last, UTC; 1970-01-01 01:01:01 when that is not known."))

    /// The column `settings`.
    /// - Parameter keys: those that Postern or iRedMail uses, with their meaning.
    static func settings(_ keys: [(key: String, meaning: String)]) -> Shape.Member {
        let members = keys.map { key, meaning in
            let shape: Shape =
                switch AccountSettings.kind(of: key) {
                case .number: .number(meaning)
                case .list: .list(.text(""), meaning)
                case .text: .text(meaning)
                }
            return Shape.Member(key, shape, isOptional: true)
        }
        return Shape.Member(
            "settings",
            Shape(.openObject(members), "Further settings, only those that are set; other programs may add their own."))
    }
}
