import Mail
import MailStore

extension LDIF {
    static func admin(_ call: Call, _ admin: StandaloneAdminRow) throws -> Reply {
        let columns = try call.store.standaloneAdmins.columns(of: admin.username)
        var entry = LDIFEntry(names(call).admin(admin.username.text), classes: ["mailAdmin"])
        entry.add("mail", admin.username.text)
        entry.add("userPassword", columns["password"].map(password))
        entry.add("cn", columns["name"])
        entry.add("accountStatus", status(columns["active"]))
        entry.add("preferredLanguage", columns["language"])
        if admin.isGlobal { entry.add("domainGlobalAdmin", "yes") }
        entry.add("shadowLastChange", columns["passwordlastchange"].flatMap(days))
        let disabled = DirectoryNames.adminSettings.filter { admin.settings[$0.key] == "yes" }.map(\.service)
        entry.add("disabledService", disabled)
        var settings: [String] = []
        admin.settings.forEach { key, value in
            if key.hasPrefix("create_") { settings.append("\(key):\(value)") }
        }
        entry.add("accountSetting", settings.sorted())
        return reply([entry])
    }

    static func user(_ call: Call, _ mailbox: MailboxRow) throws -> Reply {
        let isGlobal = try call.caller.isGlobal
        return reply([try entry(of: mailbox, showsPassword: isGlobal, names(call), call.store)])
    }

    private static func entry(
        of mailbox: MailboxRow, showsPassword: Bool, _ names: LDIFNames, _ store: Store
    ) throws -> LDIFEntry {
        let address = mailbox.address
        let columns = try store.mailboxes.columns(of: address)
        var entry = LDIFEntry(
            names.account(address.text, in: "Users", of: address.domain.text),
            classes: ["inetOrgPerson", "mailUser", "shadowAccount", "amavisAccount", "top"])
        func column(_ name: String, or fallback: String = "") -> String {
            let value = columns[name] ?? ""
            return value.isEmpty ? fallback : value
        }
        entry.add("mail", address.text)
        if showsPassword { entry.add("userPassword", password(mailbox.password)) }
        entry.add("cn", column("name", or: address.localPart))
        entry.add("sn", column("last_name", or: address.localPart))
        entry.add("givenName", column("first_name"))
        entry.add("uid", address.localPart)
        entry.add("homeDirectory", "\(column("storagebasedirectory"))/\(column("storagenode"))/\(column("maildir"))")
        entry.add("mailboxFormat", column("mailboxformat"))
        entry.add("mailboxFolder", column("mailboxfolder"))
        if !mailbox.quota.isUnlimited { entry.add("mailQuota", String(mailbox.quota.megabytes * 1_048_576)) }
        entry.add("accountStatus", status(columns["active"]))
        try addDomainStatus(to: &entry, address.domain, store)
        for (attribute, name) in [
            ("mtaTransport", "transport"), ("preferredLanguage", "language"), ("employeeNumber", "employeeid"),
            ("recoveryEmail", "recovery_email"), ("allowNets", "allow_nets"),
        ] {
            entry.add(attribute, column(name))
        }
        entry.add("telephoneNumber", telephoneNumber(column("telephone")))
        entry.add("mobile", telephoneNumber(column("mobile")))
        entry.add(
            "shadowAddress", (try store.forwardings.activeAliases(of: address) + shadows(of: address, store)).sorted())
        let destinations = try store.forwardings.destinations(of: address)
        if destinations != [address.text] { entry.add("mailForwardingAddress", destinations) }
        entry.add("memberOfGroup", try store.forwardings.memberships(of: address, lists: true))
        entry.add("userSenderBccAddress", try store.routing.bcc(of: address, .sender))
        entry.add("userRecipientBccAddress", try store.routing.bcc(of: address, .recipient))
        entry.add("senderRelayHost", try store.routing.relayhost(of: address))
        if mailbox.isGlobalAdmin { entry.add("domainGlobalAdmin", "yes") }
        entry.add("shadowLastChange", days(column("passwordlastchange")))
        entry.add("amavisLocal", "TRUE")
        entry.add("enabledService", services(of: mailbox, columns))
        var settings: [String] = []
        AccountSettings(stored: column("settings")).forEach { key, value in settings.append("\(key):\(value)") }
        entry.add("accountSetting", settings.sorted())
        return entry
    }

    /// The text; nil when LDAP would refuse it as a telephone number, and with it the whole entry.
    ///
    /// Source: RFC 4517, 3.3.31: a PrintableString.
    private static func telephoneNumber(_ text: String) -> String? {
        let signs = "'()+,-./:?= "
        let isPrintable = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || signs.contains($0)) }
        return isPrintable ? text : nil
    }

    /// `enabledService` of a user, in the LDAP edition's names. Source: `Contract.md` 10.
    private static func services(of mailbox: MailboxRow, _ columns: [String: String]) -> [String] {
        func isOn(_ service: MailService) -> Bool {
            let source: MailService =
                switch service {
                case .smtptls: .smtpsecured
                case .managesievetls: .sievetls
                default: service
                }
            return ["1", "y"].contains(columns[source.column])
        }
        return ["mail"] + MailService.allCases.filter(isOn).map(\.rawValue)
            + ["forward", "senderbcc", "recipientbcc", "shadowaddress", "displayedInGlobalAddressBook"]
            + (mailbox.isAdmin || mailbox.isGlobalAdmin ? ["domainadmin"] : [])
    }
}
