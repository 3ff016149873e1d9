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
    private let tell: (SourceFinding, _ domain: String?) -> Void
    /// How many users have each.
    private var services: [MailService: Int] = [:]
    private var users = 0
    private var seenClasses: Set<EntryClass> = []
    /// What has no place here, after the tables of the entries that have it.
    private var unknown: Set<String> = []
    private var unknownCounts: [String: Int] = [:]
    /// More than any schema has.
    private static let mostUnknown = 1000
    /// By domain.
    private var mailboxesWithoutQuota: [String: Int] = [:]
    private var hasPasswords = false

    /// - Parameters:
    ///   - staged: beside which the rows lie.
    ///   - tell: called with what of an entry does not become rows, and the domain that it concerns; nil for what concerns
    ///     all of the directory.
    /// - Throws: `StoreError`.
    init(beside staged: StagedState, _ tell: @escaping (SourceFinding, _ domain: String?) -> Void) throws {
        tables = try SourceTables(
            beside: staged, Self.columns.merging(Self.ownColumns) { own, _ in own }, keys: Self.keys)
        self.tell = tell
    }

    /// Tells of an account or domain.
    /// - Parameter name: its address or name, and perhaps more behind a blank.
    func note(_ kind: SourceFinding.Kind, _ table: String, _ name: String, _ reason: String) {
        let domain = Self.domain(of: name.split(separator: " ").first.map(String.init) ?? "")
        tell(SourceFinding(kind: kind, table: table, name: name, reason: reason), domain)
    }

    static func domain(of address: String) -> String { address.split(separator: "@").last.map(String.init) ?? "" }

    // MARK: Tables

    /// The column that says whether the mail programs find a row that is active, as far as its entry decides. Readers ask
    /// for it by `SourceSession.foundColumn`, and it is no column of the server's.
    static let foundColumn = "is_found"

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
            "username", "password", "name", "first_name", "last_name", "language", "employeeid", "mobile", "telephone",
            "recovery_email", "allow_nets", "transport", "mailboxformat",
            "mailboxfolder", "storagebasedirectory", "storagenode", "maildir", "quota", "domain", "isadmin",
            "isglobaladmin", "disclaimer", "settings", "passwordlastchange", "active", foundColumn,
        ] + times + MailService.allCases.map(\.column),
        "alias": ["address", "name", "accesspolicy", "domain", "active", foundColumn] + times,
        "maillists": [
            "address", "name", "accesspolicy", "domain", "transport", "maxmsgsize", "description", "mlid", "settings",
            "active", foundColumn,
        ] + times,
        "moderators": ["address", "moderator"],
        "maillist_owners": ["address", "owner"],
        "forwardings": ["address", "forwarding", "domain", "is_alias", "active", foundColumn],
        "sender_bcc_user": ["username", "bcc_address", "domain", "active", foundColumn],
        "recipient_bcc_user": ["username", "bcc_address", "domain", "active", foundColumn],
        "sender_bcc_domain": ["domain", "bcc_address", "active"],
        "recipient_bcc_domain": ["domain", "bcc_address", "active"],
        "sender_relayhost": ["account", "relayhost"],
    ]

    /// What becomes rows of `forwardings` when all entries are there.
    private static let ownColumns: [String: [String]] = [
        // Who is a member of an alias or list says so itself, below a domain. `is_off_with_domain`: only since that is said
        // to be.
        "memberships": ["address", "member", "active", "is_off_with_domain", "place"],
        // The addresses that Postfix finds forwarded before it asks for members.
        "forwarded": ["address"],
        // Further addresses of an account, and whether its user may log in by them, or send under them.
        "per_user_aliases": ["address", "account", "active", foundColumn, "may_log_in", "place"],
    ]

    static func flag(_ isSo: Bool) -> String { isSo ? "1" : "0" }

    private static let keys = [
        "domain": "domain", "admin": "username", "mailbox": "username", "alias": "address", "maillists": "address",
    ]

    // MARK: Entries

    /// Whether an account or address is on.
    struct Standing {
        /// But for its domain.
        var isActive: Bool
        /// Whether the mail programs find it, whose lookups do not ask for the domain.
        var isFound: Bool

        var columns: [String: String?] { ["active": flag(isActive), foundColumn: flag(isFound)] }

        /// - Parameter isSo: what has to be on besides.
        func and(_ isSo: Bool) -> Standing { Standing(isActive: isActive && isSo, isFound: isFound && isSo) }
    }

    /// Tells when an account is off for another reason than its status.
    /// - Parameter services: without which nobody finds it.
    func standing(of entry: DirectoryEntry, _ table: String, _ name: String, services: [String]) -> Standing {
        let missing = services.filter { !entry.offers($0) }
        if entry.isActive, !missing.isEmpty {
            note(.changed, table, name, "it is switched off: it has no service \(missing.joined(separator: ", "))")
        }
        let isActive = entry.isActive && missing.isEmpty
        return Standing(isActive: isActive, isFound: isActive && !entry.isOffWithDomain)
    }

    /// Takes an entry; one that is of no class that is read makes no rows.
    func add(_ entry: DirectoryEntry) throws {
        guard let entryClass = entry.entryClass else {
            if let stranger = entry.strayClass {
                noteStray(entry, entry.address ?? entry.dn, stranger)
            }
            return
        }
        seenClasses.insert(entryClass)
        let name = entry.address ?? entry.domainName ?? entry.dn
        guard lies(entry, name, entryClass) else {
            noteStray(entry, name, entryClass)
            if entry.isActive { note(.differs, entryClass.table, name, "it no longer answers") }
            return
        }
        // In an order that is always the same.
        for attribute in DirectoryAttribute.allCases
        where !attribute.hasManyValues && entry[all: attribute].count > 1 {
            note(
                attribute == .domainName ? .differs : .changed, entryClass.table, name,
                "of the \(entry[all: attribute].count) values of \(attribute) one is kept")
        }
        noteUnknown(
            entry.others.subtracting(DirectoryAttribute.withoutMeaning)
                .union(Set(entry.attributes).subtracting(entryClass.attributes).map(\.rawValue)), entryClass)
        if let flaw = entry.flaw {
            note(.leftOut, entryClass.table, name, "its attribute \(flaw) has a NUL, or bytes that are no UTF-8")
            if entry.isActive, entryClass != .mailAdmin {
                note(.differs, entryClass.table, name, "it no longer answers")
            }
            return
        }
        switch entryClass {
        case .mailDomain: try addDomain(entry, name)
        case .mailAdmin: try addAdmin(entry, name)
        case .mailUser: try name.hasPrefix("@") ? addCatchAll(entry, name) : addUser(entry, name)
        case .mailAlias: try addAlias(entry, name)
        case .mailList: try addList(entry, name)
        case .mailExternalUser: try addExternals(entry)
        }
    }

    /// Whether an entry lies where the old server's programs write such: who may write below one domain gets nothing of
    /// another.
    private func lies(_ entry: DirectoryEntry, _ name: String, _ entryClass: EntryClass) -> Bool {
        switch entryClass {
        case .mailAdmin: true
        case .mailDomain: entry.isDomain && entry.domainOfPlace == name.lowercased()
        case .mailUser, .mailAlias, .mailList:
            name.contains("@") && entry.domainOfPlace == Self.domain(of: name).lowercased()
        case .mailExternalUser: entry.domainOfPlace != nil
        }
    }

    private func noteStray(_ entry: DirectoryEntry, _ name: String, _ entryClass: EntryClass) {
        note(.leftOut, entryClass.table, name, "its entry lies elsewhere than such entries do: \(entry.dn)")
    }

    /// Tells of an entry whose address or name another one has.
    func noteTwin(_ table: String, _ name: String) {
        note(.leftOut, table, name, "another entry that came before has this name")
    }

    /// - Parameter names: of attributes, or an attribute and a value, that have no place here.
    func noteUnknown(_ names: some Sequence<String>, _ entryClass: EntryClass) {
        for name in names.sorted() {
            // Whoever invents values hides no attribute so.
            let kind = name.contains(":") ? "\(entryClass.table) values" : entryClass.table
            let name = "\(entryClass.table)\t\(name)"
            guard !unknown.contains(name) else { continue }
            unknownCounts[kind, default: 0] += 1
            if unknownCounts[kind, default: 0] == Self.mostUnknown { unknown.insert("\(entryClass.table)\tand more") }
            if unknownCounts[kind, default: 0] < Self.mostUnknown { unknown.insert(name) }
        }
    }

    /// Notes what only all users together tell.
    func noteUser(services: Set<MailService>, hasPassword: Bool) {
        users += 1
        for service in services { self.services[service, default: 0] += 1 }
        if hasPassword { hasPasswords = true }
    }

    func noteWithoutQuota(_ name: String) { mailboxesWithoutQuota[Self.domain(of: name).lowercased(), default: 0] += 1 }

    /// Adds a row of `forwardings`.
    func addForwarding(from address: String, to destination: String, _ standing: Standing) throws {
        try tables.add(
            "forwardings",
            [
                "address": address, "forwarding": destination, "domain": Self.domain(of: address),
                "is_alias": "0",
            ].merging(standing.columns) { own, _ in own })
    }

    static func times(of entry: DirectoryEntry) -> [String: String?] {
        [
            "created": entry.time(.createTimestamp), "modified": entry.time(.modifyTimestamp),
            "expired": entry.time(.expiredDate),
        ]
    }

    // MARK: All entries

    /// Makes the rows that need all entries.
    /// - Throws: `SourceFailure` when there is nothing to take, or no password may be read.
    func finish() throws -> any SourceSession {
        guard seenClasses.contains(.mailDomain) else {
            throw SourceFailure(
                "there is no entry of a mailDomain: --base is the suffix, which has o=domains below it, and --bind a DN that "
                    + "may read all of it; a file is what slapcat prints of that suffix (slapcat -b SUFFIX)")
        }
        guard users == 0 || hasPasswords else {
            throw SourceFailure(
                "no entry of a user has a userPassword: few may read it, such as --bind cn=vmail,SUFFIX; or take what slapcat "
                    + "prints")
        }
        if !seenClasses.contains(.mailAdmin) {
            let reason = "there is no entry of a mailAdmin: standalone admins are below o=domainAdmins of the suffix"
            tell(SourceFinding(kind: .missing, table: "admin", name: "", reason: reason), nil)
        }
        for name in unknown.sorted() {
            let parts = name.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let reason = "there is no such attribute or value here"
            tell(SourceFinding(kind: .leftOut, table: parts[0], name: parts[1], reason: reason), nil)
        }
        for (domain, count) in mailboxesWithoutQuota.sorted(by: { $0.key < $1.key }) {
            note(.changed, "domain", domain, "mailboxes without mailQuota have no limit: \(count) of them")
        }
        try tables.index("domain", by: "domain")
        try tables.index("alias_domain", by: "alias_domain")
        try tables.index("sender_bcc_user", by: "username")
        try tables.index("recipient_bcc_user", by: "username")
        try tables.index("forwarded", by: "address")
        try leaveOutAliasDomains()
        try leaveOutMembersOfOthers()
        try finishMemberships()
        try finishPerUserAliases()
        try giveListsTheirOwnNumbers()
        try tellOfTwins()
        try tellOfCopies()
        try switchOffWithDomains()
        var columns = Self.columns.mapValues { $0.filter { $0 != Self.foundColumn } }
        // What most do without is no service of this release.
        let unknown = Set(
            MailService.allCases.filter { $0.isRecent && services[$0, default: 0] * 2 < users }.map(\.column))
        columns["mailbox"]?.removeAll(where: unknown.contains)
        return DirectorySession(tables, columns)
    }

    private func finishMemberships() throws {
        try tables.forEach(
            """
            SELECT m.address, m.member FROM memberships AS m JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
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
              FROM memberships AS m LEFT JOIN domain AS d ON d.domain = substr(m.member, instr(m.member, '@') + 1)
            """)
    }

    private func finishPerUserAliases() throws {
        try leaveOutAliasesOfOthers()
        // An alias domain has every address of its domain, so those of the same name need no row.
        try tables.change(
            """
            INSERT INTO forwardings (address, forwarding, domain, is_alias, active, is_found)
            SELECT s.address, s.account, substr(s.account, instr(s.account, '@') + 1), 1, s.active, s.is_found
              FROM per_user_aliases AS s
             WHERE NOT EXISTS (
                   SELECT 1 FROM alias_domain AS a
                    WHERE a.alias_domain = substr(s.address, instr(s.address, '@') + 1)
                      AND a.target_domain = substr(s.account, instr(s.account, '@') + 1)
                      AND lower(substr(s.address, 1, instr(s.address, '@'))) = lower(substr(s.account, 1, instr(s.account, '@'))))
            """)
        try tables.forEach(
            """
            SELECT lower(substr(account, instr(account, '@') + 1)) AS domain, count(*) FROM per_user_aliases
             WHERE may_log_in = 1 GROUP BY domain ORDER BY domain
            """
        ) { row in
            note(
                .differs, "domain", row.text(0),
                "nobody can log in by a per-user alias (shadowAddress) any more, or send under one where "
                    + "smtpd_sender_login_maps decides: \(row.integer(1)) of them")
        }
        try tables.forEach(
            """
            SELECT a.alias_domain, a.target_domain, a.active, d.backupmx FROM alias_domain AS a
              JOIN domain AS d ON d.domain = a.target_domain ORDER BY a.alias_domain
            """
        ) { row in
            // What is no domain name is left out.
            guard DomainName(row.text(0)) != nil else { return }
            let target = row.text(1)
            let reason =
                row.text(3) == "1"
                ? "nothing is relayed for it: its domain \(target) is only relayed"
                : row.text(2) == "1"
                    ? "every address of \(target), and its catch-all, answers below it, whether it has a shadowAddress there or not"
                    : "its addresses no longer answer: \(target) is switched off, or has no service domainalias"
            note(.differs, "alias_domain", row.text(0), reason)
        }
    }

    /// An alias domain has one domain, and is none itself.
    private func leaveOutAliasDomains() throws {
        let claims = "SELECT alias_domain FROM alias_domain WHERE active = 1"
        let isOfAnother = "active = 0 AND alias_domain IN (\(claims))"
        let isOfSeveral = """
            alias_domain IN (
              SELECT alias_domain FROM alias_domain GROUP BY alias_domain HAVING count(DISTINCT target_domain) > 1)
            """
        for (condition, reason) in [
            ("alias_domain IN (SELECT domain FROM domain)", "there is a domain of this name"),
            (isOfAnother, "another domain has it"),
            // None, so that nobody gets another one's mail by naming their alias domain.
            (isOfSeveral, "several domains have it"),
        ] {
            try tables.forEach(
                ["alias_domain", "target_domain", "active"],
                from: "alias_domain WHERE \(condition) ORDER BY alias_domain, target_domain"
            ) { row in
                note(.leftOut, "alias_domain", row.text(0), "\(reason), and so it is none of \(row.text(1))")
                if row.text(2) == "1" {
                    note(.differs, "alias_domain", row.text(0), "addresses of \(row.text(1)) no longer answer below it")
                }
            }
            try tables.remove("alias_domain", where: condition)
        }
    }

    /// Who says that they are a member of a mailbox or alias got its mail, where Postfix asked for members at all.
    private func leaveOutMembersOfOthers() throws {
        let isAccount = """
            address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
             AND address NOT IN (SELECT address FROM maillists)
            """
        try tables.forEach(
            ["address", "member", "active AND address NOT IN (SELECT address FROM forwarded)"],
            from: "memberships WHERE \(isAccount) ORDER BY address, member"
        ) { row in
            let name = "\(row.text(0)) \(row.text(1))"
            note(.leftOut, "forwardings", name, "it is no member: \(row.text(0)) is no list")
            if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
        }
        try tables.remove("memberships", where: isAccount)
        let isOthers = """
            lower(substr(address, instr(address, '@') + 1)) <> place AND address NOT IN (SELECT address FROM maillists)
            """
        try tables.forEach(
            ["address", "member", "active"], from: "memberships WHERE \(isOthers) ORDER BY address, member"
        ) { row in
            let name = "\(row.text(0)) \(row.text(1))"
            note(.leftOut, "forwardings", name, "it is no member: \(row.text(0)) is no list of that domain")
            if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
        }
        try tables.remove("memberships", where: isOthers)
        let isForwarded = "address IN (SELECT address FROM forwarded)"
        try tables.forEach(["address", "member"], from: "memberships WHERE \(isForwarded) ORDER BY address, member") {
            row in
            note(
                .leftOut, "forwardings", "\(row.text(0)) \(row.text(1))",
                "Postfix did not find it: mail to \(row.text(0)) is forwarded")
        }
        try tables.remove("memberships", where: isForwarded)
    }

    /// No list takes another one's number, not even by guessing what that would get instead.
    private func giveListsTheirOwnNumbers() throws {
        var round = 0
        while true {
            var shared: [String] = []
            try tables.forEach(
                """
                SELECT address FROM maillists
                 WHERE mlid IN (SELECT mlid FROM maillists GROUP BY mlid HAVING count(*) > 1) ORDER BY address
                """
            ) { row in shared.append(row.text(0)) }
            guard !shared.isEmpty else { return }
            for address in shared {
                if round == 0 {
                    note(
                        .changed, "maillists", address,
                        "it gets a mailingListID of its own: another list has the same")
                }
                let number = Self.listID(of: round == 0 ? address : "\(address) \(round)")
                try tables.change("UPDATE maillists SET mlid = \(number) WHERE address = \(address)")
            }
            round += 1
        }
    }

    /// Mail to an account stays its own, though another one has its address as a further one.
    private func leaveOutAliasesOfOthers() throws {
        let isAccount = """
            address IN (SELECT username FROM mailbox) OR address IN (SELECT address FROM alias)
             OR address IN (SELECT address FROM maillists)
            """
        let domain = "substr(address, instr(address, '@') + 1)"
        let isOthers = """
            \(domain) IN (SELECT domain FROM domain WHERE domain <> place)
             OR \(domain) IN (SELECT alias_domain FROM alias_domain WHERE target_domain <> place)
            """
        for (condition, reason) in [
            (isAccount, "there is an account of this address"), (isOthers, "it lies below another domain"),
        ] {
            try tables.forEach(
                ["address", "account", "is_found"],
                from: "per_user_aliases WHERE \(condition) ORDER BY address, account"
            ) { row in
                let name = "\(row.text(0)) \(row.text(1))"
                note(.leftOut, "forwardings", name, reason)
                if row.text(2) == "1" { note(.differs, "forwardings", name, "it no longer answers") }
            }
            try tables.remove("per_user_aliases", where: condition)
        }
    }

    /// Postfix asks for aliases and members first, and finds a mailbox of the same address only without any.
    private func tellOfTwins() throws {
        try tables.forEach(
            """
            SELECT username FROM mailbox
             WHERE is_found = 1 AND username IN (SELECT address FROM forwardings WHERE forwarding = address)
               AND username IN (SELECT address FROM alias WHERE is_found = 1)
             ORDER BY username
            """
        ) { row in
            note(
                .differs, "forwardings", row.text(0),
                "its mailbox gets its mail, too: there only the alias of this address did")
        }
    }

    /// Postfix asks for copies by every address that an account has in its own domain.
    private func tellOfCopies() throws {
        for side in ["sender", "recipient"] {
            try tables.forEach(
                ["s.address", "s.account"],
                from: """
                    per_user_aliases AS s JOIN \(side)_bcc_user AS b ON b.username = s.account
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
        for table in ["alias", "maillists"] {
            let isOff = """
                active = 1 AND is_found = 0 AND domain IN (SELECT domain FROM domain WHERE active = 1)
                """
            try tables.forEach(["address"], from: "\(table) WHERE \(isOff) ORDER BY address") { row in
                note(.changed, table, row.text(0), "it is switched off: its domainStatus is disabled")
            }
            try tables.set(table, "active", to: "0", where: isOff)
        }
    }
}

extension MailService {
    /// Whether there are releases of iRedMail's without it, in which its absence means nothing.
    fileprivate var isRecent: Bool {
        isInternal || rawValue.hasPrefix("sogo") || [.lda, .lmtp].contains(self)
    }
}
