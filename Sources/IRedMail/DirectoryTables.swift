import Mail
import MailStore
import Storage

// The rows that the SQL editions of iRedMail would have for the entries of a directory. What a directory says otherwise
// than these tables is settled here, or told; what rows mean is known to `IRedMailReader`.
//
// Source of the names: iRedMail's schema for LDAP; of what Postfix and Dovecot look for: the filters of its maps.

/// Makes rows of entries: `add` each, then `finish`.
final class DirectoryTables {
    let tables: SourceTables
    private let tell: (SourceFinding.Kind, String, String, String) -> Void
    private var seenServices: Set<MailService> = []
    private var seenClasses: Set<String> = []
    /// Attributes without a place here, after the tables of their entries.
    private var strangers: Set<String> = []
    /// More than any schema has.
    private static let mostStrangers = 1000
    var mailboxesWithoutQuota = 0
    var mailboxesWithPassword = 0

    /// - Parameters:
    ///   - staged: beside which the rows lie.
    ///   - tell: called with what of an entry does not become rows: the kind, the table, the name and the reason.
    /// - Throws: `StoreError`.
    init(
        beside staged: StagedState, _ tell: @escaping (SourceFinding.Kind, String, String, String) -> Void
    ) throws {
        tables = try SourceTables(beside: staged, Self.columns.merging(Self.ownColumns) { own, _ in own })
        self.tell = tell
    }

    func note(_ kind: SourceFinding.Kind, _ table: String, _ name: String, _ reason: String) {
        tell(kind, table, name, reason)
    }

    /// The classes of entries that are read. An entry of several is taken for the first.
    static let classes = ["mailDomain", "mailAdmin", "mailUser", "mailAlias", "mailList", "mailExternalUser"]

    // MARK: Tables

    /// The column that says whether the mail programs find a row, as far as its entry and domain decide.
    static let isFound = "is_found"

    private static let times = ["created", "modified", "expired"]
    private static let columns: [String: [String]] = [
        "domain": [
            "domain", "description", "disclaimer", "aliases", "mailboxes", "maillists", "maxquota", "transport",
            "settings", "backupmx", "active",
        ] + times,
        "alias_domain": ["alias_domain", "target_domain", "active"],
        "admin": ["username", "password", "name", "language", "passwordlastchange", "settings", "active"] + times,
        "domain_admins": ["username", "domain"],
        "mailbox": [
            "username", "password", "name", "first_name", "last_name", "mobile", "telephone", "mailboxformat",
            "mailboxfolder", "storagebasedirectory", "storagenode", "maildir", "quota", "domain", "isadmin",
            "isglobaladmin", "disclaimer", "settings", "passwordlastchange", "active", isFound,
        ] + times + DirectoryNames.mailbox.map(\.1) + MailService.allCases.map(\.column),
        "alias": ["address", "name", "accesspolicy", "domain", "active", isFound] + times,
        "maillists": [
            "address", "name", "accesspolicy", "domain", "transport", "maxmsgsize", "description", "mlid", "settings",
            "active", isFound,
        ] + times,
        "moderators": ["address", "moderator"],
        "maillist_owners": ["address", "owner"],
        "forwardings": ["address", "forwarding", "domain", "is_alias", "active", isFound],
        "sender_bcc_user": ["username", "bcc_address", "domain", "active", isFound],
        "recipient_bcc_user": ["username", "bcc_address", "domain", "active", isFound],
        "sender_bcc_domain": ["domain", "bcc_address", "active"],
        "recipient_bcc_domain": ["domain", "bcc_address", "active"],
        "sender_relayhost": ["account", "relayhost"],
    ]

    /// What becomes rows of `forwardings` when all entries are there.
    private static let ownColumns: [String: [String]] = [
        // Who is a member of an alias or list says so itself. `is_off_with_domain`: only since its domain is said to be.
        "members": ["address", "member", "active", "is_off_with_domain"],
        // Further addresses of an account, and whether it may log in by them, or send under them.
        "shadows": ["address", "account", "active", isFound, "may_log_in"],
    ]

