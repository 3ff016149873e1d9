import Mail
import MailStore
import SQLite

extension JSONWriter {
    /// One domain as the API shows it: its row and what belongs to it.
    ///
    /// - Returns: false, with nothing written, when there is no such domain.
    mutating func domainProfile(_ name: DomainName, _ store: Store) throws(SQLiteError) -> Bool {
        var isBackupMX = false
        var transport = ""
        let exists = try store.domains.withProfile(of: name) { (row) throws(SQLiteError) in
            open("{")
            members(of: row, hiding: .none)
            isBackupMX = try row.integer("backupmx") != 0
            transport = try row.text("transport")
        }
        guard exists else { return false }
        let usage = try store.domains.usage(of: name)
        member("num_existing_users", usage.mailboxes)
        member("num_existing_aliases", usage.aliases)
        member("num_existing_maillists", usage.lists)
        member("quota_count", usage.quota)
        let stored = try store.usageCounts.stored(in: name)
        member("stored_bytes", stored.bytes)
        member("stored_messages", stored.messages)
        member("alias_domains", try store.domains.aliasDomains(of: name))
        member("catchall", try store.forwardings.catchAll(of: name))
        member("sender_bcc", try store.routing.bcc(of: name, .sender) ?? "")
        member("recipient_bcc", try store.routing.bcc(of: name, .recipient) ?? "")
        member("outbound_relay", try store.routing.relayhost(of: name) ?? "")
        member("primarymx", isBackupMX ? transport.withoutRelayPrefix : "")
        member("admins", try store.admins.normalAdmins(of: name))
        close("}")
        return true
    }
}

extension String {
    fileprivate var withoutRelayPrefix: String { hasPrefix("relay:") ? String(dropFirst(6)) : self }
}
