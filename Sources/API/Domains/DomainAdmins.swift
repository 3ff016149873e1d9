import Mail
import MailStore

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
            if try isFit(address, call) {
                added.append(address)
            } else if call.isStrict {
                throw APIError.permissionDenied.at("addAdmin", "\(address) cannot be made an admin of this domain.")
            }
        }
        guard !removed.isEmpty || !added.isEmpty else { return .unchanged }
        for username in Set(removed) { try store.admins.removeDomain(domain.name, from: username) }
        for username in added { try store.admins.addDomain(domain.name, to: username, now: call.now) }
        for username in Set(removed) { try store.admins.dropRightsWithoutDomain(username) }
        return .changed(LogEntry(.update, "Update admins of domain: \(domain.name).", domain: domain.name.text))
    }

    /// A global admin may appoint any standalone admin and any mail user, a normal one only mail users of domains of
    /// his; and nobody with left-over rights over a domain that he does not manage: the appointment would wake them. A
    /// global admin manages the domain anyway.
    private static func isFit(_ address: MailAddress, _ call: Call) throws -> Bool {
        let caller = try call.caller
        let store = call.store
        if let mailbox = try store.mailboxes.find(address) {
            guard !mailbox.isGlobalAdmin, try !store.domains.isWaiting(address.domain) else {
                return false
            }
            if caller.isGlobal { return true }
            return try store.admins.manages(caller.username, address.domain)
                && (mailbox.isAdmin || !store.admins.isBeyond(caller.username, address))
        }
        guard caller.isGlobal, let admin = try store.standaloneAdmins.find(address) else {
            return false
        }
        return !admin.isGlobal
    }
}
