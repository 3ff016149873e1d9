import Gateway
import Mail
import MailStore

/// Why mail to or from an account is treated as it is: the rows that apply, and those that decide.
///
/// `PolicyExplanation` reads them as amavisd and iRedAPD do; this file writes the answer. Source: `Contract.md` 12.7.
enum Explanations {
    static let routes = [
        Route(
            .get, "/api/policy/explain/<mail>", "explain_policies", .domainAdmin,
            "The policies in force for a mail user, alias or mailing list.", on: .accountScope,
            answers: .policyExplanation, show
        ).extra()
    ]

    static func show(_ call: Call, _ scope: Scope, _ input: ExplainedMail) throws -> Reply {
        let account = try call.mail
        let explanation = PolicyExplanation(
            of: account, for: input.message(call), in: call.store, isForAll: try call.caller.isGlobal)
        var open: Set<ProfilePart> = []
        for profile in ProfilePart.policies where try !profile.isClosed(for: scope, call) { open.insert(profile) }
        return try Reply.data { json in
            json.open("{")
            json.member("account", account.text)
            if open.contains(.spampolicy) { try json.spamPolicy(explanation) }
            if open.contains(.throttle) { try json.throttles(explanation) }
            if open.contains(.greylisting) { try json.greylisting(explanation) }
            if open.contains(.wblist) { try json.senderLists(explanation) }
            json.close("}")
        }
    }
}

/// The message that is asked about; nil for what was not sent.
struct ExplainedMail: FormInput {
    private let sender: Assignment<MailAddress>?
    private let client: IPAddress?
    private let recipient: MailAddress?

    init(_ form: inout Form) throws(APIError) {
        sender = try form.optional(
            "sender", .addressOrNone, by: .caller, "Who writes to the account; empty for a bounce.",
            example: "jo@example.net")
        client = try form.optional(
            "client", .ipAddress, by: .caller, "The server the mail comes from.", example: "192.0.2.1")
        recipient = try form.optional(
            "recipient", .address, by: .caller, "To whom the account writes.", example: "jo@example.net")
    }

    func message(_ call: Call) -> PolicyExplanation.Message {
        let delimiters = call.configuration.recipientDelimiters
        let from: PolicyExplanation.Message.Sender =
            switch sender {
            case nil: .unknown
            case .remove?: .nobody
            case .set(let address)?: .address(address, bare: address.withoutExtension(delimiters))
            }
        return PolicyExplanation.Message(
            sender: from, client: client, recipient: recipient?.withoutExtension(delimiters))
    }
}

extension FieldType where Value == IPAddress {
    fileprivate static var ipAddress: Self {
        FieldType(kind: "IP address", .text("")) { text, _ throws(APIError) in
            if text.isEmpty { return nil }
            guard let address = IPAddress(text) else { throw .invalidParameter }
            return address
        }
    }
}

extension JSONWriter {
    fileprivate mutating func spamPolicy(_ explanation: PolicyExplanation) throws {
        let rows = try explanation.spamPolicies()
        name("spampolicy")
        open("{")
        name("rows")
        open("[")
        for row in explanation.shown(rows) {
            open("{")
            member("account", row.account)
            member("priority", row.priority)
            members(of: row)
            close("}")
        }
        close("]")
        name("effective")
        open("{")
        for item in SpamPolicySwitch.allCases {
            let decidingRow = rows.first { $0.answers[item] != nil }
            name(item.rawValue)
            open("{")
            name("value")
            answer(decidingRow?.answers[item])
            optional("account", decidingRow?.account)
            close("}")
        }
        let decidingRow = rows.first { $0.score != nil }
        name("spam_score")
        open("{")
        name("value")
        if let score = decidingRow?.score { value(score) } else { null() }
        optional("account", decidingRow?.account)
        close("}")
        name("banned_rulenames")
        open("[")
        for rule in explanation.bannedRules(rows) {
            open("{")
            member("name", rule.name)
            member("account", rule.account)
            close("}")
        }
        close("]")
        close("}")
        close("}")
    }

    fileprivate mutating func throttles(_ explanation: PolicyExplanation) throws {
        name("throttle")
        open("{")
        for kind in ThrottleKind.allCases {
            let rows = try explanation.throttles(kind)
            name(kind.rawValue)
            open("{")
            name("rows")
            open("[")
            for row in explanation.shown(rows) {
                open("{")
                members(of: row, kind)
                member("priority", row.priority)
                close("}")
            }
            close("]")
            name("effective")
            open("{")
            for limit in ThrottleLimit.allCases {
                let decidingRow = rows.first { ($0.limits[limit] ?? -1) >= 0 }
                name(limit.rawValue)
                open("{")
                member("value", decidingRow?.limits[limit] ?? 0)
                name("period")
                if let period = decidingRow?.period { value(period) } else { null() }
                optional("account", decidingRow?.account)
                close("}")
            }
            close("}")
            close("}")
        }
        close("}")
    }

    fileprivate mutating func greylisting(_ explanation: PolicyExplanation) throws {
        let greylisting = try explanation.greylisting()
        name("greylisting")
        open("{")
        name("rows")
        open("[")
        for row in greylisting.rows {
            open("{")
            members(of: row)
            close("}")
        }
        close("]")
        name("whitelists")
        open("[")
        for entry in greylisting.exempt {
            open("{")
            member("account", entry.account)
            member("sender", entry.sender)
            member("comment", entry.comment)
            member("list", entry.list)
            close("}")
        }
        close("]")
        name("effective")
        open("{")
        switch greylisting.decision {
        case .none: verdict("disable", list: nil, account: nil, sender: nil)
        case .setting(let row):
            verdict(row.isEnabled ? "enable" : "disable", list: "greylisting", account: row.account, sender: row.sender)
        case .exempt(let entry): verdict("disable", list: entry.list, account: entry.account, sender: entry.sender)
        }
        close("}")
        close("}")
    }

    private mutating func verdict(_ status: String, list: String?, account: String?, sender: String?) {
        member("status", status)
        optional("list", list)
        optional("account", account)
        optional("sender", sender)
    }

    fileprivate mutating func senderLists(_ explanation: PolicyExplanation) throws {
        let inbound = try explanation.inboundLists()
        let outbound = try explanation.outboundLists()
        name("wblist")
        open("{")
        name("inbound")
        lists(inbound, effective: [("iredapd", inbound.iredapd), ("amavisd", inbound.amavisd)])
        name("outbound")
        lists(outbound, effective: [("iredapd", outbound.iredapd)])
        close("}")
    }

    private mutating func lists(
        _ lists: PolicyExplanation.ExplainedSenderLists, effective: [(consumer: String, entry: SenderListStore.Entry?)]
    ) {
        open("{")
        name("rows")
        open("[")
        for entry in lists.rows {
            open("{")
            member("account", entry.account)
            member("priority", entry.priority)
            member("address", entry.peer)
            member("address_priority", entry.peerPriority)
            member("list", entry.kind.rawValue)
            close("}")
        }
        close("]")
        name("effective")
        open("{")
        for (consumer, entry) in effective {
            name(consumer)
            open("{")
            optional("list", entry?.kind.rawValue)
            optional("account", entry?.account)
            optional("address", entry?.peer)
            close("}")
        }
        close("}")
        close("}")
    }

    private mutating func optional(_ name: String, _ text: String?) {
        self.name(name)
        if let text { value(text) } else { null() }
    }
}

extension GreylistingWhitelistStore.Entry {
    fileprivate var list: String { isFromSPF ? "spf" : "whitelists" }
}
