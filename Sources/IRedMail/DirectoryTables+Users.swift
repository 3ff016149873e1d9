import Mail
import MailStore
import PasswordHash

extension DirectoryTables {
    func addUser(_ entry: DirectoryEntry, _ name: String) throws {
        let isActive = isOn(entry, "mailbox", name, services: ["mail"])
        let isFound = isActive && !entry.has("domainstatus", "disabled")
        let services = MailService.allCases.filter { entry.offers($0.rawValue) }
        sawServices(services)
        let password = password(of: entry, "mailbox", name)
        if password != nil { mailboxesWithPassword += 1 }
        let (base, node, maildir) = Self.path(of: entry, below: Self.domain(of: name))
        var settings = AccountSettings()
        for (key, value) in entry.settings { settings[key] = value }
        var row: [String: String?] = [
            "username": name, "password": password, "name": entry["cn"], "first_name": entry["givenname"],
            "last_name": entry["sn"], "mobile": entry["mobile"], "telephone": entry["telephonenumber"],
            "mailboxformat": entry["mailboxformat"], "mailboxfolder": entry["mailboxfolder"],
            "storagebasedirectory": base, "storagenode": node, "maildir": maildir, "quota": quota(of: entry, name),
            "domain": Self.domain(of: name), "isadmin": Self.flag(entry.offers("domainadmin")),
            "isglobaladmin": Self.flag(try isGlobalAdmin(entry, name)), "disclaimer": entry["disclaimer"],
            "settings": settings.stored, "passwordlastchange": Self.lastChange(entry), "active": Self.flag(isActive),
            Self.isFound: Self.flag(isFound),
        ]
        for (attribute, column) in DirectoryNames.mailbox { row[column] = entry[attribute.lowercased()] }
        if row["recovery_email"] == .some(nil) { row["recovery_email"] = entry["backupmailaddress"] }
        for service in MailService.allCases {
            row[service.column] = service.stored(services.contains(service)).filter { $0 != "'" }
        }
        try tables.add("mailbox", row.merging(Self.times(entry)) { own, _ in own })
        try addForwardings(entry, name, isActive: isActive, isFound: isFound)
        try addShadows(entry, name, isActive: isActive, isFound: isFound)
        try addMembers(entry, [name])
        try addCopies(entry, name, isActive: isActive, isFound: isFound)
        if let relay = entry["senderrelayhost"] {
            try tables.add("sender_relayhost", ["account": name, "relayhost": relay])
        }
    }

    static func domain(of address: String) -> String { address.split(separator: "@").last.map(String.init) ?? "" }

    /// Where mail for a user goes: to the addresses that are named, and to the mailbox unless there are any.
    private func addForwardings(_ entry: DirectoryEntry, _ name: String, isActive: Bool, isFound: Bool) throws {
        let named = entry[all: "mailforwardingaddress"]
        let isForwarded = !named.isEmpty && entry.offers("forward")
        if !isForwarded {
            for destination in named {
                note(
                    .leftOut, "forwardings", "\(name) \(destination)",
                    "Postfix did not find it: the service forward is off")
            }
        }
        let isDelivered = entry.offers("deliver")
        if isFound, !isDelivered {
            note(
                .differs, "mailbox", name,
                "it has no service deliver: Postfix did not know it, and takes its mail now, which Dovecot refuses")
        }
        for destination in isForwarded ? named : [name.lowercased()] {
            // A mailbox that gets no mail has its row nevertheless: who switches the service on again expects that.
            let isOn = isActive && (isDelivered || !isForwarded)
            try tables.add(
                "forwardings",
                [
                    "address": name, "forwarding": destination, "domain": Self.domain(of: name), "is_alias": "0",
                    "active": Self.flag(isOn), Self.isFound: Self.flag(isFound && isOn),
                ])
        }
    }

    /// Everybody's further addresses.
    func addShadows(_ entry: DirectoryEntry, _ name: String, isActive: Bool, isFound: Bool) throws {
        let isDelivered = entry.offers("deliver")
        let mayLogIn = entry.isOf("mailUser") && (entry.offers("shadowaddress") || entry.offers("smtp"))
        let further = Set((entry[all: "mail"] + entry[all: "shadowaddress"]).map { $0.lowercased() })
        for address in further.subtracting([name.lowercased()]).sorted() {
            try tables.add(
                "shadows",
                [
                    "address": address, "account": name.lowercased(), "active": Self.flag(isActive && isDelivered),
                    Self.isFound: Self.flag(isFound && isDelivered),
                    "may_log_in": Self.flag(isFound && mayLogIn),
                ])
        }
    }

