import MailStore
import PasswordHash

extension DirectoryTables {
    func addAlias(_ entry: DirectoryEntry, _ name: String) throws {
        let standing = standing(of: entry, "alias", name, services: ["mail", "deliver"])
        try tables.add("alias", Self.common(entry, name, standing))
        for member in entry[all: .mailForwardingAddress] { try addForwarding(from: name, to: member, standing) }
        try addPeople(of: entry, name)
        try addPerUserAliases(of: entry, name, standing)
        try addMemberships(entry, of: [name])
    }

    /// A list of mlmmj's, or one whose members say so themselves.
    func addList(_ entry: DirectoryEntry, _ name: String) throws {
        let isMlmmj = entry.offers("mlmmj")
        // Postfix asks the members of the others, and not the list.
        let standing = standing(of: entry, "maillists", name, services: isMlmmj ? ["mail", "deliver"] : [])
        let common = Self.common(entry, name, standing)
        try tables.add(
            "maillists",
            [
                "transport": isMlmmj ? entry[.mtaTransport] : "dovecot", "maxmsgsize": entry[.maxMessageSize],
                "description": isMlmmj ? entry[.description] : nil,
                "mlid": entry[.mailingListID] ?? Self.listID(of: name), "settings": entry.accountSettings.stored,
            ].merging(common) { own, _ in own })
        if isMlmmj {
            try addForwarding(from: name, to: name.lowercased(), standing)
        } else {
            try tables.add("alias", common)
        }
        try addPeople(of: entry, name)
        // Of the others Postfix asks for the list's own address only.
        try addPerUserAliases(of: entry, name, isMlmmj ? standing : standing.and(false))
        try addMemberships(entry, of: [name])
    }

    private static func common(_ entry: DirectoryEntry, _ name: String, _ standing: Standing) -> [String: String?] {
        ["address": name, "name": entry[.cn], "accesspolicy": entry[.accessPolicy], "domain": domain(of: name)]
            .merging(standing.columns) { own, _ in own }.merging(times(of: entry)) { own, _ in own }
    }

    /// Moderators and owners. Older entries name those who may always write instead of moderators.
    private func addPeople(of entry: DirectoryEntry, _ name: String) throws {
        for moderator in entry[all: .listModerator] {
            try tables.add("moderators", ["address": name, "moderator": moderator])
        }
        for sender in entry[all: .listAllowedUser] where !entry.has(.listModerator, sender) {
            note(.changed, "moderators", "\(name) \(sender)", "who may always write to it is its moderator now")
            try tables.add("moderators", ["address": name, "moderator": sender])
        }
        for owner in entry[all: .listOwner] { try tables.add("maillist_owners", ["address": name, "owner": owner]) }
    }

    /// A UUID (RFC 9562, version 8) for a list that has none: always the same one.
    private static func listID(of name: String) -> String {
        let digits = Array(SHA256.hex(name.lowercased().utf8))
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<8))-\(part(8..<12))-8\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
    }
}