    static func flag(_ isSo: Bool) -> String { isSo ? "1" : "0" }

    // MARK: Entries

    /// Takes an entry; those that are of no class that is read make no rows.
    func add(_ entry: DirectoryEntry) throws {
        guard let objectClass = Self.classes.first(where: entry.isOf) else { return }
        seenClasses.insert(objectClass)
        let table = Self.tableOfClass[objectClass] ?? ""
        let name = entry.address ?? entry["domainname"] ?? entry.dn
        if strangers.count < Self.mostStrangers {
            strangers.formUnion(entry.others.subtracting(Self.withoutPlace).map { "\(table)\t\($0)" })
        }
        if let flaw = entry.flaw {
            note(.leftOut, table, name, "its attribute \(flaw) has a NUL, or bytes that are no UTF-8")
            if entry.isActive, table != "admin" { note(.differs, table, name, "it no longer answers") }
            return
        }
        switch objectClass {
        case "mailDomain": try addDomain(entry)
        case "mailAdmin": try addAdmin(entry)
        case "mailUser": try name.hasPrefix("@") ? addCatchAll(entry, name) : addUser(entry, name)
        case "mailAlias": try addAlias(entry, name)
        case "mailList": try addList(entry, name)
        default: try addMembers(entry, entry[all: "mail"])
        }
    }

    private static let tableOfClass = [
        "mailDomain": "domain", "mailAdmin": "admin", "mailUser": "mailbox", "mailAlias": "alias",
        "mailList": "maillists", "mailExternalUser": "forwardings",
    ]

    /// The attributes that make rows, in small letters.
    static let attributes = Set(
        [
            "objectClass", "accountStatus", "domainStatus", "enabledService", "disabledService", "accountSetting", "cn",
            "createTimestamp", "modifyTimestamp", "expiredDate",
            "domainName", "domainBackupMX", "domainAliasName", "domainAdmin", "domainSenderBccAddress",
            "domainRecipientBccAddress", "senderRelayHost", "disclaimer",
            "mail", "userPassword", "domainGlobalAdmin", "shadowLastChange",
            "sn", "givenName", "mobile", "telephoneNumber", "backupMailAddress", "homeDirectory",
            "storageBaseDirectory", "mailMessageStore", "mailboxFormat", "mailboxFolder", "mailQuota", "shadowAddress",
            "mailForwardingAddress", "memberOfGroup", "userSenderBccAddress", "userRecipientBccAddress",
            "accessPolicy", "listOwner", "listModerator", "listAllowedUser", "mailingListID", "maxMessageSize",
            "description",
        ].map { $0.lowercased() } + DirectoryNames.mailbox.map { $0.0.lowercased() })

    /// Attributes that nothing is lost with: the directory's own, names that stand elsewhere, too, and counts.
    private static let withoutPlace: Set<String> = [
        "structuralobjectclass", "entryuuid", "creatorsname", "entrycsn", "modifiersname", "contextcsn", "entrydn",
        "subschemasubentry", "hassubordinates", "pwdchangedtime", "ou", "o", "uid", "uidnumber", "gidnumber", "mailuid",
        "mailgid", "amavislocal", "member", "uniquemember", "memberuid", "hasmember", "domaincurrentusernumber",
        "domaincurrentaliasnumber", "domaincurrentlistnumber", "domaincurrentquotasize",
    ]

    /// The times of an entry.
    static func times(_ entry: DirectoryEntry) -> [String: String?] {
        [
            "created": entry.time("createtimestamp"), "modified": entry.time("modifytimestamp"),
            "expired": entry.time("expireddate"),
        ]
    }

    /// Whether an account is on, but for its domain; tells when it is off for another reason than its status.
    func isOn(_ entry: DirectoryEntry, _ table: String, _ name: String, services: [String]) -> Bool {
        guard entry.isActive else { return false }
        let missing = services.filter { !entry.offers($0) }
        guard !missing.isEmpty else { return true }
        note(.changed, table, name, "it is switched off: it has no service \(missing.joined(separator: ", "))")
        return false
    }

