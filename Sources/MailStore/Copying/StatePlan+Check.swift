import Mail
import Storage

/// What has to be clear before anything is changed.
extension StatePlan {
    /// What a check found.
    package struct Findings: Sendable {
        /// The parts with differences, in their order.
        package fileprivate(set) var parts: [(part: StatePart, counts: Counts)] = []
        /// What is left out, and why: one line each.
        package fileprivate(set) var leftOut: [String] = []
        /// Rows of domains that the file does not name, which name an account that goes, and go with it: one line each.
        package fileprivate(set) var lost: [String] = []
        /// Names that have rights, claims or proofs here, are nobody, and become somebody: what is left over goes first.
        fileprivate(set) var namesOfNobody: [String] = []
        /// Accounts that get a password nobody has, because there is none in the file.
        package fileprivate(set) var withoutPassword = 0
        /// Mailing lists of mlmmj's that are made: their directories are not in the databases.
        package fileprivate(set) var lists = 0
        /// The first part that is there and differs, with the first row by which it does; nil for none. New rows of the
        /// server make no difference.
        package fileprivate(set) var first: (part: StatePart, row: String)?

        package var counts: Counts {
            parts.reduce(into: Counts()) { sum, part in
                sum.created += part.counts.created
                sum.changed += part.counts.changed
                sum.removed += part.counts.removed
            }
        }
    }

    /// Compares everything, and finds out whether it can be taken over. Rights and shared folders of accounts that are
    /// nowhere are taken out of the staged state.
    ///
    /// - Parameter replaces: whether what is there already is made equal. Otherwise of the server what the file lacks stays
    ///   and does not count. Whether the caller may go on is for it to decide, by `Findings.first`.
    /// - Throws: `ExportFailure` for the first reason against it; `StoreError`.
    package func check(replaces: Bool) throws -> Findings {
        var findings = Findings()
        try checkNames(replaces: replaces)
        findings.leftOut = try leaveOutRights() + leaveOutShares()
        try keepAdmins()
        try checkAdmins(replaces: replaces)
        try checkPowers()
        try checkPlaces()
        findings.namesOfNobody = try namesOfNobody()
        for part in header.parts {
            let counts = try counts(of: part, replaces: replaces) { table, difference in
                try look(at: difference, of: part, in: table, &findings)
            }
            if !counts.isEmpty {
                findings.parts.append((part, counts))
                try requireAtRest(part)
            }
        }
        return findings
    }

    /// - Parameter body: gets each difference that counts.
    func counts(
        of part: StatePart, replaces: Bool, _ body: (ExportedTable, RowDifference) throws -> Void = { _, _ in }
    ) throws -> Counts {
        var counts = Counts()
        try forEachDifference(of: part) { table, difference in
            if case .removed = difference, part == .server, !replaces { return }
            counts.add(difference)
            try body(table, difference)
        }
        return counts
    }

    private func look(
        at difference: RowDifference, of part: StatePart, in table: ExportedTable, _ findings: inout Findings
    ) throws {
        switch difference {
        case .created(let row):
            if !header.hasPasswords, table.columns.contains(where: \.isSecret) { findings.withoutPassword += 1 }
            if table.name == "maillists" {
                if table.text("transport", of: row).hasPrefix("mlmmj:") { findings.lists += 1 }
                try requireFreeIdentifier(row, table)
            }
            if part != .server { note(row, of: table, part, &findings) }
        case .changed(_, let row):
            note(row, of: table, part, &findings)
            if table.name == "maillists" { try requireFreeIdentifier(row, table) }
        case .removed(let row):
            note(row, of: table, part, &findings)
            if ["mailbox", "alias", "maillists"].contains(table.name) {
                findings.lost += try foreignRows(naming: table.name(of: row))
            }
        }
    }

    /// What a part that is not there has is left over, and no difference.
    private func note(
        _ row: [SQL.Value], of table: ExportedTable, _ part: StatePart, _ findings: inout Findings
    ) {
        guard findings.first == nil, isThere(part) else { return }
        findings.first = (part, "\(table.name) \(table.name(of: row))")
    }

