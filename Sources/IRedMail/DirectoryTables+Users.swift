import Mail
import MailStore
import PasswordHash

extension DirectoryTables {
    func addUser(_ entry: DirectoryEntry, _ name: String) throws {
        let standing = standing(of: entry, "mailbox", name, services: ["mail"])
        let services = Set(entry[all: .enabledService].compactMap { MailService(rawValue: $0.lowercased()) })
        noteUnknown(
            entry[all: .enabledService].filter {
                MailService(rawValue: $0.lowercased()) == nil && !Self.ownServices.contains($0.lowercased())
            }.map { "\(DirectoryAttribute.enabledService):\($0)" }, .mailUser)
        let password = password(of: entry, "mailbox", name)
        noteUser(services: services, hasPassword: password != nil)
        let (base, node, maildir) = Self.path(of: entry, below: Self.domain(of: name))
        var row: [String: String?] = [
            "username": name, "password": password, "name": entry[.cn], "first_name": entry[.givenName],
            "last_name": entry[.sn], "language": entry[.preferredLanguage], "employeeid": entry[.employeeNumber],
            "mobile": entry[.mobile], "telephone": entry[.telephoneNumber],
            "recovery_email": entry[.recoveryEmail] ?? entry[.backupMailAddress], "allow_nets": entry[.allowNets],
            "mailboxformat": entry[.mailboxFormat], "mailboxfolder": entry[.mailboxFolder],
            "storagebasedirectory": base, "storagenode": node, "maildir": maildir, "quota": quota(of: entry, name),
            "domain": Self.domain(of: name), "transport": entry[.mtaTransport],
            "isadmin": Self.flag(entry.offers("domainadmin")),
            "isglobaladmin": Self.flag(try isGlobalAdmin(entry, name)), "disclaimer": entry[.disclaimer],
            "settings": entry.accountSettings.stored, "passwordlastchange": Self.lastChange(entry),
        ]
        for service in MailService.allCases {
            row[service.column] = service.value(service.names.contains(where: services.contains))
        }
        let isNew = try tables.add(
            "mailbox", row.merging(Self.times(of: entry)) { own, _ in own }.merging(standing.columns) { own, _ in own })
        guard isNew else { return noteTwin("mailbox", name) }
        if standing.isFound, !entry.offers("deliver") {
            note(
                .differs, "mailbox", name,
                "it has no service deliver: Postfix did not know it, and takes its mail now, which Dovecot refuses")
        }
        try addForwardings(of: entry, name, standing)
        try addPerUserAliases(of: entry, name, standing)
        try addMemberships(entry, of: [name])
        try addCopies(of: entry, name, standing)
        if let relay = entry[.senderRelayHost] {
            try tables.add("sender_relayhost", ["account": name, "relayhost": relay])
        }
    }

    /// Services of a user that are no columns: what they mean is in other rows, or is nothing here.
    private static let ownServices: Set<String> = [
        "mail", "forward", "senderbcc", "recipientbcc", "shadowaddress", "domainadmin", "displayedinglobaladdressbook",
    ]

    /// Where mail for a user goes: to the addresses that are named, and to the mailbox unless there are any.
    private func addForwardings(of entry: DirectoryEntry, _ name: String, _ standing: Standing) throws {
        let named = entry[all: .mailForwardingAddress]
        guard !named.isEmpty, entry.offers("forward") else {
            for destination in named {
                note(
                    .leftOut, "forwardings", "\(name) \(destination)",
                    "Postfix did not find it: the service forward is off")
            }
            // A mailbox that gets no mail has its row nevertheless: who switches the service on again expects that.
            return try addForwarding(from: name, to: name.lowercased(), standing)
        }
        let forwarded = standing.and(entry.offers("deliver"))
        for destination in named { try addForwarding(from: name, to: destination, forwarded) }
        if forwarded.isFound { try addForwarded(entry, name) }
    }

    /// Notes the addresses for which Postfix looks no further.
    func addForwarded(_ entry: DirectoryEntry, _ name: String) throws {
        for address in [name] + entry[all: .shadowAddress] { try tables.add("forwarded", ["address": address]) }
    }

    /// The further addresses of an account.
    func addPerUserAliases(of entry: DirectoryEntry, _ name: String, _ standing: Standing) throws {
        let further = Set((entry[all: .mail] + entry[all: .shadowAddress]).map { $0.lowercased() })
        let mayLogIn =
            standing.isFound && entry.entryClass == .mailUser && (entry.offers("shadowaddress") || entry.offers("smtp"))
        for address in further.subtracting([name.lowercased()]).sorted() {
            guard isAddress(address, of: name) else { continue }
            try tables.add(
                "per_user_aliases",
                [
                    "address": address, "account": name.lowercased(), "may_log_in": Self.flag(mayLogIn),
                    "place": entry.domainOfPlace,
                ]
                .merging(standing.and(entry.offers("deliver")).columns) { own, _ in own })
        }
    }

