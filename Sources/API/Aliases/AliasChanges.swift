import FoundationEssentials
import Mail
import MailStore
import Settings

struct NewAlias: FormInput {
    let name: String?
    let policy: AccessPolicy?
    let members: [MailAddress]
    let moderators: [MailAddress]

    init(_ form: inout Form) throws(APIError) {
        name = try form.optional("name", older: "cn", .text, by: .caller, "What the address is for.", example: "Sales")
        policy = try form.optional("accessPolicy", .accessPolicy, by: .caller, "Who may send to it.", example: "domain")
        members =
            try form.optional("members", .addressList, by: .caller, "Who gets the mail.", example: "jo@example.com")
            ?? []
        moderators =
            try form.optional(
                "moderators", .addressList, by: .caller, "Who may send when others may not.", example: "jo@example.com")
            ?? []
    }
}

extension Aliases {
    static func createAlias(_ call: Call, _ domain: DomainRow, _ input: NewAlias) throws -> Reply {
        try create(call, domain, input, room: .aliases, kind: "alias") { (address, values) in
            try call.store.aliases.insert(address, values, now: call.now)
        }
    }

    static func createList(_ call: Call, _ domain: DomainRow, _ input: NewAlias) throws -> Reply {
        let transport = call.configuration.settings[Settings.defaultTransport]
        return try create(call, domain, input, room: .lists, kind: "mailing list") { (address, values) in
            try call.store.aliases.insertList(
                address, values, id: UUID().uuidString.lowercased(), transport: transport, now: call.now)
        }
    }

    private static func create(
        _ call: Call, _ domain: DomainRow, _ input: NewAlias, room: AccountAllowance, kind: String,
        _ insert: (MailAddress, AliasStore.Changes) throws -> Void
    ) throws -> Reply {
        let address = try call.mail
        guard try !Mailboxes.isTaken(address, call) else { throw APIError.alreadyExists }
        try room.require(in: domain, call)
        try requireAccessPolicy(input.policy, in: domain, call)
        var values = AliasStore.Changes()
        values.name = input.name
        values.policy = input.policy
        try insert(address, values)
        for member in input.members where member != address {
            try call.store.aliases.add(member: member, to: address)
        }
        for moderator in input.moderators { try call.store.aliases.add(moderator: moderator, to: address) }
        try call.store.forwardings.refreshActivity(touching: address)
        return .changed(
            LogEntry(.create, "Create \(kind): \(address).", domain: domain.name.text, account: address.text))
    }

    /// Refuses a normal admin an access policy other than `public` in a domain that waits for its proof. iRedAPD would
    /// enforce it, and the address may belong to somebody outside, to whom users here could then not write
    /// (`Contract.md` 3.2).
    static func requireAccessPolicy(_ policy: AccessPolicy?, in domain: DomainRow, _ call: Call) throws {
        guard let policy, policy != .public, try !call.caller.isGlobal, try call.isWaiting(domain) else { return }
        throw APIError.permissionDenied.at("accessPolicy", "The ownership of \(domain.name) is still to be proved.")
    }
}

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
        guard isRowAsked || input.members.isAsked || input.moderators.isAsked else { return .unlogged }
        if input.policy != nil, let domain = try call.store.domains.find(address.domain) {
            try requireAccessPolicy(input.policy, in: domain, call)
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