    /// No name is another's in the state.
    private func checkNames(replaces: Bool) throws {
        let vmail = try target.database(.vmail)
        let own = Set(header.domains)
        func require(_ isFree: Bool, _ reason: @autoclosure () -> String) throws {
            if !isFree { throw ExportFailure(reason()) }
        }
        for domain in header.domains {
            let primary = target.primary(of: domain)
            try require(primary == nil || primary == domain, "\(domain) is an alias domain of \(primary ?? "") here")
        }
        let aliases = try staged.database(.vmail).all("SELECT alias_domain, target_domain FROM alias_domain") { row in
            (alias: row.text(0), domain: row.text(1))
        }
        // From one domain of the file to another one: what goes is deleted before anything is made.
        var moved: Set<String> = []
        for (alias, domain) in aliases {
            guard let primary = target.primary(of: alias), primary != domain else { continue }
            try require(primary != alias, "\(alias) is a domain here")
            try require(replaces && own.contains(primary), "\(alias) is an alias domain of \(primary) here")
            moved.insert(alias)
        }
        // Per-user aliases of other domains' users below the names that are taken over.
        for name in header.domains + aliases.map(\.alias) {
            let others = try vmail.all(
                """
                SELECT address, domain FROM forwardings
                 WHERE is_alias = 1 AND substr(address, instr(address, '@') + 1) = \(name)
                """
            ) { row in (address: row.text(0), domain: row.text(1)) }
            for other in others where !own.contains(other.domain) {
                try require(
                    !moved.contains(name) && !isStaged(other.address),
                    "\(other.address) is a per-user alias of a user of \(other.domain) here")
            }
        }
        // Per-user aliases that lie below other names.
        let names = own.union(aliases.map(\.alias))
        try staged.database(.vmail).forEach("SELECT address, forwarding FROM forwardings WHERE is_alias = 1") { row in
            let address = row.text(0)
            guard let mail = MailAddress(address), !names.contains(mail.domain.text) else { return }
            // A free one, too: it may belong to whoever has the domain.
            let isThere = try vmail.exists(
                """
                SELECT EXISTS (SELECT 1 FROM forwardings
                                WHERE address = \(address) AND forwarding = \(row.text(1)) AND is_alias = 1)
                """)
            try require(isThere, "\(address) is a per-user alias below a domain that is not in the file")
        }
        for admin in try vmail.texts("SELECT username FROM admin") where !header.hasServer {
            let isMailbox = try staged.database(.vmail).exists(
                "SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(admin))")
            try require(!isMailbox, "\(admin) is a standalone admin here")
        }
        for admin in try staged.database(.vmail).texts("SELECT username FROM admin") {
            let domain = try vmail.text("SELECT domain FROM mailbox WHERE username = \(admin)")
            try require(domain.map(own.contains) ?? true, "\(admin) is a mailbox here")
        }
    }

