import Gateway
import Mail
import MailStore
import Settings

/// Spam policy: what amavisd does with spam, viruses, banned attachments and bad headers. Source: `Contract.md` 13.
enum SpamPolicies {
    static let routes =
        Route.forEveryScope(
            .get, "/api/spampolicy/<scope>", "get_<scope>_spam_policy", .spampolicy, "Spam policy of",
            answers: .spamPolicy, show)
        + Route.forEveryScope(
            .put, "/api/spampolicy/<scope>", "update_<scope>_spam_policy", .spampolicy, "Changes the spam policy of",
            refuses: [.missingParameter], update)
        + Route.forEveryScope(
            .delete, "/api/spampolicy/<scope>", "delete_<scope>_spam_policy", .spampolicy, "Removes the spam policy of",
            delete)

    static func show(_ call: Call, _ scope: Scope) throws -> Reply {
        let row = try call.store.spamPolicies.find(scope)
        return Reply.data { json in
            json.open("{")
            if let row {
                json.member("account", row.account)
                json.members(of: row)
            }
            json.close("}")
        }
    }

    static func update(_ call: Call, _ scope: Scope, _ input: SpamPolicyChanges) throws -> Reply {
        let settings = call.configuration.settings
        let stored = SpamPolicySwitch.StoredSettings(
            subjectPrefix: settings[Settings.spamSubjectPrefix], tagLevel: settings[Settings.spamTagLevel])
        try call.store.spamPolicies.write(scope, input.changes, stored)
        return .changed(LogEntry(.update, policy: "spam policy", of: scope))
    }

    static func delete(_ call: Call, _ scope: Scope) throws -> Reply {
        guard try call.store.spamPolicies.remove(scope) else { return .unlogged }
        return .changed(LogEntry(.delete, policy: "spam policy", of: scope))
    }
}

struct SpamPolicyChanges: FormInput {
    private(set) var changes = SpamPolicyStore.Changes()

    init(_ form: inout Form) throws(APIError) {
        for item in SpamPolicySwitch.allCases {
            if let answer = try form.optional(
                item.rawValue, .yesNoOrInherited, by: .caller, item.summary, example: "yes")
            {
                changes.answers[item] = .some(answer.value)
            }
        }
        let score = try form.optional(
            "spam_score", .spamScore, by: .caller, "Score from which on mail is spam; empty: as the next scope says.",
            example: "5.5"
        )
        if let score { changes.score = .some(score.value) }
        changes.bannedRules = try form.optional(
            "banned_rulenames", .bannedRules, by: .caller,
            "Names of amavisd's rules for banned files, which it asks before those of the next scope; empty for none.",
            example: "ALLOW_MS_WORD,ALLOW_MS_EXCEL")
    }

    func check() throws(APIError) {
        if changes.answers.isEmpty && changes.score == nil && changes.bannedRules == nil { throw .missingParameter }
    }
}

extension SpamPolicySwitch {
    /// For the documentation of the API.
    var summary: String {
        switch self {
        case .bypassSpamChecks: "Whether mail is not checked for spam."
        case .bypassVirusChecks: "Whether mail is not checked for viruses."
        case .bypassBannedChecks: "Whether attachments are not checked for banned kinds."
        case .bypassHeaderChecks: "Whether headers are not checked for mistakes."
        case .quarantineSpam: "Whether spam is quarantined; otherwise it is delivered."
        case .quarantineVirus: "Whether viruses are quarantined; otherwise they are dropped."
        case .quarantineBanned: "Whether mail with banned attachments is quarantined; otherwise it is delivered."
        case .quarantineBadHeader: "Whether mail with bad headers is quarantined; otherwise it is delivered."
        case .prefixSpamInSubject: "Whether the subject of spam gets a prefix."
        case .alwaysInsertHeaders: "Whether all mail gets the spam headers, however low its score."
        }
    }
}

extension JSONWriter {
    /// Writes a policy under the names of its parameters, so that it can be sent back. Null: the next scope decides.
    mutating func members(of row: SpamPolicyRow) {
        for item in SpamPolicySwitch.allCases {
            name(item.rawValue)
            answer(row.answers[item])
        }
        name("spam_score")
        if let score = row.score { value(score) } else { null() }
        name("banned_rulenames")
        if row.bannedRules.isEmpty { null() } else { value(row.bannedRules.joined(separator: ",")) }
    }

    /// `"yes"`, `"no"` or null.
    mutating func answer(_ answer: Bool?) {
        if let answer { value(answer ? "yes" : "no") } else { null() }
    }
}

extension FieldType where Value == Assignment<Bool> {
    /// Yes or no; empty leaves it to the next scope.
    fileprivate static var yesNoOrInherited: Self {
        FieldType(
            kind: "yes or no; empty: as the next scope says", .flag("").orNull, namesParameter: true
        ) { text, _ throws(APIError) in
            switch text.lowercased() {
            case "yes": return .set(true)
            case "no": return .set(false)
            case "": return .remove
            default: throw .invalidParameter
            }
        }
    }
}

extension FieldType where Value == [String] {
    /// Keys of amavisd's `%banned_rules`, each once, in their order. One that is no such name refuses all: without it
    /// amavisd would block, or pass, what the caller did not mean.
    fileprivate static var bannedRules: Self {
        FieldType(
            kind: "at most 50 names of rules, separated by commas; empty for none",
            Shape(.text(pattern: "^[A-Za-z0-9_.-]{1,64}(,[A-Za-z0-9_.-]{1,64}){0,49}$")).orNull, namesParameter: true
        ) { text, isStrict throws(APIError) in
            let items = try ListItems(text).items
            guard items.count <= 50, text.isEmpty || !items.isEmpty, items.allSatisfy(isRuleName) else {
                throw .invalidParameter
            }
            return try ListItems(text).parsed(isStrict, invalid: .invalidParameter) { $0 }
        }
    }

    private static func isRuleName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension FieldType where Value == Assignment<Double> {
    /// Above -100 and up to 1000, with at most three decimals; empty leaves it to the next scope.
    fileprivate static var spamScore: Self {
        FieldType(
            kind: "number such as 5.5; empty: as the next scope says", Shape(.decimal(-99.999...1000)).orNull,
            namesParameter: true
        ) {
            text, _ throws(APIError) in
            if text.isEmpty { return .remove }
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
            let isPlain = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            guard isPlain, parts.count == 1 || parts.count == 2 && parts[1].utf8.count <= 3, let number = Double(text),
                number > -100, number <= 1000
            else { throw .invalidParameter }
            return .set(number)
        }
    }
}
