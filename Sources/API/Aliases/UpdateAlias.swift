import Mail
import MailStore

struct AliasChanges: FormInput {
    let name: String?
    let policy: AccessPolicy?
    let status: AccountStatus?
    let members: ListChange<MailAddress, MailAddress>
    let moderators: ListChange<MailAddress, MailAddress>

    init(_ form: inout Form) throws(APIError) {
        name = try form.optional("name", older: "cn", .text, by: .caller, "What the address is for.", example: "Sales")
        policy = try form.optional(
            "accessPolicy", .accessPolicy, by: .caller, "Who may send to it.", example: "domain")
        status = try form.optional(
            "accountStatus", .status, by: .caller, "Whether mail is passed on.", example: "active")
        members = try form.list(
            "members", add: "addMember", remove: "removeMember", .addressList, .addressItems, removing: .addressItems,
            by: .caller, "Who gets the mail", example: "jo@example.com")
        moderators = try form.list(
            "moderators", add: "addModerator", remove: "removeModerator", .addressList, .addressItems,
            removing: .addressItems, by: .caller, "Who may send when others may not", example: "jo@example.com")
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
        let members = input.members.difference(to: try aliases.members(of: address).compactMap { MailAddress($0) })
        for member in members.removed { try aliases.remove(member: member, from: address) }
        for member in members.added where member != address { try aliases.add(member: member, to: address) }
        let moderators = input.moderators.difference(
            to: try aliases.moderators(of: address).compactMap { MailAddress($0) })
        for moderator in moderators.removed { try aliases.remove(moderator: moderator, from: address) }
        for moderator in moderators.added { try aliases.add(moderator: moderator, to: address) }
        try call.store.forwardings.refreshActivity(touching: address)
        return .changed(
            LogEntry(
                .update, "Update \(alias.isList ? "mailing list" : "alias"): \(address).", domain: address.domain.text,
                account: address.text))
    }
}
