import MailStore
import PasswordHash

extension DirectoryTables {
    func addAlias(_ entry: DirectoryEntry, _ name: String) throws {
        let isActive = isOn(entry, "alias", name, services: ["mail", "deliver"])
        let isFound = isActive && !entry.has("domainstatus", "disabled")
        try tables.add("alias", Self.common(entry, name, isActive: isActive, isFound: isFound))
        for member in entry[all: "mailforwardingaddress"] {
            try tables.add(
                "forwardings",
                [
                    "address": name, "forwarding": member, "domain": Self.domain(of: name), "is_alias": "0",
                    "active": Self.flag(isActive), Self.isFound: Self.flag(isFound),
                ])
        }
        try addPeople(entry, name)
        try addShadows(entry, name, isActive: isActive, isFound: isFound)
        try addMembers(entry, [name])
    }

    /// A list of mlmmj's, or one whose members say so themselves.
    func addList(_ entry: DirectoryEntry, _ name: String) throws {
        let isMlmmj = entry.offers("mlmmj")
        // Postfix asks the members of the others, and not the list.
        let isActive = isMlmmj ? isOn(entry, "maillists", name, services: ["mail", "deliver"]) : entry.isActive
        let isFound = isActive && !entry.has("domainstatus", "disabled")
        let common = Self.common(entry, name, isActive: isActive, isFound: isFound)
        var settings = AccountSettings()
        for (key, value) in entry.settings { settings[key] = value }
        try tables.add(
            "maillists",
            [
                "transport": isMlmmj ? entry["mtatransport"] : "dovecot", "maxmsgsize": entry["maxmessagesize"],
                "description": isMlmmj ? entry["description"] : nil,
                "mlid": entry["mailinglistid"] ?? Self.listID(of: name), "settings": settings.stored,
            ].merging(common) { own, _ in own })
        if isMlmmj {
            try tables.add(
                "forwardings",
                [
                    "address": name, "forwarding": name, "domain": Self.domain(of: name), "is_alias": "0",
                    "active": Self.flag(isActive), Self.isFound: Self.flag(isFound),
                ])
        } else {
            try tables.add("alias", common)
        }
        try addPeople(entry, name)
        // Of the others Postfix asks for the list's own address only.
        try addShadows(entry, name, isActive: isActive, isFound: isFound && isMlmmj)
        try addMembers(entry, [name])
    }

    private static func common(
        _ entry: DirectoryEntry, _ name: String, isActive: Bool, isFound: Bool
    ) -> [String: String?] {
        [
            "address": name, "name": entry["cn"], "accesspolicy": entry["accesspolicy"], "domain": domain(of: name),
            "active": flag(isActive), Self.isFound: flag(isFound),
        ].merging(times(entry)) { own, _ in own }
    }

    /// Older entries name those who decide as those who may always write.
    private func addPeople(_ entry: DirectoryEntry, _ name: String) throws {
        for moderator in entry[all: "listmoderator"] {
            try tables.add("moderators", ["address": name, "moderator": moderator])
        }
        for sender in entry[all: "listalloweduser"] where !entry.has("listmoderator", sender) {
            note(.changed, "moderators", "\(name) \(sender)", "who may always write to a list is its moderator now")
            try tables.add("moderators", ["address": name, "moderator": sender])
        }
        for owner in entry[all: "listowner"] { try tables.add("maillist_owners", ["address": name, "owner": owner]) }
    }

    /// A UUID (RFC 9562, version 8) for a list that has none: always the same one.
    private static func listID(of name: String) -> String {
        let digits = Array(SHA256.hex(name.lowercased().utf8))
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<8))-\(part(8..<12))-8\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
    }
}
