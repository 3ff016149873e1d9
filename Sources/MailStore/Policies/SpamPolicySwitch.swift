import Storage

/// The parameters of a spam policy that are `yes` or `no`, and the columns of `policy` that they are stored in:
/// `Contract.md` 13.1.
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

    /// Values of the server's settings that are stored for some answers.
    package struct StoredSettings: Sendable {
        /// `SPAM_SUBJECT_PREFIX`.
        package let subjectPrefix: String
        /// `SPAM_TAG_LEVEL`: the spam score from which on headers are added, unless they always are.
        package let tagLevel: Double

        package init(subjectPrefix: String, tagLevel: Double) {
            self.subjectPrefix = subjectPrefix
            self.tagLevel = tagLevel
        }
    }

    /// The column from which the answer is read. NULL there leaves it to the next scope.
    package var answerColumn: StaticString {
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

    /// For a quarantine, the column that says whether bad mail is delivered, and whether it is when it is not
    /// quarantined; nil for other switches.
    private var lover: (column: StaticString, isDeliveredOtherwise: Bool)? {
        switch self {
        case .quarantineSpam: ("spam_lover", true)
        case .quarantineVirus: ("virus_lover", false)
        case .quarantineBanned: ("banned_files_lover", true)
        case .quarantineBadHeader: ("bad_header_lover", true)
        default: nil
        }
    }

    /// What is stored in the column `answerColumn` for yes and no.
    private func values(_ stored: StoredSettings) -> (yes: SQL.Value, no: SQL.Value) {
        switch self {
        case .bypassSpamChecks, .bypassVirusChecks, .bypassBannedChecks, .bypassHeaderChecks: (.text("Y"), .text("N"))
        case .quarantineSpam: (.text("spam-quarantine"), .text(""))
        case .quarantineVirus: (.text("virus-quarantine"), .text(""))
        case .quarantineBanned: (.text("banned-quarantine"), .text(""))
        case .quarantineBadHeader: (.text("bad-header-quarantine"), .text(""))
        case .prefixSpamInSubject: (.text(stored.subjectPrefix), .text(""))
        case .alwaysInsertHeaders: (.real(-100), .real(stored.tagLevel))
        }
    }

    /// The columns to write, and their values.
    /// - Parameter answer: nil leaves it to the next scope.
    func assignments(_ answer: Bool?, _ stored: StoredSettings) -> [(column: StaticString, value: SQL.Value)] {
        let values = values(stored)
        let value = answer.map { $0 ? values.yes : values.no } ?? .null
        guard let lover else { return [(answerColumn, value)] }
        let isLover = answer.map { SQL.Value.text(!$0 && lover.isDeliveredOtherwise ? "Y" : "N") } ?? .null
        return [(answerColumn, value), (lover.column, isLover)]
    }

    /// What amavisd takes for no in a column of one letter; anything else is yes.
    private static let falseFlags = ["", "N", "n", "F", "f", "0", " ", "\0"]

    /// Whether a column of `policy` holds a flag of amavisd's.
    package static func isFlag(column: String) -> Bool {
        column.hasSuffix("_lover") || column.hasPrefix("bypass_") || column.hasPrefix("warn")
    }

    /// Whether a text is a flag of amavisd's: one that is no, or one of the words for yes.
    static func isFlag(_ text: String) -> Bool {
        falseFlags.contains(text) || ["Y", "y", "T", "t", "1"].contains(text)
    }

    /// The answer of a row; nil when it is left to the next scope.
    func answer(in row: Row) throws -> Bool? {
        let column = try row.column(answerColumn.description)
        if row.isNull(column) { return nil }
        switch self {
        case .bypassSpamChecks, .bypassVirusChecks, .bypassBannedChecks, .bypassHeaderChecks:
            return !Self.falseFlags.contains(row.text(column))
        case .alwaysInsertHeaders:
            return row.real(column) <= -100
        default:
            return !row.text(column).isEmpty
        }
    }

    /// The answer of a new global policy when the request has none; nil leaves it to amavisd's configuration.
    package var defaultOfNewGlobalPolicy: Bool? {
        switch self {
        case .quarantineVirus: true
        case .alwaysInsertHeaders: nil
        default: false
        }
    }
}
