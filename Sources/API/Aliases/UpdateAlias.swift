import Mail
import MailStore

struct AliasChanges: FormInput {
    let name: String?
    let policy: AccessPolicy?
    let status: AccountStatus?
    let members: AddressListChange
    let moderators: AddressListChange

    init(_ form: inout Form) throws(APIError) {
        try form.exclusive("members", "addMember", "removeMember")
        try form.exclusive("moderators", "addModerator", "removeModerator")
        name = try form.optional("name", legacy: "cn", .text, "What the address is for.", example: "Sales")
        policy = try form.optional("accessPolicy", .accessPolicy, "Who may send to it.", example: "domain")
        status = try form.optional("accountStatus", .status, "Whether mail is passed on.", example: "active")
        members = try AddressListChange(&form, "members", "Member", "Who gets the mail")
        moderators = try AddressListChange(&form, "moderators", "Moderator", "Who may send when others may not")
    }
}

/// How a list of addresses changes: replaced, or added to and removed from.
struct AddressListChange: Sendable {
    private let replaced: [MailAddress]?
    private let added: [MailAddress]?
    private let removed: [MailAddress]?

    init(_ form: inout Form, _ plural: String, _ singular: String, _ what: String) throws(APIError) {
        replaced = try form.optional(plural, .addressList, "\(what): all; empty for nobody.", example: "jo@example.com")
        added = try form.optional("add\(singular)", .addressItems, "\(what): to be added.", example: "jo@example.com")
        removed = try form.optional(
            "remove\(singular)", .addressItems, "\(what): to be removed.", example: "jo@example.com")
    }

    var isAsked: Bool { replaced != nil || added != nil || removed != nil }

    /// - Parameter present: what is there now.
    func difference(to present: [String]) -> (added: [MailAddress], removed: [MailAddress]) {
        let present = present.compactMap { MailAddress($0) }
        // There may be very many, and this runs on the writer: nothing is looked for in a list.
        let known = Set(present)
        if let replaced {
            let kept = Set(replaced)
            return (replaced.filter { !known.contains($0) }, present.filter { !kept.contains($0) })
        }
        let gone = Set(removed ?? [])
        // Removed first: what is named in both stays.
        return ((added ?? []).filter { !known.contains($0) || gone.contains($0) }, removed ?? [])
    }
}

extension Aliases {
    static func update(_ call: Call, _ alias: AliasRow, _ input: AliasChanges) throws -> Reply {
        let address = alias.address
        let aliases = call.store.aliases
        var changes = AliasStore.Changes()
        changes.name = input.name
        changes.policy = input.policy
        changes.status = input.status
        let isRowAsked = input.name != nil || input.policy != nil || input.status != nil
        guard isRowAsked || input.members.isAsked || input.moderators.isAsked else { return .unchanged }
        if input.policy != nil, let domain = try call.store.domains.find(address.domain) {
            try requireAllowed(input.policy, in: domain, call)
        }
        try aliases.update(address, changes, now: call.now)
        let members = input.members.difference(to: try aliases.members(of: address))
        for member in members.removed { try aliases.remove(member: member, from: address) }
        for member in members.added where member != address { try aliases.add(member: member, to: address) }
        let moderators = input.moderators.difference(to: try aliases.moderators(of: address))
        for moderator in moderators.removed { try aliases.remove(moderator: moderator, from: address) }
        for moderator in moderators.added { try aliases.add(moderator: moderator, to: address) }
        try call.store.forwardings.refreshActivity(touching: address)
        return .changed(
            LogEntry(
                .update, "Update \(alias.isList ? "mailing list" : "alias"): \(address).", domain: address.domain.text,
                account: address.text))
    }
}