    func sawServices(_ services: [MailService]) { seenServices.formUnion(services) }

    // MARK: All entries

    /// Makes the rows that need all entries.
    /// - Throws: `SourceFailure` when there is nothing to take, or no password may be read.
    func finish() throws -> any SourceSession {
        guard seenClasses.contains("mailDomain") else {
            throw SourceFailure(
                "there is no entry of a mailDomain: give the suffix of the directory, which has o=domains below it, and a DN "
                    + "that may read all of it")
        }
        guard !seenClasses.contains("mailUser") || mailboxesWithPassword > 0 else {
            throw SourceFailure(
                "no entry of a user has a userPassword: it may be read by few, such as cn=Manager or cn=vmail; or take what "
                    + "slapcat prints")
        }
        for stranger in strangers.sorted() {
            let parts = stranger.split(separator: "\t")
            note(.leftOut, String(parts[0]), String(parts[1]), "there is no such attribute here")
        }
        if mailboxesWithoutQuota > 0 {
            note(.changed, "mailbox", "", "\(mailboxesWithoutQuota) without mailQuota have no limit")
        }
        try tables.index("domain", by: "domain")
        try tables.index("alias_domain", by: "alias_domain")
        try finishMembers()
        try finishShadows()
        try tellOfTwins()
        try tellOfCopies()
        try switchOffWithDomains()
        var columns = Self.columns.mapValues { $0.filter { $0 != Self.isFound } }
        // What no entry names is no service of this release.
        let unknown = Set(MailService.allCases.filter { $0.isRecent && !seenServices.contains($0) }.map(\.column))
        columns["mailbox"]?.removeAll(where: unknown.contains)
        return DirectorySession(tables, columns)
    }

