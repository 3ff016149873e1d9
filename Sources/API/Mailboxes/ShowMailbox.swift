import MailStore

extension Mailboxes {
    static func show(_ call: Call) throws -> Reply {
        let address = try call.mail
        let hidden = call.configuration.hiddenMailboxColumns
        var json = JSONWriter()
        let isThere = try call.store.withMailboxProfile(of: address) { json.mailbox($0, hiding: hidden) }
        guard isThere else { throw APIError.noSuchAccount }
        return Reply(data: .whole(json.bytes))
    }
}

extension JSONWriter {
    /// One mailbox as the API shows it: its row and what belongs to it.
    mutating func mailbox(_ profile: MailboxProfile, hiding hidden: HiddenColumns) {
        open("{")
        let services = members(of: profile.row, hiding: hidden)
        member("stored_bytes", profile.stored.bytes)
        member("stored_messages", profile.stored.messages)
        member("forwardings", profile.destinations)
        member("aliases", profile.aliases)
        name("services")
        self.services(of: profile.row, services, hiding: hidden)
        member("managed_domains", profile.managedDomains)
        member("member_of_aliases", profile.aliasMemberships)
        member("member_of_maillists", profile.listMemberships)
        close("}")
    }
}
