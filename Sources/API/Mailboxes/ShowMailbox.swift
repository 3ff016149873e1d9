import Mail
import MailStore
import SQLite
import Settings

extension Mailboxes {
    static func show(_ call: Call, _ mailbox: MailboxRow) throws(APIError) -> Reply {
        // The hash is never shown, whatever the setting says.
        let hidden = Set(call.configuration.settings[Settings.hiddenUserProfiles]).union(["password"])
        return try stored {
            try Reply.data { (json) throws(SQLiteError) in
                _ = try json.mailboxProfile(mailbox.address, call.store, hiding: hidden)
            }
        }
    }
}

extension JSONWriter {
    /// One mailbox as the API shows it: its row and what belongs to it.
    ///
    /// - Returns: false, with nothing written, when there is no such mailbox.
    mutating func mailboxProfile(
        _ address: MailAddress, _ store: Store, hiding hidden: Set<String>
    ) throws(SQLiteError) -> Bool {
        var services: [String] = []
        let exists = try store.mailboxes.withProfile(of: address) { (row) throws(SQLiteError) in
            open("{")
            members(of: row, hiding: hidden)
            services = Self.services(row)
        }
        guard exists else { return false }
        let used = try store.usageCounts.stored(by: address)
        member("stored_bytes", used.bytes)
        member("stored_messages", used.messages)
        member("forwardings", try store.forwardings.destinations(of: address))
        member("aliases", try store.forwardings.aliases(of: address))
        member("services", services.sorted())
        member("sender_bcc", try store.routing.bcc(of: address, .sender) ?? "")
        member("recipient_bcc", try store.routing.bcc(of: address, .recipient) ?? "")
        member("relayhost", try store.routing.relayhost(of: address) ?? "")
        member("managed_domains", try store.admins.managedDomains(of: address))
        member("member_of_aliases", try store.forwardings.memberships(of: address, lists: false))
        member("member_of_maillists", try store.forwardings.memberships(of: address, lists: true))
        close("}")
        return true
    }

    /// The services whose column is on.
    private static func services(_ row: Row) -> [String] {
        (0..<row.columnCount).compactMap { column in
            let name = row.name(column)
            guard name.hasPrefix("enable") else { return nil }
            let isOn = row.kind(column) == .text ? row.text(column) == "y" : row.integer(column) != 0
            return isOn ? String(name.dropFirst(6)) : nil
        }
    }
}
