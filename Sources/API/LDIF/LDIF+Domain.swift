import Mail
import MailStore

extension LDIF {
    static func domain(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let names = names(call)
        var entries = [try entry(of: domain, names, call.store)]
        for unit in ["Users", "Groups", "Aliases", "Externals"] {
            var entry = LDIFEntry(names.unit(unit, of: domain.name.text), classes: ["organizationalUnit", "top"])
            entry.add("ou", unit)
            entries.append(entry)
        }
        return reply(entries)
    }

    private static func entry(of domain: DomainRow, _ names: LDIFNames, _ store: Store) throws -> LDIFEntry {
        let name = domain.name
        var entry = LDIFEntry(names.domain(name.text), classes: ["mailDomain"])
        let aliasDomains = try store.domains.activeAliasDomains(of: name)
        let senderBcc = try store.routing.bcc(of: name, .sender)
        let recipientBcc = try store.routing.bcc(of: name, .recipient)
        entry.add("domainName", name.text)
        entry.add("cn", domain.title)
        entry.add("mtaTransport", domain.transport)
        entry.add("accountStatus", domain.status == .active ? "active" : "disabled")
        if domain.isBackupMX { entry.add("domainBackupMX", "yes") }
        entry.add("enabledService", "mail")
        if !aliasDomains.isEmpty { entry.add("enabledService", "domainalias") }
        if senderBcc != nil { entry.add("enabledService", "senderbcc") }
        if recipientBcc != nil { entry.add("enabledService", "recipientbcc") }
        entry.add("enabledService", domain.settings[list: "enabled_services"])
        entry.add("domainAliasName", aliasDomains)
        entry.add("domainAdmin", try store.admins.normalAdmins(of: name))
        entry.add("domainSenderBccAddress", senderBcc)
        entry.add("domainRecipientBccAddress", recipientBcc)
        entry.add("senderRelayHost", try store.routing.relayhost(of: name))
        entry.add("disclaimer", try store.domains.columns(of: name)["disclaimer"])
        entry.add("accountSetting", accountSettings(of: domain))
        let usage = try store.domains.usage(of: name)
        entry.add("domainCurrentUserNumber", String(usage.mailboxes))
        entry.add("domainCurrentAliasNumber", String(usage.aliases))
        entry.add("domainCurrentListNumber", String(usage.lists))
        return entry
    }

    /// Texts `key:value`, sorted, without what is not set.
    private static func accountSettings(of domain: DomainRow) -> [String] {
        let settings = domain.settings
        var values: [String] = []
        for (key, ours) in DirectoryNames.domainSettings {
            if let value = settings[ours] { values.append("\(key):\(value)") }
        }
        let limits = ["mailboxes": domain.mailboxLimit, "aliases": domain.aliasLimit, "maillists": domain.listLimit]
        for (key, column) in DirectoryNames.domainLimits {
            guard let limit = limits[column], limit != .unlimited else { continue }
            values.append("\(key):\(limit.stored)")
        }
        for (key, ours) in DirectoryNames.domainLists {
            values += settings[list: ours].map { "\(key):\($0)" }
        }
        if !domain.quota.isUnlimited { values.append("\(DirectoryNames.domainQuota):\(domain.quota.megabytes):MB") }
        return values.sorted()
    }

    static func catchAll(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let destinations = try call.store.forwardings.catchAll(of: domain.name)
        guard !destinations.isEmpty else { throw APIError.noSuchAccount }
        let address = "@\(domain.name)"
        var entry = LDIFEntry(
            names(call).account(address, in: "Users", of: domain.name.text), classes: ["inetOrgPerson", "mailUser"])
        entry.add("accountStatus", "active")
        entry.add("cn", "catch-all")
        entry.add("mail", address)
        entry.add("mailForwardingAddress", destinations)
        entry.add("sn", "catch-all")
        entry.add("uid", "catch-all")
        return reply([entry])
    }
}
