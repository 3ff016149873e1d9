import Mail
import MailStore

/// What DELETE of a mailing list takes.
struct ListDeletion: FormInput {
    init(_ form: inout Form) throws(APIError) {
        _ = try form.optional(
            "archive", .yesNo, by: .caller, "Accepted and without effect: there is no archive here.", example: "yes")
    }
}

extension Aliases {
    static func deleteList(_ call: Call, _ list: AliasRow, _ input: ListDeletion) throws -> Reply {
        try delete(call, list)
    }

    static func delete(_ call: Call, _ alias: AliasRow) throws -> Reply {
        let address = alias.address
        try call.store.deleteAlias(address)
        return .changed(
            LogEntry(
                .delete, "Delete \(alias.isList ? "mailing list" : "alias"): \(address).", domain: address.domain.text,
                account: address.text))
    }

    static func rename(_ call: Call, _ alias: AliasRow) throws -> Reply {
        let old = alias.address
        let new = try call.newMail
        let domain = try Mailboxes.domainOfRenamed(from: old, to: new, call)
        if new.domain != old.domain { try AccountRoom.aliases.require(in: domain, isNew: false, call) }
        try call.store.renameAlias(old, to: new, now: call.now)
        return .changed(
            LogEntry(.update, "Change mail address: \(old) -> \(new).", domain: new.domain.text, account: new.text))
    }
}
