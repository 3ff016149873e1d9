import Gateway
import Mail
import MailStore

/// Operations on mail domains, their alias domains and their admins.
///
/// This file lists, shows and deletes domains and appoints their admins. `CreateDomain.swift` creates;
/// `DomainChanges.swift` has the parameters of a change, `UpdateDomain.swift` writes it; `DomainShapes.swift` has what
/// GET answers. A domain or alias domain that a normal admin makes may wait for a proof of its ownership:
/// `requestProof` asks for it, `DomainClaims` takes the result. Source: `Contract.md` 5, 6.1.
enum Domains {
    static let routes = [
        Route(
            .get, "/api/domains", "list_domains", .anyAdmin, "Profiles of all mail domains that the caller manages.",
            answers: .domainListing, list
        ).extra(parameters: Paging.parameters),
        Route(
            .get, "/api/domain/<domain>", "get_domain", .domainClaimant, "Profile of a mail domain.", on: .domain,
            answers: .domainProfile, show),
        Route(
            .post, "/api/domain/<domain>", "create_domain", .domainCreator, "Creates a mail domain.",
            refuses: [.alreadyExists, .exceededDomains] + DomainAllowance.refusals, create),
        Route(
            .put, "/api/domain/<domain>", "update_domain", .domainClaimant, "Changes a mail domain.",
            on: .domainToChange, refuses: [.alreadyExists] + DomainAllowance.refusals, update
        ).extra(parameters: ["numberOfLists"]),
        Route(
            .delete, "/api/domain/<domain>", "delete_domain", .domainOwner,
            "Deletes a mail domain; its messages stay on the disk.", on: .domain,
            refuses: [.permissionDeniedForGlobalAdmin], delete),
        Route(
            .delete, "/api/domain/<domain>/keep_mailbox_days/<number>", "delete_domain_and_purge_later",
            .domainOwner, "Deletes a mail domain; its messages are removed after some days.", on: .domain,
            refuses: [.permissionDeniedForGlobalAdmin], delete),
        Route(
            .put, "/api/domain/admins/<domain>", "update_domain_admins", .domainAdmin,
            "Appoints and removes admins of a domain.", on: .domain, changeAdmins),
    ]
}

struct DomainListing: FormInput {
    let nameOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        nameOnly =
            try form.optional(
                "name_only", .yesNo, by: .caller, "Only the names, not the profiles.", example: "yes", default: "no")
            ?? false
        disabledOnly =
            try form.optional(
                "disabled_only", .yesNo, by: .caller, "Only domains that do not accept mail.", example: "yes",
                default: "no") ?? false
        paging = try Paging(&form)
    }
}

extension Domains {
    static func list(_ call: Call, _ input: DomainListing) throws -> Reply {
        let caller = try call.caller
        let store = call.store
        let selection = DomainSelection(
            managedBy: caller.isGlobal ? nil : caller.username, disabledOnly: input.disabledOnly,
            page: input.paging.page)
        let last = try store.domains.lastName(selection)
        return Reply.list { element in
            try store.domains.forEachName(selection) { name in
                try element { json in
                    if input.nameOnly {
                        json.value(name.text)
                    } else {
                        _ = try json.domainProfile(name, store)
                    }
                }
            }
        }.linked(to: last, call)
    }

    static func show(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let caller = try call.caller
        // Only a global admin and the admin who made a claim may see its code.
        let claims = try call.store.ownership.claims(of: domain.name)
            .filter { caller.isGlobal || $0.admin == caller.username.text }
        return try Reply.data { json in
            _ = try json.domainProfile(domain.name, call.store, claims: claims)
        }
    }