    private func isStaged(_ address: String) throws -> Bool {
        try staged.database(.vmail).exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
                OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM forwardings WHERE address = \(address) AND is_alias = 1)
            """)
    }

    /// A domain that is being changed or waits for its proof is left to the server.
    private func requireAtRest(_ part: StatePart) throws {
        guard case .domain(let domain) = part, let name = DomainName(domain) else { return }
        let vmail = try target.database(.vmail)
        if try vmail.exists("SELECT EXISTS (SELECT 1 FROM long_changes WHERE domain = \(domain))") {
            throw ExportFailure("\(domain) is being deleted or changed as a whole: start the server until that is done")
        }
        if try DomainStore(vmail: vmail, profileColumns: "").isWaiting(name) {
            throw ExportFailure("\(domain) waits for the proof of its ownership here: switch it on or delete it first")
        }
    }

    private func requireFreeIdentifier(_ row: [SQL.Value], _ table: ExportedTable) throws {
        let address = table.text("address", of: row)
        let other = try target.database(.vmail).text(
            "SELECT address FROM maillists WHERE mlid = \(table.text("mlid", of: row)) AND address <> \(address)")
        if let other { throw ExportFailure("\(address): its mlid is that of \(other) here") }
    }

    /// A file of single domains gives nobody power beyond them: who may do everything, or make domains, is so here
    /// already.
    private func checkPowers() throws {
        guard !header.hasServer else { return }
        let (own, there) = (try staged.database(.vmail), try target.database(.vmail))
        let globals: SQL = """
            SELECT username FROM mailbox WHERE isglobaladmin = 1
            UNION SELECT username FROM domain_admins WHERE domain = 'ALL'
            """
        let already = Set(try there.texts(globals))
        if let new = try own.texts(globals).first(where: { !already.contains($0) }) {
            throw ExportFailure(
                "\(new) would become a global admin by a file of single domains: only one of postern export --all does "
                    + "that, or postern admin afterwards")
        }
        let here = try domainMakers(there)
        for (name, isAdmin) in try domainMakers(own).sorted(by: { $0.key < $1.key })
        where here[name] == nil || isAdmin && here[name] == false {
            throw ExportFailure(Self.makesDomains(name))
        }
        // Whoever has lost all rights has kept the setting, and a right would wake it.
        for (name, isAdmin) in here.sorted(by: { $0.key < $1.key }) where !isAdmin {
            guard try !staged.contains("domain_admins", where: [("username", name.sqlValue)]) else {
                throw ExportFailure(Self.makesDomains(name))
            }
        }
    }

    /// Who has the setting by which an admin may make domains, and whether they are admins.
    private func domainMakers(_ database: Database) throws -> [String: Bool] {
        let query: SQL = """
            SELECT username, settings, isadmin + isglobaladmin FROM mailbox
             WHERE instr(settings, 'create_new_domains') > 0
            """
        let found = try database.all(query) { row in
            (name: row.text(0), settings: AccountSettings(stored: row.text(1)), isAdmin: row.integer(2) > 0)
        }
        return Dictionary(
            found.filter { $0.settings["create_new_domains"] == "yes" }.map { ($0.name, $0.isAdmin) },
            uniquingKeysWith: { $0 || $1 })
    }

    private static func makesDomains(_ name: String) -> String {
        "\(name) would be allowed to make domains (create_new_domains) by a file of single domains: only one of postern "
            + "export --all does that"
    }

    /// Whoever has rights, claims or proofs here, is neither mailbox nor admin, and becomes one.
    private func namesOfNobody() throws -> [String] {
        try target.database(.vmail).texts(
            """
            SELECT username FROM (SELECT username FROM domain_admins UNION SELECT admin FROM domain_ownership) AS named
             WHERE username NOT IN (SELECT username FROM mailbox) AND username NOT IN (SELECT username FROM admin)
             ORDER BY username
            """
        ).filter { name in
            try ["mailbox", "admin"].contains { try staged.contains($0, where: [("username", name.sqlValue)]) }
        }
    }

    /// The rows of domains that are not in the file which name an account.
    private func foreignRows(naming account: String) throws -> [String] {
        let own = Set(header.domains)
        var rows: [String] = []
        for table in tables where table.file == .vmail {
            guard case .domain(let owner) = table.owner else {
                if table.owner.isRight {
                    rows += try target.database(.vmail).texts(
                        "SELECT domain FROM domain_admins WHERE username = \(account) AND domain <> 'ALL'"
                    ).filter { !own.contains($0) }.map { "the right of \(account) over \($0)" }
                }
                continue
            }
            for reference in table.references where reference.role == .pointer || reference.role == .link {
                if case .domainOf? = reference.names.first { continue }
                rows += try target.database(.vmail).texts(
                    SQL(
                        trusted: "SELECT DISTINCT \(owner) FROM \(table.name) WHERE \(reference.column) = ?",
                        [account.sqlValue])
                ).filter { !own.contains($0) }.map { "\(table.name) of \($0) that name \(account)" }
            }
        }
        return rows
    }

    /// Somebody must be left who may do everything, and log in.
    private func checkAdmins(replaces: Bool) throws {
        guard replaces else { return }
        let vmail = try target.database(.vmail)
        // Without passwords in the file new ones have none.
        let isIn = try staged.database(.vmail).texts(
            """
            SELECT username FROM mailbox WHERE isglobaladmin = 1 AND active = 1
            UNION SELECT admin.username FROM admin JOIN domain_admins ON domain_admins.username = admin.username
                   WHERE admin.active = 1 AND domain_admins.domain = 'ALL' AND domain_admins.active = 1
            """
        ).contains { name in
            try header.hasPasswords
                || vmail.exists(
                    """
                    SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(name))
                        OR EXISTS (SELECT 1 FROM admin WHERE username = \(name))
                    """)
        }
        let hasStandalone =
            try !header.hasServer
            && vmail.exists(
                """
                SELECT EXISTS (SELECT 1 FROM admin JOIN domain_admins ON domain_admins.username = admin.username
                                WHERE admin.active = 1 AND domain_admins.domain = 'ALL' AND domain_admins.active = 1)
                """)
        if isIn || hasStandalone { return }
        let own = Set(header.domains)
        let others = try vmail.texts("SELECT domain FROM mailbox WHERE isglobaladmin = 1 AND active = 1")
        guard others.allSatisfy(own.contains) else { return }
        throw ExportFailure("no global admin would be left: put one into the file")
    }

    /// Whether an account will be there, by the tables where it can be.
    private func willExist(_ username: String, standalone: Bool) throws -> Bool {
        func exists(_ database: Database, _ table: String) throws -> Bool {
            try database.exists(
                SQL(trusted: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE username = ?)", [username.sqlValue]))
        }
        let (own, there) = (try staged.database(.vmail), try target.database(.vmail))
        if try exists(own, "mailbox") || standalone && exists(own, "admin") { return true }
        if standalone, !header.hasServer, try exists(there, "admin") { return true }
        let domain = try there.text("SELECT domain FROM mailbox WHERE username = \(username)")
        return domain.map { !header.domains.contains($0) } ?? false
    }

    private func leaveOutRights() throws -> [String] {
        let own = try staged.database(.vmail)
        let strangers = try own.texts("SELECT DISTINCT username FROM domain_admins ORDER BY username")
            .filter { try !willExist($0, standalone: true) }
        for name in strangers { try own.execute("DELETE FROM domain_admins WHERE username = \(name)") }
        return strangers.map { "the rights of \($0), who is an admin neither in the file nor here" }
    }

    /// Whoever has rights here over domains that the file does not name stays an admin, whatever the file says: these rights
    /// are not its to give or to take. An export of the same domains leaves them out (`StateRows.row(_:of:within:)`).
    private func keepAdmins() throws {
        let own = Set(header.domains)
        let rights = try target.database(.vmail).all(
            """
            SELECT domain_admins.username, domain_admins.domain
              FROM domain_admins JOIN mailbox ON mailbox.username = domain_admins.username
             WHERE mailbox.isadmin = 1 AND domain_admins.domain <> 'ALL'
            """
        ) { row in (username: row.text(0), domain: row.text(1)) }
        for (username, domain) in rights where !own.contains(domain) {
            try staged.database(.vmail).execute("UPDATE mailbox SET isadmin = 1 WHERE username = \(username)")
        }
    }

    private func leaveOutShares() throws -> [String] {
        guard header.hasUsage else { return [] }
        let own = try staged.database(.usage)
        let strangers = try own.texts("SELECT DISTINCT to_user FROM share_folder ORDER BY to_user")
            .filter { try !willExist($0, standalone: false) }
        for name in strangers { try own.execute("DELETE FROM share_folder WHERE to_user = \(name)") }
        return strangers.map { "folders that are shared with \($0), who is neither in the file nor here" }
    }
}

extension ExportedTable {
    /// The directory of a row of `mailbox`.
    func path(of row: [SQL.Value]) -> MailboxPath {
        MailboxPath(
            base: text("storagebasedirectory", of: row), node: text("storagenode", of: row),
            maildir: text("maildir", of: row))
    }
}
