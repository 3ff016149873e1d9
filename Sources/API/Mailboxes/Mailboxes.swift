import Gateway
import Mail
import MailStore

/// Operations on mail users, each of whom has one mailbox.
///
/// This file lists, shows, renames and deletes. `CreateMailbox.swift` creates, and has the rules for quotas;
/// `MailboxChanges.swift` has the parameters of a change, `UpdateMailbox.swift` writes it, for one user or for all of a
/// domain; `MaildirLayout` says where messages lie; `MailboxShapes.swift` has what GET answers. Each operation that
/// takes a password has an `admit…` function, which checks everything before a slow hash (`RequestLife.md` 3.4).
/// Source: `Contract.md` 7.
enum Mailboxes {
    static let routes = [
        Route(
            .get, "/api/user/<mail>", "get_user", .domainClaimant, "Profile of a mail user.",
            on: .mailboxProfile, answers: .mailboxProfile, show),
        Route(
            .post, "/api/user/<mail>", "create_user", .domainClaimant, "Creates a mail user.",
            on: .domainOfNewMailbox,
            refuses: [.alreadyExists, .exceededDomainQuota, .permissionDenied] + AccountAllowance.mailboxes.refusals,
            admit: admitNew, create),
        Route(
            .put, "/api/user/<mail>", "update_user", .domainClaimant, "Changes a mail user.", on: .mailboxToChange,
            refuses: [.alreadyExists, .exceededDomainQuota], admit: admitChanges, update
        ).extra(parameters: ["outboundRelay"]),
        Route(
            .delete, "/api/user/<mail>", "delete_user", .domainClaimant,
            "Deletes a mail user; the messages stay on the disk.", on: .mailboxToChange,
            delete),
        Route(
            .delete, "/api/user/<mail>/keep_mailbox_days/<number>", "delete_user_and_purge_later", .domainClaimant,
            "Deletes a mail user; the messages are removed after some days.", on: .mailboxToChange, delete),
        Route(
            .post, "/api/user/<mail>/change_email/<new_mail>", "rename_user", .domainAdmin,
            "Gives a mail user another address.", on: .mailboxToChange,
            refuses: [.noSuchDomain, .alreadyExists, .exceededDomainQuota] + AccountAllowance.mailboxes.domainRefusals,
            rename),
        Route(
            .get, "/api/users/<domain>", "list_users", .domainClaimant, "Profiles of all mail users of a domain.",
            on: .domain, answers: .mailboxListing, list
        ).extra(parameters: Paging.parameters),
        Route(
            .put, "/api/users/<domain>", "update_users", .domainClaimant, "Changes all mail users of a domain.",
            on: .domainOfUsers, admit: admitChangesOfAll, updateAll),
    ]
}

/// What GET of a domain's users or aliases takes.
struct AccountListing: FormInput {
    let emailOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        emailOnly =
            try form.optional(
                "email_only", .yesNo, by: .caller, "Only the addresses, not the profiles.", example: "yes",
                default: "no") ?? false
        disabledOnly =
            try form.optional(
                "disabled_only", .yesNo, by: .caller, "Only disabled accounts.", example: "yes", default: "no") ?? false
        paging = try Paging(&form)
    }

    func accounts(of kind: AccountKind, in domain: DomainName) -> AccountSelection {
        AccountSelection(kind, in: domain, disabledOnly: disabledOnly, page: paging.page)
    }
}

extension Mailboxes {
    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws -> Reply {
        let store = call.store
        let hidden = call.configuration.hiddenMailboxColumns
        let selection = input.accounts(of: .mailbox, in: domain.name)
        let last = try store.accounts.lastAddress(selection)
        return Reply.list { element in
            if input.emailOnly {
                try store.accounts.forEachAddress(selection) { address in try element { $0.value(address.text) } }
            } else {
                try store.forEachMailboxProfile(selection, in: domain.name) { profile in
                    try element { $0.mailbox(profile, hiding: hidden) }
                }
            }
        }.linked(to: last, call)
    }

    static func show(_ call: Call, _: Void) throws -> Reply {
        let address = try call.mail
        let hidden = call.configuration.hiddenMailboxColumns
        var json = JSONWriter()
        let isThere = try call.store.withMailboxProfile(of: address) { json.mailbox($0, hiding: hidden) }
        guard isThere else { throw APIError.noSuchAccount }
        return Reply(data: .whole(json.bytes))
    }
}

extension JSONWriter {
    /// Writes the profile of a mail user: the row and what belongs to it. Source: `Contract.md` 7.1.
    mutating func mailbox(_ profile: MailboxProfile, hiding hidden: HiddenColumns) {
        open("{")
        let services = members(of: profile.row, hiding: hidden)
        member("stored_bytes", profile.stored.bytes)
        member("stored_messages", profile.stored.messages)
        member("forwardings", profile.destinations)
        member("aliases", profile.aliases)
        name("services")
        self.services(of: profile.row, services)
        member("managed_domains", profile.managedDomains)
        member("member_of_aliases", profile.aliasMemberships)
        member("member_of_maillists", profile.listMemberships)
        close("}")
    }
}

extension Mailboxes {
    static func rename(_ call: Call, _ mailbox: MailboxRow) throws -> Reply {
        let old = mailbox.address
        let new = try call.newMail
        let store = call.store
        let domain = try domainOfRenamed(from: old, to: new, call)
        try requireNoStandaloneAdmin(store.use(of: new))
        if new.domain != old.domain {
            try AccountAllowance.mailboxes.require(in: domain, isNew: false, call)
            _ = try QuotaRule(for: old, in: domain, store).quota(asked: mailbox.quota)
        }
        try store.renameMailbox(old, to: new, now: call.now)
        // Within one domain the user keeps all per-user aliases, also those under an alias domain that is not active.
        if new.domain != old.domain {
            for alias in try store.forwardings.aliases(of: new).compactMap({ MailAddress($0) })
            where try !mayHaveAddress(in: alias.domain, new, call) {
                try store.forwardings.removeAlias(alias, of: new)
            }
        }
        try store.sessions.rename(old, to: new)
        return .changed(
            LogEntry(.update, "Change mail address: \(old) -> \(new).", domain: new.domain.text, account: new.text))
    }

    /// The domain of an account's new address. Source: `Contract.md` 7.5.
    ///
    /// - Throws: when the address cannot be an account's, is not in a hosted domain, or is taken; and when one of the
    ///   two domains waits for its proof: rows of other domains mean an outside address there, and would not follow.
    static func domainOfRenamed(from old: MailAddress, to new: MailAddress, _ call: Call) throws -> DomainRow {
        guard new.isFitForLocalAccount else {
            throw APIError.invalidMail.explained("A local part may have letters, digits and . _ - only.")
        }
        guard let domain = try call.store.domains.find(new.domain) else { throw APIError.noSuchDomain }
        guard try !isTaken(new, call) else { throw APIError.alreadyExists }
        for name in Set([old.domain, new.domain]) where try call.store.domains.isWaiting(name) {
            throw APIError.permissionDenied.explained("The ownership of \(name) is still to be proved.")
        }
        return domain
    }

    static func delete(_ call: Call, _ mailbox: MailboxRow) throws -> Reply {
        let caller = try call.caller
        let address = mailbox.address
        let deleteDate = try call.deleteDate
        try requireAnotherGlobalAdmin(than: mailbox, call)
        try call.store.deleteMailbox(address, by: caller.username, deleteDate: deleteDate, now: call.now)
        try call.store.sessions.endAll(of: address, besides: nil)
        return .changed(
            LogEntry(.delete, "Delete mail user: \(address).", domain: address.domain.text, account: address.text))
    }
}
