import SQLite

/// What a spam policy says yes or no to, under the API's names, and the columns of `policy` that say it to amavisd.
///
/// `no` is never NULL: amavisd asks the next scope for a NULL, while `''` and `'N'` are answers.
/// Source: `Contract.md` 13.1.
package enum SpamPolicySwitch: String, CaseIterable, Sendable {
    case bypassSpamChecks = "bypass_spam_checks"
    case bypassVirusChecks = "bypass_virus_checks"
    case bypassBannedChecks = "bypass_banned_checks"
    case bypassHeaderChecks = "bypass_header_checks"
    case quarantineSpam = "quarantine_spam"
    case quarantineVirus = "quarantine_virus"
    case quarantineBanned = "quarantine_banned"
    case quarantineBadHeader = "quarantine_bad_header"
    case prefixSpamInSubject = "prefix_spam_in_subject"
    case alwaysInsertHeaders = "always_insert_x_spam_headers"

    /// What the server's settings add to the words of the API.
    package struct Wording: Sendable {
        /// Put before the subject of spam.
        package let subjectPrefix: String
        /// Spam score from which on headers are added when they are not always wanted.
        package let tagLevel: Double

        package init(subjectPrefix: String, tagLevel: Double) {
            self.subjectPrefix = subjectPrefix
            self.tagLevel = tagLevel
        }
    }

    /// The column that is read back: NULL there is "ask the next scope".
    package var decisive: StaticString {
        switch self {
        case .bypassSpamChecks: "bypass_spam_checks"
        case .bypassVirusChecks: "bypass_virus_checks"
        case .bypassBannedChecks: "bypass_banned_checks"
        case .bypassHeaderChecks: "bypass_header_checks"
        case .quarantineSpam: "spam_quarantine_to"
        case .quarantineVirus: "virus_quarantine_to"
        case .quarantineBanned: "banned_quarantine_to"
        case .quarantineBadHeader: "bad_header_quarantine_to"
        case .prefixSpamInSubject: "spam_subject_tag2"
        case .alwaysInsertHeaders: "spam_tag_level"
        }
    }

    /// Whether bad mail of this kind is also delivered when it is not quarantined, and the column that says so; nil
    /// for what is no quarantine. Viruses never are.
    private var lover: (column: StaticString, isDeliveredOtherwise: Bool)? {
        switch self {
        case .quarantineSpam: ("spam_lover", true)
        case .quarantineVirus: ("virus_lover", false)
        case .quarantineBanned: ("banned_files_lover", true)
        case .quarantineBadHeader: ("bad_header_lover", true)
        default: nil
        }
    }

    /// What stands in the decisive column for yes and no.
    private func values(_ wording: Wording) -> (yes: SQL.Value, no: SQL.Value) {
        switch self {
        case .bypassSpamChecks, .bypassVirusChecks, .bypassBannedChecks, .bypassHeaderChecks: (.text("Y"), .text("N"))
        case .quarantineSpam: (.text("spam-quarantine"), .text(""))
        case .quarantineVirus: (.text("virus-quarantine"), .text(""))
        case .quarantineBanned: (.text("banned-quarantine"), .text(""))
        case .quarantineBadHeader: (.text("bad-header-quarantine"), .text(""))
        case .prefixSpamInSubject: (.text(wording.subjectPrefix), .text(""))
        case .alwaysInsertHeaders: (.real(-100), .real(wording.tagLevel))
        }
    }

    /// What to write for an answer; nil writes NULL, "ask the next scope".
    func assignments(_ answer: Bool?, _ wording: Wording) -> [(column: StaticString, value: SQL.Value)] {
        let values = values(wording)
        let value = answer.map { $0 ? values.yes : values.no } ?? .null
        guard let lover else { return [(decisive, value)] }
        let isLover = answer.map { SQL.Value.text(!$0 && lover.isDeliveredOtherwise ? "Y" : "N") } ?? .null
        return [(decisive, value), (lover.column, isLover)]
    }

    /// The answer a row gives; nil: it asks the next scope.
    func answer(in row: Row) throws -> Bool? {
        let column = try row.column(decisive.description)
        if row.isNull(column) { return nil }
        switch self {
        case .bypassSpamChecks, .bypassVirusChecks, .bypassBannedChecks, .bypassHeaderChecks:
            return !["", "N", "n", "F", "f", "0", " ", "\0"].contains(row.text(column))
        case .alwaysInsertHeaders:
            return row.real(column) <= -100
        default:
            return !row.text(column).isEmpty
        }
    }

    /// What a global policy made anew says where the request does not; nil leaves it to amavisd's configuration.
    package var documentedDefault: Bool? {
        switch self {
        case .quarantineVirus: true
        case .alwaysInsertHeaders: nil
        default: false
        }
    }
}