    private func finishMembers() throws {
        try tables.forEach(
            """
            SELECT m.address, m.member FROM members AS m JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
             WHERE m.active = 1 AND m.is_off_with_domain = 1 AND d.active = 0 ORDER BY m.address, m.member
            """
        ) { row in
            note(
                .differs, "forwardings", "\(row.text(0)) \(row.text(1))",
                "it leads there, too: the member is on, and only its domain is off")
        }
        try tables.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, is_alias, active, is_found)
            SELECT m.address, m.member, substr(m.address, instr(m.address, '@') + 1), 0, m.active,
                   CASE WHEN m.active = 1 AND (m.is_off_with_domain = 0 OR d.active = 0) THEN 1 ELSE 0 END
              FROM members AS m LEFT JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
            """)
    }

    private func finishShadows() throws {
        try leaveOutShadowsOfOthers()
        // An alias domain has every address of its domain, so those of the same name need no row.
        try tables.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, is_alias, active, is_found)
            SELECT s.address, s.account, substr(s.account, instr(s.account, '@') + 1), 1, s.active, s.is_found
              FROM shadows AS s
             WHERE NOT EXISTS (
                   SELECT 1 FROM alias_domain AS a
                    WHERE a.alias_domain = substr(s.address, instr(s.address, '@') + 1)
                      AND a.target_domain = substr(s.account, instr(s.account, '@') + 1)
                      AND lower(substr(s.address, 1, instr(s.address, '@'))) = lower(substr(s.account, 1, instr(s.account, '@'))))
            """)
        try tables.forEach(
            """
            SELECT lower(substr(account, instr(account, '@') + 1)) AS domain, count(*) FROM shadows
             WHERE may_log_in = 1 GROUP BY domain ORDER BY domain
            """
        ) { row in
            note(
                .differs, "domain", row.text(0),
                "nobody can log in by a further address (shadowAddress) any more, or send under one where "
                    + "smtpd_sender_login_maps decides: \(row.integer(1)) of them")
        }
        try tables.forEach("SELECT alias_domain, target_domain, active FROM alias_domain ORDER BY alias_domain") {
            row in
            let reason =
                row.text(2) == "1"
                ? "every address of \(row.text(1)), and its catch-all, answers below it, whether it has a shadowAddress there or not"
                : "its addresses no longer answer: \(row.text(1)) is switched off, or has no service domainalias"
            note(.differs, "alias_domain", row.text(0), reason)
        }
    }

    /// Mail to an account stays its own, though another one has its address as a further one.
    private func leaveOutShadowsOfOthers() throws {
        try tables.forEach(
            """
            SELECT address, account, is_found FROM shadows
             WHERE address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
                OR address IN (SELECT address FROM maillists)
             ORDER BY address, account
            """
        ) { row in
            let name = "\(row.text(0)) \(row.text(1))"
            note(.leftOut, "forwardings", name, "there is an account of this address")
            if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
        }
        try tables.change(
            """
            DELETE FROM shadows
             WHERE address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
                OR address IN (SELECT address FROM maillists)
            """)
    }

    /// Postfix asks for aliases and members first, and finds a mailbox of the same address only without any.
    private func tellOfTwins() throws {
        try tables.forEach(
            """
            SELECT username FROM mailbox
             WHERE is_found = 1 AND username IN (SELECT address FROM forwardings WHERE forwarding = address)
               AND (username IN (SELECT address FROM alias WHERE is_found = 1)
                    OR username IN (SELECT address FROM members WHERE active = 1))
             ORDER BY username
            """
        ) { row in
            note(
                .differs, "forwardings", row.text(0),
                "its mailbox gets its mail, too: there only the alias or list of this address did")
        }
    }

    /// Postfix asks for copies by every address that an account has in its own domain.
    private func tellOfCopies() throws {
        for side in ["sender", "recipient"] {
            try tables.forEach(
                ["s.address", "s.account"],
                from: """
                    shadows AS s JOIN \(side)_bcc_user AS b ON b.username = s.account
                     WHERE b.is_found = 1
                       AND lower(substr(s.address, instr(s.address, '@'))) = lower(substr(s.account, instr(s.account, '@')))
                     ORDER BY s.address, s.account
                    """
            ) { row in
                note(
                    .differs, "\(side)_bcc_user", "\(row.text(0)) \(row.text(1))",
                    "it answers for the account's own address only")
            }
        }
    }

    /// Aliases and lists that are off with their domain, though it is on.
    private func switchOffWithDomains() throws {
        for (table, rows, change) in Self.withDomainStatus {
            try tables.forEach(rows) { row in
                note(.changed, table, row.text(0), "it is switched off: its domainStatus is disabled")
            }
            try tables.change(change)
        }
    }

    private static let withDomainStatus: [(table: String, rows: SQL, change: SQL)] = [
        (
            "alias",
            """
            SELECT address FROM alias WHERE active = 1 AND is_found = 0
               AND domain IN (SELECT domain FROM domain WHERE active = 1) ORDER BY address
            """,
            """
            UPDATE alias SET active = 0 WHERE active = 1 AND is_found = 0
               AND domain IN (SELECT domain FROM domain WHERE active = 1)
            """
        ),
        (
            "maillists",
            """
            SELECT address FROM maillists WHERE active = 1 AND is_found = 0
               AND domain IN (SELECT domain FROM domain WHERE active = 1) ORDER BY address
            """,
            """
            UPDATE maillists SET active = 0 WHERE active = 1 AND is_found = 0
               AND domain IN (SELECT domain FROM domain WHERE active = 1)
            """
        ),
    ]
}

extension MailService {
    /// Whether releases of iRedMail's did without it, so that its absence everywhere means nothing.
    fileprivate var isRecent: Bool {
        isInternal || rawValue.hasSuffix("tls") || rawValue.hasPrefix("sogo") || rawValue.hasPrefix("sieve")
            || [.lda, .lmtp].contains(self)
    }
}
