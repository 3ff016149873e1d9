package import Mail
package import MailStore
import Storage

// Takes a server of iRedMail's into a staged state. `SourceServer` reads tables through the database's client, row by
// row; of a server with LDAP `SourceDirectory` gives entries, which `DirectoryTables` makes rows of the same tables. The
// extensions of `IRedMailReader` know what iRedMail's tables mean, one file for each group of tables. A row that the mail
// programs do not find there does not come to life here.

/// Reads a server of iRedMail's into a staged state, and tells what becomes of it.
package final class IRedMailReader {
    let staged: StagedState
    let source: IRedMailSource
    /// Whether the mail programs find rows whatever their case.
    let ignoresCase: Bool
    private let only: Set<DomainName>
    /// `YYYY-MM-DD` in UTC.
    let today: String
    private let tell: (SourceFinding) -> Void
    /// By name.
    var domains: [String: Domain] = [:]
    var aliasDomains: [String: AliasDomain] = [:]

    struct Domain {
        let isActive: Bool
        let isBackupMX: Bool
        /// Whether Postfix takes mail for its addresses.
        var receives: Bool { isActive && !isBackupMX }
    }

    struct AliasDomain {
        let target: String
        let isActive: Bool
    }

    /// - Parameters:
    ///   - staged: empty.
    ///   - only: the domains that are taken, and nothing beside them; empty for everything.
    ///   - now: what is due by now is told of.
    ///   - tell: called with each finding, in an order that is always the same for the same tables.
    package init(
        _ source: IRedMailSource, into staged: StagedState, only: Set<DomainName> = [], now: Moment,
        tell: @escaping (SourceFinding) -> Void
    ) {
        self.source = source
        ignoresCase = source.ignoresCase
        self.staged = staged
        self.only = only
        today = String(now.timestamp.prefix(10))
        self.tell = tell
    }

    /// Reads everything; each database as it is at one moment.
    /// - Throws: `SourceFailure`, `StoreError`.
    package func read() throws {
        let accounts = try source.accounts(staged) { [self] finding, domain in
            if let domain, !takesServer, isOthers(sourceKey(domain)) { return }
            tell(finding)
        }
        let missing = ["domain", "mailbox", "alias", "forwardings", "admin", "domain_admins"].filter {
            accounts.tables[$0] == nil
        }
        guard missing.isEmpty else {
            throw SourceFailure(
                "the database vmail has no table \(missing.joined(separator: ", ")): it is not of iRedMail 1.0 or newer; update "
                    + "iRedMail first")
        }
        try readDomains(accounts)
        try readMailboxes(accounts)
        try leaveOutNestedMailboxes()
        try readAdmins(accounts)
        try readLists(accounts)
        try readForwardings(accounts)
        try readListPeople(accounts)
        try readRelays(accounts)
        try readDatabases(beside: accounts)
        try tellOfAliasDomains()
    }

    private func readDatabases(beside accounts: any SourceSession) throws {
        var readers: [(database: String, read: [(any SourceSession) throws -> Void])] = [
            ("amavisd", [readAmavisd]), ("iredapd", [readIredapd]), ("iredadmin", [readLog]),
        ]
        // Dovecot writes beside the accounts, or where the admins' log is.
        if source.databaseOfUsage == "iredadmin" {
            readers[2].read.append(readUsage)
        } else {
            try readUsage(accounts)
        }
        let there = try source.server?.databases()
        for (name, read) in readers {
            guard let server = source.server, there?.contains(name) == true else {
                let reason = there == nil ? "it is not read: --mysql is not given" : "the server has no such database"
                note(.missing, "", name, reason)
                continue
            }
            let database = try server.session(name)
            for read in read { try read(database) }
        }
    }

    /// How many rows of each table are taken, in the order of the tables' names.
    package func counts() throws -> [(table: String, rows: Int)] {
        try StagedState.files.flatMap { file in RowCopy.tables(of: file) }.map { ($0, try staged.count(of: $0)) }
            .filter { $0.1 > 0 }
    }

    /// The domains that are taken, by their bytes.
    package var domainNames: [String] { domains.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    func note(_ kind: SourceFinding.Kind, _ table: String, _ name: String, _ reason: String) {
        tell(SourceFinding(kind: kind, table: table, name: name, reason: reason))
    }

    /// A name as one of the server's rows has it.
    func sourceKey(_ raw: String?) -> SourceKey { SourceKey(raw ?? "", ignoresCase: ignoresCase) }

    // MARK: Rows

    /// The columns that both sides have. Tells once of those of the server that have no place here.
    ///
    /// - Parameters:
    ///   - isLegacy: columns that nothing reads any more.
    ///   - further: columns that are read, and have no place here.
    func shape(
        _ table: String, _ session: any SourceSession, leaving isLegacy: Set<String> = ["id"],
        reading further: Set<String> = []
    ) throws -> TableShape {
        let there = session.tables[table].map { $0.map(\.name) }
        if there == nil { note(.missing, table, "", "the server has no such table") }
        let ours = try staged.columns(of: table)
        let names = Set(ours.map(\.name)).union(isLegacy).union(further)
        for column in there ?? [] where !names.contains(column) {
            note(.leftOut, table, column, "there is no such column here")
        }
        return TableShape(table, ours, source: Set(there ?? []), reading: further)
    }

    /// Calls `body` for each row of a table, as `SourceSession.forEachRow`, but for those that are no text: they are left
    /// out, which is told.
    func forEachRow(
        of shape: TableShape, _ session: any SourceSession, joining: String = "",
        further: KeyValuePairs<String, String> = [:], order: String, _ body: (SourceRow) throws -> Void
    ) throws {
        try session.forEachRow(of: shape, joining: joining, further: further, order: order) { row in
            guard let flaw = row.flaw else { return try body(row) }
            leaveOut(row, of: shape.table, flaw)
        }
    }

    /// The columns by which rows are named in the report, and by which they belong to a domain.
    private static let naming = [
        "alias_domain", "username", "address", "account", "from_user", "email", "policy_name", "domain",
        "target_domain",
    ]
    private static let ofMailPrograms: Set<String> = [
        "domain", "alias_domain", "mailbox", "forwardings", "sender_bcc_user", "recipient_bcc_user",
        "sender_bcc_domain",
        "recipient_bcc_domain", "sender_relayhost",
    ]

    private func leaveOut(_ row: SourceRow, of table: String, _ flaw: String) {
        let names = Self.naming.compactMap { row[$0] }
        guard takesServer || names.contains(where: { !isOthers(sourceKey($0)) }) else { return }
        let name = names.first ?? ""
        note(.leftOut, table, name, "its column \(flaw) has a NUL, or bytes that are no UTF-8")
        guard Self.ofMailPrograms.contains(table), row["active"] != "0" else { return }
        note(.differs, table, name, table == "mailbox" ? Self.mailboxIsGone : "it no longer answers")
    }

    static let mailboxIsGone = "it no longer gets mail, and nobody can log in"

    func draft(_ shape: TableShape, _ row: SourceRow, named name: String) -> Draft {
        shape.draft(row) { column, value in
            note(
                .changed, shape.table, name,
                "\(column) is \(value), which the mail programs do not take for 1, or no number")
        }
    }

    /// Adds a row under the key that it has got.
    /// - Parameter name: of the row in the report; nil for that of the key.
    /// - Returns: false when another row has the key already, which is told.
    @discardableResult
    func add(_ draft: Draft, for key: SourceKey, named name: String? = nil) throws -> Bool {
        guard try put(draft, named: name ?? key.raw) else {
            note(.leftOut, draft.table, name ?? key.raw, "another row that came before has this name")
            return false
        }
        if key.text != key.raw { note(.changed, draft.table, name ?? key.raw, "it is written \(key.text)") }
        return true
    }

    /// Whether a row in small letters has the name already, which is told.
    func hasTwin(_ key: SourceKey, _ table: String, _ column: String) throws -> Bool {
        guard key.text != key.raw, try has(table, column, key.text) else { return false }
        note(.leftOut, table, key.raw, "\(key.text) is there in small letters, too")
        return true
    }

    /// Whether an address may lie below a domain: one that is here, or an alias domain of one.
    func hosts(_ domain: DomainName) -> Bool { domains[domain.text] != nil || aliasDomains[domain.text] != nil }

    /// Whether what belongs to a domain is taken.
    func takes(_ domain: DomainName) -> Bool { only.isEmpty || only.contains(domain) }

    /// Whether a name, even one that cannot be taken, is that of an account or domain which is not asked for.
    func isOthers(_ key: SourceKey) -> Bool {
        let domain = key.text.split(separator: "@").last ?? ""
        return !only.isEmpty && DomainName(domain.drop { $0 == "." }).map(only.contains) != true
    }

    /// Whether what belongs to no domain is taken.
    package var takesServer: Bool { only.isEmpty }

    func has(_ table: String, _ column: String, _ name: String) throws -> Bool {
        try staged.contains(table, where: [(column, .text(name))])
    }

    /// Whether mail to an address ends at an account here: a mailbox, an alias or a mailing list.
    func hasAccount(_ name: String) throws -> Bool {
        try has("mailbox", "username", name) || has("alias", "address", name) || has("maillists", "address", name)
    }

    /// Whether it is a mailing list of mlmmj's.
    func isMlmmj(_ address: String) throws -> Bool {
        try staged.lists(ofMlmmj: true, address: address).isEmpty == false
    }

    /// The join that tells what the mail programs know of a row's domain.
    func joiningDomain(_ column: String, _ session: any SourceSession) -> String {
        "LEFT JOIN \(session.dialect.table("domain")) AS d ON d.domain = t.\(column)"
    }

    /// The texts 1 and 0, as `flag`: whether the mail programs find a row that is active, as far as its domain decides.
    /// - Parameter isRelayed: whether they do so also when mail for the domain is only relayed.
    func findsActive(_ session: any SourceSession, isRelayed: Bool = false) -> String {
        if let column = session.foundColumn { return flag("t.\(column) = 1") }
        return flag("d.active = 1\(isRelayed ? "" : " AND d.backupmx = 0")")
    }

    /// The text 1 where a condition holds, and 0 where it does not, or is NULL.
    func flag(_ condition: String) -> String { "CASE WHEN \(condition) THEN '1' ELSE '0' END" }
}