    /// The lists that an account is a member of: it says so itself.
    /// - Parameter addresses: of the account.
    func addMemberships(_ entry: DirectoryEntry, of addresses: [String]) throws {
        let isOn = entry.isActive && entry.offers("mail") && entry.offers("deliver")
        let lists = entry[all: .memberOfGroup].map { $0.lowercased() }
        guard mayHave(lists.count, addresses.count, entry) else { return }
        for address in addresses {
            for list in lists where isAddress(list, of: address) {
                try tables.add(
                    "memberships",
                    [
                        "address": list, "member": address.lowercased(), "active": Self.flag(isOn),
                        "is_off_with_domain": Self.flag(entry.isOffWithDomain), "place": entry.domainOfPlace,
                    ])
            }
        }
    }

    /// Whether a text is an address, and not the name of a domain, which would be a catch-all; tells when it is none.
    func isAddress(_ text: String, of account: String) -> Bool {
        guard MailAddress(text) == nil else { return true }
        note(.leftOut, "forwardings", "\(account) \(text)", "it is no mail address")
        return false
    }

    /// Whether an entry makes rows of each of some with each of others; tells when these are too many.
    func mayHave(_ some: Int, _ others: Int, _ entry: DirectoryEntry) -> Bool {
        guard some.multipliedReportingOverflow(by: others).partialValue > 100_000 else { return true }
        note(.leftOut, "forwardings", entry.dn, "\(some) addresses for each of \(others) are too many in one entry")
        return false
    }

    private func addCopies(of entry: DirectoryEntry, _ name: String, _ standing: Standing) throws {
        for (side, attribute) in [
            ("sender", DirectoryAttribute.userSenderBccAddress), ("recipient", .userRecipientBccAddress),
        ] {
            guard let copy = entry[attribute] else { continue }
            guard entry.offers("\(side)bcc") else {
                note(.leftOut, "\(side)_bcc_user", name, "Postfix did not find it: the service \(side)bcc is off")
                continue
            }
            try tables.add(
                "\(side)_bcc_user",
                ["username": name, "bcc_address": copy, "domain": Self.domain(of: name)]
                    .merging(standing.columns) { own, _ in own })
        }
    }

    /// The stored password of a person; nil when there is none. Of several, which all let them in, one that can be
    /// checked here is kept.
    func password(of entry: DirectoryEntry, _ table: String, _ name: String) -> String? {
        let stored = entry[all: .userPassword].map { text in
            // Without a scheme slapd takes it for the password itself; but iRedMail writes hashes of crypt(3) so, too.
            let isHash = text.hasPrefix("{") || text.hasPrefix("$") && StoredPassword(text).canMatch
            return isHash ? text : "{PLAIN}\(text)"
        }.sorted()
        if stored.count > 1 {
            note(.changed, table, name, "of its \(stored.count) passwords one is kept")
        }
        let known = stored.first { StoredPassword($0).canMatch }
        if known == nil, let first = stored.first, table == "mailbox" {
            note(
                .differs, table, name,
                "nobody can log in unless Dovecot knows the scheme of its password, \(first.prefix { $0 != "}" })}: slapd checked it"
            )
        }
        return known ?? stored.first
    }

    /// Nobody gets more rights than both places say.
    private func isGlobalAdmin(_ entry: DirectoryEntry, _ name: String) throws -> Bool {
        guard entry.isSet(.domainGlobalAdmin) else { return false }
        guard entry.offers("domainadmin") else {
            note(.changed, "mailbox", name, "it is no global admin any more: it has no service domainadmin")
            return false
        }
        try tables.add("domain_admins", ["username": name, "domain": "ALL"])
        return true
    }

    /// In MB, of the directory's bytes.
    private func quota(of entry: DirectoryEntry, _ name: String) -> String? {
        guard let text = entry[.mailQuota] else {
            noteWithoutQuota(name)
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
        let base = entry[.storageBaseDirectory]
        guard let home = entry[.homeDirectory] ?? entry[.mailMessageStore].map({ "\(base ?? "")/\($0)" }) else {
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
        for destination in entry[all: .mailForwardingAddress] {
            try addForwarding(
                from: domain, to: destination, Standing(isActive: entry.isActive, isFound: entry.isActive))
        }
    }
}

extension MailService {
    /// The services of a directory's entry that switch it on. Dovecot asks there for `…secured` whatever the encryption,
    /// and older releases' entries do not name ManageSieve as Dovecot asks for it.
    fileprivate var names: [MailService] {
        let names = [rawValue, rawValue.replacing("tls", with: "secured")]
        return (names + names.map { $0.hasPrefix("sieve") ? "manage\($0)" : $0 }).compactMap {
            MailService(rawValue: $0)
        }
    }
}
