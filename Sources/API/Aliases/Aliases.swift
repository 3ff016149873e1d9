import Gateway
import Mail
import MailStore

/// Operations on alias accounts and mailing lists: addresses that stand for their members.
///
/// Both kinds have a row of `alias`; a list has a row of `maillists` beside it, which marks it. So most functions take
/// an `AliasRow` of either kind. This file lists, shows, renames and deletes; `AliasChanges.swift` creates and changes;
/// `AliasShapes.swift` has what GET answers. Source: `Contract.md` 9.
enum Aliases {
    private static let moderatorParameters = ["moderators", "addModerator", "removeModerator"]

    static let routes = [
        Route(
            .get, "/api/maillist/<mail>", "get_mailing_list", .domainClaimant, "Profile of a mailing list.",
            on: .mailingList, answers: .mailingListProfile, show),
        Route(
            .post, "/api/maillist/<mail>", "create_mailing_list", .domainClaimant, "Creates a mailing list.",
            on: .domainOfNewAccount, refuses: [.alreadyExists, .permissionDenied] + AccountAllowance.lists.refusals,
            createList
        ).extra(parameters: ["moderators"]),
        Route(
            .put, "/api/maillist/<mail>", "update_mailing_list", .domainClaimant, "Changes a mailing list.",
            on: .mailingList, refuses: [.permissionDenied], update
        ).extra(parameters: ["accountStatus"] + moderatorParameters),
        Route(
            .delete, "/api/maillist/<mail>", "delete_mailing_list", .domainClaimant, "Deletes a mailing list.",
            on: .mailingList, deleteList),
        Route(
            .get, "/api/alias/<mail>", "get_alias", .domainClaimant, "Profile of an alias.", on: .alias,
            answers: .aliasProfile, show),
        Route(
            .post, "/api/alias/<mail>", "create_alias", .domainClaimant, "Creates an alias.", on: .domainOfNewAccount,
            refuses: [.alreadyExists, .permissionDenied] + AccountAllowance.aliases.refusals, createAlias
        ).extra(parameters: ["moderators"]),
        Route(
            .put, "/api/alias/<mail>", "update_alias", .domainClaimant, "Changes an alias.", on: .alias,
            refuses: [.permissionDenied], update
        ).extra(parameters: moderatorParameters),
        Route(
            .delete, "/api/alias/<mail>", "delete_alias", .domainClaimant, "Deletes an alias.", on: .alias, delete),
        Route(
            .post, "/api/alias/<mail>/change_email/<new_mail>", "rename_alias", .domainAdmin,
            "Gives an alias another address.", on: .alias,
            refuses: [.noSuchDomain, .alreadyExists] + AccountAllowance.aliases.domainRefusals, rename),
        Route(
            .get, "/api/aliases/<domain>", "list_aliases", .domainClaimant, "Profiles of all aliases of a domain.",
            on: .domain, answers: .aliasListing, list
        ).extra(parameters: Paging.parameters),
    ]
}

extension Aliases {
    static func show(_ call: Call, _ alias: AliasRow) throws -> Reply {
        try Reply.data { json in
            _ = try json.aliasProfile(alias.address, isList: alias.isList, call.store)
        }
    }

    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws -> Reply {
        let store = call.store
        let selection = input.accounts(of: .alias, in: domain.name)
        let last = try store.accounts.lastAddress(selection)
        return Reply.list { element in
            try store.accounts.forEachAddress(selection) { address in
                try element { json in
                    if input.emailOnly {
                        json.value(address.text)
                    } else {
                        _ = try json.aliasProfile(address, isList: false, store)
                    }
                }
            }
        }.linked(to: last, call)
    }
}

extension JSONWriter {
    /// Writes the profile of an alias or mailing list: its row, members and moderators, and the owners of a list.
    ///
    /// - Returns: false, with nothing written, when it does not exist.
    mutating func aliasProfile(_ address: MailAddress, isList: Bool, _ store: Store) throws -> Bool {
        let exists = try store.aliases.withProfile(of: address, isList: isList) { row in
            open("{")
            members(of: row, hiding: .none)
        }
        guard exists else { return false }
        member("members", try store.aliases.members(of: address))
        member("moderators", try store.aliases.moderators(of: address))
        if isList { member("owners", try store.aliases.owners(of: address)) }
        close("}")
        return true
    }
}

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
        try call.store.deleteAlias(address, now: call.now)
        return .changed(
            LogEntry(
                .delete, "Delete \(alias.isList ? "mailing list" : "alias"): \(address).", domain: address.domain.text,
                account: address.text))
    }

    static func rename(_ call: Call, _ alias: AliasRow) throws -> Reply {
        let old = alias.address
        let new = try call.newMail
        let domain = try Mailboxes.domainOfRenamed(from: old, to: new, call)
        if new.domain != old.domain { try AccountAllowance.aliases.require(in: domain, isNew: false, call) }
        try call.store.renameAlias(old, to: new, now: call.now)
        return .changed(
            LogEntry(.update, "Change mail address: \(old) -> \(new).", domain: new.domain.text, account: new.text))
    }
}