    /// The lists that an account is a member of: it says so itself.
    /// - Parameter addresses: of the account.
    func addMembers(_ entry: DirectoryEntry, _ addresses: [String]) throws {
        let isOn = entry.isActive && entry.offers("mail", "deliver")
        for list in entry[all: "memberofgroup"] {
            for address in addresses {
                try tables.add(
                    "members",
                    [
                        "address": list, "member": address.lowercased(), "active": Self.flag(isOn),
                        "is_off_with_domain": Self.flag(entry.has("domainstatus", "disabled")),
                    ])
            }
        }
    }

    private func addCopies(_ entry: DirectoryEntry, _ name: String, isActive: Bool, isFound: Bool) throws {
        for side in ["sender", "recipient"] {
            guard let copy = entry["user\(side)bccaddress"] else { continue }
            guard entry.offers("\(side)bcc") else {
                note(.leftOut, "\(side)_bcc_user", name, "Postfix did not find it: the service \(side)bcc is off")
                continue
            }
            try tables.add(
                "\(side)_bcc_user",
                [
                    "username": name, "bcc_address": copy, "domain": Self.domain(of: name),
                    "active": Self.flag(isActive),
                    Self.isFound: Self.flag(isFound),
                ])
        }
    }

    /// The stored password of a person; nil when there is none. Of several, which all let them in, one that can be
    /// checked here is kept.
    func password(of entry: DirectoryEntry, _ table: String, _ name: String) -> String? {
        let stored = entry[all: "userpassword"].map { text in
            // Without a scheme slapd takes it for the password itself; but iRedMail writes hashes of crypt(3) so, too.
            text.hasPrefix("{") || text.hasPrefix("$") ? text : "{PLAIN}\(text)"
        }.sorted()
        if stored.count > 1 {
            note(.changed, table, name, "of its \(stored.count) passwords one is kept")
        }
        return stored.first { StoredPassword($0).canMatch } ?? stored.first
    }

    /// Nobody gets more rights than both places say.
    private func isGlobalAdmin(_ entry: DirectoryEntry, _ name: String) throws -> Bool {
        guard entry.isSet("domainglobaladmin") else { return false }
        guard entry.offers("domainadmin") else {
            note(.changed, "mailbox", name, "it is no global admin any more: it has no service domainadmin")
            return false
        }
        try tables.add("domain_admins", ["username": name, "domain": "ALL"])
        return true
    }

    /// In MB, of the directory's bytes.
    private func quota(of entry: DirectoryEntry, _ name: String) -> String? {
        guard let text = entry["mailquota"] else {
            mailboxesWithoutQuota += 1
            return nil
        }
        guard let bytes = Int(text), bytes > 0 else { return text }
        let (whole, rest) = bytes.quotientAndRemainder(dividingBy: 1_048_576)
        if rest > 0 { note(.changed, "mailbox", name, "its quota of \(bytes) bytes is \(whole + 1) MB") }
        return String(rest > 0 ? whole + 1 : whole)
    }

    /// The three parts of the path of a mailbox: `homeDirectory`, or before iRedMail 0.9.8 two attributes.
    private static func path(
        of entry: DirectoryEntry, below domain: String
    ) -> (base: String?, node: String?, maildir: String?) {
        let base = entry["storagebasedirectory"]
        guard let home = entry["homedirectory"] ?? entry["mailmessagestore"].map({ "\(base ?? "")/\($0)" }) else {
            return (base, nil, nil)
        }
        // The domain's directory is the first that belongs to the mailbox, with the node before it.
        let isDirectory = home.hasSuffix("/")
        let parts = home.split(separator: "/").map(String.init)
        let index = parts.lastIndex { $0.lowercased() == domain.lowercased() } ?? min(3, parts.count - 1)
        guard index >= 2 else { return ("/\(parts.prefix(1).joined())", "", parts.dropFirst().joined(separator: "/")) }
        return (
            "/\(parts[..<(index - 1)].joined(separator: "/"))", parts[index - 1],
            parts[index...].joined(separator: "/") + (isDirectory ? "/" : "")
        )
    }

    func addCatchAll(_ entry: DirectoryEntry, _ name: String) throws {
        let domain = String(name.dropFirst())
        for destination in entry[all: "mailforwardingaddress"] {
            try tables.add(
                "forwardings",
                [
                    "address": domain, "forwarding": destination, "domain": domain, "is_alias": "0",
                    "active": Self.flag(entry.isActive), Self.isFound: Self.flag(entry.isActive),
                ])
        }
    }
}