    static func delete(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let caller = try call.caller
        let store = call.store
        let deleteDate = try call.deleteDate
        if try store.mailboxes.hasGlobalAdmin(in: domain.name) {
            guard caller.isGlobal else { throw APIError.permissionDeniedForGlobalAdmin }
            guard try store.admins.hasGlobalAdmin(outside: domain.name, now: call.now) else {
                throw APIError.permissionDenied.explained("The last global admin has their mailbox in this domain.")
            }
        }
        if !caller.isGlobal, try store.admins.hasMailboxOfOthersAdmin(caller.username, in: domain.name) {
            throw APIError.permissionDenied.explained("A user of this domain manages a domain that you do not manage.")
        }
        try begin(deletionOf: domain.name, deleteDate: deleteDate, call)
        var reply = Reply.changed(LogEntry(.delete, "Delete domain: \(domain.name).", domain: domain.name.text))
        if try !store.makeFirstTurn(of: domain.name) { reply.unfinishedDomain = domain.name }
        return reply
    }

    /// Removes a domain and ends the sessions of its accounts. Rows of its accounts follow in turns
    /// (`Store.continueChange`). Source: `Contract.md` 5.5.
    ///
    /// - Parameter deleteDate: `YYYY-MM-DD` from which the message files may be purged; nil keeps them for ever.
    static func begin(deletionOf name: DomainName, deleteDate: String?, _ call: Call) throws {
        let caller = try call.caller
        let store = call.store
        // A standalone admin whose address is in the domain is no account of it.
        for username in try store.sessions.admins(in: name) where try store.standaloneAdmins.find(username) == nil {
            try store.sessions.endAll(of: username, besides: nil)
        }
        try store.beginDeletion(
            of: name, by: caller.username, deleteDate: deleteDate, provenUntil: call.ownershipExpiry, now: call.now)
    }
}

struct DomainAdminChanges: FormInput {
    let added: [MailAddress]?
    let removed: [MailAddress]?
    let removesAll: Bool

    init(_ form: inout Form) throws(APIError) {
        added = try form.optional(
            "addAdmin", .addressItems, by: .caller, "Accounts that shall manage the domain.", example: "jo@example.com")
        removed = try form.optional(
            "removeAdmin", .addressItems, by: .caller, "Admins that shall not manage it any more.",
            example: "jo@example.com")
        removesAll =
            try form.optional("removeAllAdmins", .presence, by: .caller, "Removes all admins first.", example: "yes")
            ?? false
    }
}

extension Domains {
    static func changeAdmins(_ call: Call, _ domain: DomainRow, _ input: DomainAdminChanges) throws -> Reply {
        let store = call.store
        let present = try store.admins.normalAdmins(of: domain.name)
        let removed = (input.removesAll ? present : []) + (input.removed ?? []).map(\.text).filter(present.contains)
        var added: [MailAddress] = []
        for address in input.added ?? [] {
            if try mayAppoint(address, call) {
                added.append(address)
            } else if call.isStrict {
                throw APIError.permissionDenied.at("addAdmin", "\(address) cannot be made an admin of this domain.")
            }
        }
        guard !removed.isEmpty || !added.isEmpty else { return .unlogged }
        for username in Set(removed) { try store.admins.removeDomain(domain.name, from: username) }
        for username in added { try store.admins.addDomain(domain.name, to: username, now: call.now) }
        for username in Set(removed) { try store.admins.dropRightsWithoutDomain(username) }
        return .changed(LogEntry(.update, "Update admins of domain: \(domain.name).", domain: domain.name.text))
    }

    /// Whether the caller may make an account an admin of a domain.
    ///
    /// A global admin may appoint any standalone admin and any mail user. A normal admin may appoint only mail users of
    /// domains that the caller manages, and none with left-over rights over another domain: the appointment would bring
    /// them into force. Nobody may appoint a global admin, who manages every domain anyway, or a user of a domain that
    /// waits for its proof. Source: `Contract.md` 6.1.
    private static func mayAppoint(_ address: MailAddress, _ call: Call) throws -> Bool {
        let caller = try call.caller
        let store = call.store
        if let mailbox = try store.mailboxes.find(address) {
            guard !mailbox.isGlobalAdmin, try !store.domains.isWaiting(address.domain) else {
                return false
            }
            if caller.isGlobal { return true }
            return try store.admins.manages(caller.username, address.domain)
                && (mailbox.isAdmin || !store.admins.managesOthersDomain(caller.username, address))
        }
        guard caller.isGlobal, let admin = try store.standaloneAdmins.find(address) else {
            return false
        }
        return !admin.isGlobal
    }
}
