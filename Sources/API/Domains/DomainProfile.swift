import Mail
import MailStore
import SQLite

extension JSONWriter {
    /// One domain as the API shows it: its row and what belongs to it.
    ///
    /// - Returns: false, with nothing written, when there is no such domain.
    /// - Parameter claims: of the domain and its alias domains, for whoever may see their codes.
    mutating func domainProfile(_ name: DomainName, _ store: Store, claims: [OwnershipClaim] = []) throws -> Bool {
        var isBackupMX = false
        var transport = ""
        let exists = try store.domains.withProfile(of: name) { row in
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
        let aliasDomains = try store.domains.aliasDomainsAndStatus(of: name)
        member("alias_domains", aliasDomains.map(\.name))
        member("waiting_alias_domains", aliasDomains.filter { $0.status == .disabled }.map(\.name))
        member("catchall", try store.forwardings.catchAll(of: name))
        member("sender_bcc", try store.routing.bcc(of: name, .sender) ?? "")
        member("recipient_bcc", try store.routing.bcc(of: name, .recipient) ?? "")
        member("outbound_relay", try store.routing.relayhost(of: name) ?? "")
        member("primarymx", isBackupMX ? transport.withoutRelayPrefix : "")
        member("admins", try store.admins.normalAdmins(of: name))
        ownership(claims)
        close("}")
        return true
    }

    /// Nothing where nothing is to be proved, or was.
    private mutating func ownership(_ claims: [OwnershipClaim]) {
        if let claim = claims.first(where: { $0.aliasDomain.isEmpty }) {
            self.name("ownership")
            open("{")
            members(of: claim)
            close("}")
        }
        let ofAliases = claims.filter { !$0.aliasDomain.isEmpty }
        guard !ofAliases.isEmpty else { return }
        self.name("ownership_of_alias_domains")
        open("[")
        for claim in ofAliases {
            open("{")
            member("domain", claim.aliasDomain)
            members(of: claim)
            close("}")
        }
        close("]")
    }

    private mutating func members(of claim: OwnershipClaim) {
        member("status", claim.isVerified ? "verified" : "waiting")
        member("code", claim.code)
        guard !claim.isVerified else { return }
        member("publish", "TXT record of \(claim.name) with the content \(claim.code)")
        member("expires", claim.expiry.timestamp)
        if !claim.message.isEmpty { member("message", claim.message) }
    }
}

extension String {
    fileprivate var withoutRelayPrefix: String { hasPrefix("relay:") ? String(dropFirst(6)) : self }
}
