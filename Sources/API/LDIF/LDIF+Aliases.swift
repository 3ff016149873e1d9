import Mail
import MailStore

extension LDIF {
    static func alias(_ call: Call, _ alias: AliasRow) throws -> Reply {
        let address = alias.address
        let store = call.store
        var entry = LDIFEntry(
            names(call).account(address.text, in: "Aliases", of: address.domain.text), classes: ["mailAlias"])
        try addCommon(to: &entry, of: alias, store)
        entry.add("mailForwardingAddress", try store.aliases.members(of: address))
        entry.add("listModerator", try store.aliases.moderators(of: address))
        return reply([entry])
    }

    static func list(_ call: Call, _ list: AliasRow) throws -> Reply {
        let names = names(call)
        return reply(try entries(of: list, names, call.store))
    }

    /// The entry of a list, and one for all members that are no accounts here, if there are any.
    private static func entries(of list: AliasRow, _ names: LDIFNames, _ store: Store) throws -> [LDIFEntry] {
        let address = list.address
        let domain = address.domain.text
        var entry = LDIFEntry(names.account(address.text, in: "Groups", of: domain), classes: ["mailList"])
        try addCommon(to: &entry, of: list, store)
        var local: [String] = []
        var external: [String] = []
        for member in try store.aliases.members(of: address).compactMap({ MailAddress($0) }) {
            if let unit = try unit(of: member, store) {
                local.append(names.account(member.text, in: unit, of: member.domain.text))
            } else {
                external.append(member.text)
            }
        }
        entry.add("member", local.sorted())
        entry.add("listOwner", try store.aliases.owners(of: address))
        entry.add("listModerator", try store.aliases.moderators(of: address))
        let columns = try store.aliases.columns(of: address, isList: true)
        entry.add("mailingListID", columns["mlid"])
        if let size = columns["maxmsgsize"], size != "0" { entry.add("maxMessageSize", size) }
        guard !external.isEmpty else { return [entry] }
        var others = LDIFEntry(names.externals(of: address.text, domain), classes: ["mailExternalUser"])
        others.add("memberOfGroup", address.text)
        others.add("accountStatus", "active")
        others.add("enabledService", ["mail", "deliver"])
        others.add("mail", external)
        return [entry, others]
    }

    /// The unit that holds the entry of a member; nil when the member is no account here.
    private static func unit(of member: MailAddress, _ store: Store) throws -> String? {
        if try store.mailboxes.find(member) != nil { return "Users" }
        if try store.aliases.find(member, isList: true) != nil { return "Groups" }
        if try store.aliases.find(member, isList: false) != nil { return "Aliases" }
        return nil
    }

    private static func addCommon(to entry: inout LDIFEntry, of alias: AliasRow, _ store: Store) throws {
        let columns = try store.aliases.columns(of: alias.address, isList: alias.isList)
        entry.add("mail", alias.address.text)
        entry.add("cn", columns["name"])
        entry.add("accountStatus", status(columns["active"]))
        try addDomainStatus(to: &entry, alias.address.domain, store)
        entry.add("accessPolicy", columns["accesspolicy"])
        entry.add("enabledService", ["mail", "deliver"])
        entry.add("shadowAddress", try shadows(of: alias.address, store))
        entry.add("memberOfGroup", try store.forwardings.memberships(of: alias.address, lists: true))
    }
}
