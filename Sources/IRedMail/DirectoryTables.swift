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
}

extension MailService {
    /// Whether there are releases of iRedMail's without it, in which its absence means nothing.
    fileprivate var isRecent: Bool {
        isInternal || rawValue.hasPrefix("sogo") || [.lda, .lmtp].contains(self)
    }
}
