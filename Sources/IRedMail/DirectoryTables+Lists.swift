import MailStore
import PasswordHash

extension DirectoryTables {
    func addAlias(_ entry: DirectoryEntry, _ name: String) throws {
        let standing = standing(of: entry, "alias", name, services: ["mail", "deliver"])
        guard try tables.add("alias", Self.common(entry, name, standing)) else { return noteTwin("alias", name) }
        let members = entry[all: .mailForwardingAddress]
        for member in members { try addForwarding(from: name, to: member, standing) }
        if standing.isFound, !members.isEmpty { try addForwarded(entry, name) }
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
        let isNew = try tables.add(
            "maillists",
            [
                "transport": isMlmmj ? entry[.mtaTransport] : "dovecot", "maxmsgsize": entry[.maxMessageSize],
                "description": isMlmmj ? entry[.description] : nil,
                "mlid": entry[.mailingListID] ?? Self.listID(of: name), "settings": entry.accountSettings.stored,
            ].merging(common) { own, _ in own })
        guard isNew else { return noteTwin("maillists", name) }
        if isMlmmj {
            try addForwarding(from: name, to: name.lowercased(), standing)
        } else {
            try tables.add("alias", common)
        }
        try addPeople(of: entry, name)
        // Of the others Postfix asks for the list's own address only.
        try addPerUserAliases(
            of: entry, name, Standing(isActive: standing.isActive, isFound: standing.isFound && isMlmmj))
        try addMemberships(entry, of: [name])
    }

    /// Members of a list who are no accounts.
    func addExternals(_ entry: DirectoryEntry) throws {
        let members = entry[all: .mail]
        try addMemberships(entry, of: members)
        let aliases = entry[all: .shadowAddress].map { $0.lowercased() }
        guard mayHave(aliases.count, members.count, entry) else { return }
        let isActive = entry.isActive && entry.offers("mail") && entry.offers("deliver")
        let standing = Standing(isActive: isActive, isFound: isActive && !entry.isOffWithDomain)
        for member in members {
            for address in aliases where isAddress(address, of: member) {
                try tables.add(
                    "per_user_aliases",
                    [
                        "address": address, "account": member.lowercased(), "may_log_in": "0",
                        "place": entry.domainOfPlace,
                    ]
                    .merging(standing.columns) { own, _ in own })
            }
        }
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
        let moderators = Set(entry[all: .listModerator].map { $0.lowercased() })
        for sender in entry[all: .listAllowedUser] where !moderators.contains(sender.lowercased()) {
            note(.changed, "moderators", "\(name) \(sender)", "who may always write to it is its moderator now")
            try tables.add("moderators", ["address": name, "moderator": sender])
        }
        for owner in entry[all: .listOwner] { try tables.add("maillist_owners", ["address": name, "owner": owner]) }
    }

    /// A UUID (RFC 9562, version 8) for a list that has none: always the same one.
    static func listID(of name: String) -> String {
        let digits = Array(SHA256.hex(name.lowercased().utf8))
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<8))-\(part(8..<12))-8\(part(13..<16))-8\(part(17..<20))-\(part(20..<32))"
    }
}
