import Foundation

/// An answer of `GET /api/policy/explain/<mail>`, and where a judge sees it otherwise.
struct Explained {
    private let data: [String: Any]

    init?(_ answer: Answer) {
        guard let data = answer.data as? [String: Any] else { return nil }
        self.data = data
    }

    private func at(_ path: String...) -> [String: Any] {
        path.reduce(data) { $0[$1] as? [String: Any] ?? [:] }
    }

    /// Texts and numbers as they print, null and what is missing as `null`; a whole number without its point.
    private static func text(_ value: Any?) -> String {
        switch value {
        case let text as String: text
        case let number as NSNumber:
            number.doubleValue == number.doubleValue.rounded() && abs(number.doubleValue) < 1e15
                ? String(number.int64Value) : String(number.doubleValue)
        default: "null"
        }
    }

    /// Differences from what a judge decides, as `what: judge's / explained`.
    func differences(from judge: PolicyConsumer, account: String, _ mail: ExplainedMail) throws -> [String] {
        var found: [String] = []
        func compare(_ what: String, _ judged: String, _ explained: String) {
            if judged != explained { found.append("\(what): \(judged) / \(explained)") }
        }
        compare("account", account, Self.text(data["account"]))
        compare("policies", try judge.amavisdScopes(of: account).joined(separator: " "), rows(at("spampolicy")))
        for (name, judged) in try Self.spamPolicy(judge.amavisdPolicy(of: account)) {
            let own = at("spampolicy", "effective", name)
            compare(name, judged, "\(Self.text(own["value"])) \(Self.text(own["account"]))")
        }
        let rules = at("spampolicy", "effective")["banned_rulenames"] as? [[String: Any]] ?? []
        compare(
            "banned_rulenames", try judge.amavisdBannedRules(of: account).joined(separator: ", "),
            rules.map { "\(Self.text($0["name"])) \(Self.text($0["account"]))" }.joined(separator: ", "))
        for kind in ["inbound", "outbound"] {
            let rows = try judge.throttleRows(kind, user: account, client: mail.client ?? ExplainedMail.unlistedClient)
            compare(
                "\(kind) throttles", rows.map(\.account).joined(separator: " "), self.rows(at("throttle", kind)))
            let deciding = PolicyConsumer.deciding(rows)
            for limit in PolicyConsumer.throttleLimits {
                let row = deciding[limit]
                let own = at("throttle", kind, "effective", limit)
                compare(
                    "\(kind) \(limit)",
                    "\(row?.limits[limit] ?? 0) \(row.map { "\($0.period) \($0.account)" } ?? "null null")",
                    ["value", "period", "account"].map { Self.text(own[$0]) }.joined(separator: " "))
            }
        }
        let greylisting = try judge.greylistingDecision(mail.inbound(to: account))
        compare(
            "settings",
            try judge.greylistingSettings(judge.candidates(account)).map { "\($0.account) \($0.sender)" }
                .joined(separator: " "),
            rows(at("greylisting"), "account", "sender"))
        let own = at("greylisting", "effective")
        compare(
            "greylisting",
            "\(greylisting.isOn ? "enable" : "disable") \(greylisting.list ?? "null") \(greylisting.account ?? "null") "
                + (greylisting.sender ?? "null"),
            ["status", "list", "account", "sender"].map { Self.text(own[$0]) }.joined(separator: " "))
        compare("inbound iredapd", try Self.text(mail.iredapdInbound(judge, account)), list("inbound", "iredapd"))
        let sender = mail.sender ?? ExplainedMail.unlistedSender
        compare(
            "inbound amavisd", try Self.text(judge.amavisdList(of: account, sender: sender)),
            list("inbound", "amavisd"))
        compare("outbound iredapd", try Self.text(mail.iredapdOutbound(judge, account)), list("outbound", "iredapd"))
        return found
    }

    /// Some members of all rows, in the order of the answer.
    private func rows(_ object: [String: Any], _ names: String...) -> String {
        let rows = object["rows"] as? [[String: Any]] ?? []
        return rows.flatMap { row in (names.isEmpty ? ["account"] : names).map { Self.text(row[$0]) } }
            .joined(separator: " ")
    }

    private func list(_ direction: String, _ reader: String) -> String {
        let own = at("wblist", direction, "effective", reader)
        return ["list", "account", "address"].map { Self.text(own[$0]) }.joined(separator: " ")
    }

    private static func text(_ entry: ListEntry?) -> String {
        entry.map { "\($0.isWhite ? "whitelist" : "blacklist") \($0.account) \($0.address)" } ?? "null null null"
    }

    /// `value account` of each of the eleven parameters with one value, read from the columns as they hold.
    private static func spamPolicy(_ policy: AmavisdPolicy) -> [(String, String)] {
        func value(_ column: String, _ read: (String) -> String) -> String {
            policy.columns[column].map { "\(read($0.text)) \($0.account)" } ?? "null null"
        }
        func number(_ text: String) -> String { Self.text(NSNumber(value: Double(text) ?? .nan)) }
        let bypasses = ["spam", "virus", "banned", "header"].map { kind in
            let column = "bypass_\(kind)_checks"
            return (column, value(column) { $0 == "Y" ? "yes" : "no" })
        }
        let quarantines = ["spam", "virus", "banned", "bad_header"].map { kind in
            ("quarantine_\(kind)", value("\(kind)_quarantine_to") { $0.isEmpty ? "no" : "yes" })
        }
        return bypasses + quarantines + [
            ("prefix_spam_in_subject", value("spam_subject_tag2") { $0.isEmpty ? "no" : "yes" }),
            ("always_insert_x_spam_headers", value("spam_tag_level") { Double($0) ?? 0 <= -100 ? "yes" : "no" }),
            ("spam_score", value("spam_tag2_level", number)),
        ]
    }
}

/// The mail that an explanation is asked for.
struct ExplainedMail: CustomStringConvertible {
    /// Nil where the question names none.
    var sender: String?
    var client: String?
    var recipient: String?

    static let unlistedSender = "stranger@unlisted.test"
    static let unlistedClient = "203.0.113.99"

    var query: String {
        let parts = [("sender", sender), ("client", client), ("recipient", recipient)]
            .compactMap { name, value in value.map { "\(name)=\($0.replacing("+", with: "%2B"))" } }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    var description: String { query }

    func inbound(to account: String) -> PolicyMail {
        PolicyMail(
            sender: sender ?? Self.unlistedSender, recipient: account, client: client ?? Self.unlistedClient)
    }

    /// iRedAPD asks no list about a mail without sender, or from its recipient.
    func iredapdInbound(_ judge: PolicyConsumer, _ account: String) throws -> ListEntry? {
        guard sender != "", sender != account else { return nil }
        return try judge.inboundEntry(inbound(to: account))
    }

    func iredapdOutbound(_ judge: PolicyConsumer, _ account: String) throws -> ListEntry? {
        guard recipient != account else { return nil }
        return try judge.outboundEntry(
            PolicyMail(
                sender: account, recipient: recipient ?? Self.unlistedSender, client: client ?? Self.unlistedClient,
                username: account))
    }
}
