import Mail
import MailStore

extension DirectoryTables {
    func addDomain(_ entry: DirectoryEntry) throws {
        let name = entry["domainname"] ?? ""
        let isActive = isOn(entry, "domain", name, services: ["mail"])
        var settings = AccountSettings()
        var row: [String: String?] = [
            "domain": name, "description": entry["cn"], "disclaimer": entry["disclaimer"],
            "transport": entry["mtatransport"], "backupmx": Self.flag(entry.isSet("domainbackupmx")),
            "active": Self.flag(isActive),
        ]
        for (key, value) in entry.settings {
            if let (_, ours) = DirectoryNames.domainSettings.first(where: { $0.0 == key }) {
                settings[ours] = value
            } else if let (_, ours) = DirectoryNames.domainLists.first(where: { $0.0 == key }) {
                settings[list: ours].append(value)
            } else if let (_, column) = DirectoryNames.domainLimits.first(where: { $0.0 == key }) {
                row[column] = value
            } else if key == DirectoryNames.domainQuota {
                row["maxquota"] = Self.megabytes(value)
            } else {
                note(.leftOut, "domain", "\(name) \(key):\(value)", "there is no such setting here")
            }
        }
        settings[list: "enabled_services"] = entry[all: "enabledservice"].filter {
            !Self.ownServices.contains($0.lowercased())
        }
        row["settings"] = settings.stored
        try tables.add("domain", row.merging(Self.times(entry)) { own, _ in own })
        for alias in entry[all: "domainaliasname"] {
            try tables.add(
                "alias_domain",
                [
                    "alias_domain": alias, "target_domain": name,
                    "active": Self.flag(isActive && entry.offers("domainalias")),
                ])
        }
        for admin in entry[all: "domainadmin"] { try tables.add("domain_admins", ["username": admin, "domain": name]) }
        for side in ["sender", "recipient"] {
            guard let copy = entry["domain\(side)bccaddress"] else { continue }
            guard entry.offers("\(side)bcc") else {
                note(.leftOut, "\(side)_bcc_domain", name, "Postfix did not find it: the service \(side)bcc is off")
                continue
            }
            try tables.add("\(side)_bcc_domain", ["domain": name, "bcc_address": copy, "active": "1"])
        }
        if let relay = entry["senderrelayhost"] {
            try tables.add("sender_relayhost", ["account": "@\(name)", "relayhost": relay])
        }
    }

    /// Services of a domain that say what its entry has, too.
    private static let ownServices: Set<String> = ["mail", "domainalias", "senderbcc", "recipientbcc"]

    /// - Parameter quota: a number and a unit, `10:GB`.
    /// - Returns: the number of MB; the text when it is none.
    private static func megabytes(_ quota: String) -> String {
        let parts = quota.split(separator: ":")
        let factor = ["MB": 1, "GB": 1024, "TB": 1024 * 1024][parts.last?.uppercased() ?? ""] ?? 1
        guard let number = parts.first.flatMap({ Int($0) }) else { return quota }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        return isTooLarge ? quota : String(product)
    }

    func addAdmin(_ entry: DirectoryEntry) throws {
        let name = entry.address ?? ""
        var settings = AccountSettings()
        for (key, value) in entry.settings { settings[key] = value }
        for (service, key) in DirectoryNames.adminSettings where entry.has("disabledservice", service) {
            settings[key] = "yes"
        }
        try tables.add(
            "admin",
            [
                "username": name, "password": password(of: entry, "admin", name), "name": entry["cn"],
                "language": entry["preferredlanguage"], "passwordlastchange": Self.lastChange(entry),
                "settings": settings.stored, "active": Self.flag(entry.isActive),
            ].merging(Self.times(entry)) { own, _ in own })
        if entry.isSet("domainglobaladmin") { try tables.add("domain_admins", ["username": name, "domain": "ALL"]) }
    }

    /// `shadowLastChange`: days since 1970. Nil when there is none.
    static func lastChange(_ entry: DirectoryEntry) -> String? {
        guard let days = entry["shadowlastchange"].flatMap({ Int($0) }), (0..<3_000_000).contains(days) else {
            return nil
        }
        return Moment(epoch: days * 86_400).timestamp
    }
}
