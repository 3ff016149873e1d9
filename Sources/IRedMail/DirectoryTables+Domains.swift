import Mail
import MailStore

extension DirectoryTables {
    func addDomain(_ entry: DirectoryEntry, _ name: String) throws {
        let isActive = standing(of: entry, "domain", name, services: ["mail"]).isActive
        var settings = AccountSettings()
        var row: [String: String?] = [
            "domain": name, "description": entry[.cn], "disclaimer": entry[.disclaimer],
            "transport": entry[.mtaTransport], "backupmx": Self.flag(entry.isSet(.domainBackupMX)),
            "active": Self.flag(isActive),
        ]
        for (key, value) in entry.settings {
            if let setting = DirectoryNames.domainSettings.first(where: { $0.name == key }) {
                settings[setting.key] = value
            } else if let list = DirectoryNames.domainLists.first(where: { $0.name == key }) {
                settings[list: list.key].append(value)
            } else if let limit = DirectoryNames.domainLimits.first(where: { $0.name == key }) {
                row[limit.column] = value
            } else if key == DirectoryNames.domainQuota {
                row["maxquota"] = Self.megabytes(value)
            } else {
                note(.leftOut, "domain", "\(name) \(key):\(value)", "there is no such setting here")
            }
        }
        settings[list: "enabled_services"] = entry[all: .enabledService].filter {
            !Self.ownServices.contains($0.lowercased())
        }
        row["settings"] = settings.stored
        try tables.add("domain", row.merging(Self.times(of: entry)) { own, _ in own })
        for alias in entry[all: .domainAliasName] {
            try tables.add(
                "alias_domain",
                [
                    "alias_domain": alias, "target_domain": name,
                    "active": Self.flag(isActive && entry.offers("domainalias")),
                ])
        }
        for admin in entry[all: .domainAdmin] { try tables.add("domain_admins", ["username": admin, "domain": name]) }
        for (side, attribute) in [
            ("sender", DirectoryAttribute.domainSenderBccAddress), ("recipient", .domainRecipientBccAddress),
        ] {
            guard let copy = entry[attribute] else { continue }
            guard entry.offers("\(side)bcc") else {
                note(.leftOut, "\(side)_bcc_domain", name, "Postfix did not find it: the service \(side)bcc is off")
                continue
            }
            try tables.add("\(side)_bcc_domain", ["domain": name, "bcc_address": copy, "active": "1"])
        }
        if let relay = entry[.senderRelayHost] {
            try tables.add("sender_relayhost", ["account": "@\(name)", "relayhost": relay])
        }
    }

    /// Services of a domain that say what its entry has, too.
    private static let ownServices: Set<String> = ["mail", "domainalias", "senderbcc", "recipientbcc"]

    /// - Parameter quota: a number and a unit, `10:GB`.
    /// - Returns: the number of MB; the text, which is no number, when it is no quota.
    private static func megabytes(_ quota: String) -> String {
        let parts = quota.split(separator: ":")
        guard parts.count == 2, let number = Int(parts[0]),
            let factor = ["MB": 1, "GB": 1024, "TB": 1024 * 1024][parts[1].uppercased()]
        else { return quota }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        return isTooLarge ? quota : String(product)
    }

    func addAdmin(_ entry: DirectoryEntry, _ name: String) throws {
        var settings = entry.accountSettings
        for (service, key) in DirectoryNames.adminSettings where entry.has(.disabledService, service) {
            settings[key] = "yes"
        }
        try tables.add(
            "admin",
            [
                "username": name, "password": password(of: entry, "admin", name), "name": entry[.cn],
                "language": entry[.preferredLanguage], "passwordlastchange": Self.lastChange(entry),
                "settings": settings.stored, "active": Self.flag(entry.isActive),
            ].merging(Self.times(of: entry)) { own, _ in own })
        if entry.isSet(.domainGlobalAdmin) { try tables.add("domain_admins", ["username": name, "domain": "ALL"]) }
    }

    /// `shadowLastChange`: days since 1970. Nil when there is none.
    static func lastChange(_ entry: DirectoryEntry) -> String? {
        guard let days = entry[.shadowLastChange].flatMap({ Int($0) }), (0..<3_000_000).contains(days) else {
            return nil
        }
        return Moment(epoch: days * 86_400).timestamp
    }
}
