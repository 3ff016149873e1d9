import Gateway
import Mail
import MailStore

/// Greylisting: whether mail from unknown senders is turned away at first. Source: `Contract.md` 15.
enum Greylisting {
    static let routes =
        [
            Route(
                .get, "/api/greylisting/all", "list_greylisting", .globalAdmin, "All greylisting settings.",
                answers: .greylistingSettings, showAll)
        ]
        + Route.forEveryScope(
            .get, "/api/greylisting/<scope>", "get_<scope>_greylisting", .greylisting, "Greylisting setting of",
            answers: .greylistingSetting, show)
        + Route.forEveryScope(
            .post, "/api/greylisting/<scope>", "set_<scope>_greylisting", .greylisting,
            "Switches greylisting on or off for", set)
        + Route.forEveryScope(
            .delete, "/api/greylisting/<scope>", "delete_<scope>_greylisting", .greylisting,
            "Removes the greylisting setting of", remove)
        + GreylistingWhitelists.routes

    static func showAll(_ call: Call) throws -> Reply {
        let store = call.store.greylisting
        return .list { element in
            try store.forEach { row in
                try element { json in
                    json.object { json in json.members(of: row) }
                }
            }
        }
    }

    static func show(_ call: Call, _ scope: Scope) throws -> Reply {
        let row = try call.store.greylisting.find(scope)
        return Reply.data { json in
            json.open("{")
            if let row {
                json.member("account", row.account)
                json.member("sender", row.sender)
                json.member("status", row.isEnabled ? "enable" : "disable")
            }
            json.close("}")
        }
    }

    static func set(_ call: Call, _ scope: Scope, _ input: GreylistingInput) throws -> Reply {
        try call.store.greylisting.write(scope, isEnabled: input.isEnabled)
        return .changed(LogEntry(.update, policy: "greylisting", of: scope))
    }

    static func remove(_ call: Call, _ scope: Scope) throws -> Reply {
        guard try call.store.greylisting.remove(scope) else { return .unlogged }
        return .changed(LogEntry(.delete, policy: "greylisting", of: scope))
    }
}

struct GreylistingInput: FormInput {
    let isEnabled: Bool

    init(_ form: inout Form) throws(APIError) {
        isEnabled = try form.required(
            "status", .enableDisable, by: .caller, "Whether unknown senders are turned away at first.",
            example: "enable")
    }
}

extension JSONWriter {
    /// Writes a row of the table, whichever program made it.
    mutating func members(of row: GreylistingRow) {
        member("account", row.account)
        member("sender", row.sender)
        member("status", row.isEnabled ? "enable" : "disable")
        member("priority", row.priority)
        member("sender_priority", row.senderPriority)
        member("comment", row.comment)
    }
}

extension FieldType where Value == Bool {
    fileprivate static var enableDisable: Self {
        FieldType(
            kind: "enable or disable", .word(["enable", "disable"], ""), namesParameter: true
        ) { text, _ throws(APIError) in
            switch text.lowercased() {
            case "enable": return true
            case "disable": return false
            default: throw .invalidParameter
            }
        }
    }
}
