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
        /// Accounts that get a password nobody has, because there is none in the file.
        package fileprivate(set) var withoutPassword = 0
        /// Mailing lists of mlmmj's that are made: their directories are not in the databases.
        package fileprivate(set) var lists = 0
        /// The first row by which a part that is there differs, beside new rows of the server; nil for none.
        package fileprivate(set) var first: String?

        /// - Parameter isThere: what a part that is not there has is left over.
        fileprivate mutating func note(_ row: [SQL.Value], of table: ExportedTable, ifThere isThere: Bool) {
            if isThere { first = first ?? "\(table.name) \(table.name(of: row))" }
        }

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
        try checkNames()
        findings.leftOut = try leaveOutRights() + leaveOutShares()
        try checkAdmins(replaces: replaces)
        let isEmpty = try !target.database(.vmail).exists(
            "SELECT EXISTS (SELECT 1 FROM mailbox) OR EXISTS (SELECT 1 FROM deleted_mailboxes)")
        for part in header.parts {
            var counts = Counts()
            try forEachDifference(of: part) { table, difference in
                if case .removed = difference, part == .server, !replaces { return }
                counts.add(difference)
                try look(at: difference, of: part, in: table, areDirectoriesFree: isEmpty, &findings)
            }
            if !counts.isEmpty {
                findings.parts.append((part, counts))
                try requireAtRest(part)
            }
        }
        return findings
    }

    private func look(
        at difference: RowDifference, of part: StatePart, in table: ExportedTable, areDirectoriesFree: Bool,
        _ findings: inout Findings
    ) throws {
        switch difference {
        case .created(let row):
            if !header.hasPasswords, table.columns.contains(where: \.isSecret) { findings.withoutPassword += 1 }
            if table.name == "maillists" {
                if table.text("transport", of: row).hasPrefix("mlmmj:") { findings.lists += 1 }
                try requireFreeIdentifier(row, table)
            }
            if table.name == "mailbox", !areDirectoriesFree { try requireFreeDirectory(row, table) }
            if part != .server { findings.note(row, of: table, ifThere: isThere(part)) }
        case .changed(let old, let row):
            findings.note(row, of: table, ifThere: isThere(part))
            if table.name == "mailbox", table.path(of: old) != table.path(of: row) {
                try requireFreeDirectory(row, table)
            }
            if table.name == "maillists" { try requireFreeIdentifier(row, table) }
        case .removed(let row): findings.note(row, of: table, ifThere: isThere(part))
        }
    }

    /// No name is another's in the state.
    private func checkNames() throws {
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
        for (alias, domain) in aliases {
            let primary = target.primary(of: alias)
            try require(
                primary == nil || primary == domain,
                primary == alias ? "\(alias) is a domain here" : "\(alias) is an alias domain of \(primary ?? "") here")
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
                    !isStaged(other.address), "\(other.address) is a per-user alias of a user of \(other.domain) here")
            }
        }
        // Per-user aliases that lie below other names.
        let names = own.union(aliases.map(\.alias))
        try staged.database(.vmail).forEach("SELECT address, forwarding FROM forwardings WHERE is_alias = 1") { row in
            let address = row.text(0)
            guard let mail = MailAddress(address), !names.contains(mail.domain.text) else { return }
            let isTaken = try vmail.exists(
                """
                SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
                    OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
                    OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
                    OR EXISTS (SELECT 1 FROM forwardings WHERE address = \(address) AND forwarding <> \(row.text(1)))
                """)
            try require(!isTaken, "\(address) is somebody else's address here")
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

    private func requireFreeDirectory(_ row: [SQL.Value], _ table: ExportedTable) throws {
        let path = table.path(of: row)
        guard let address = MailAddress(table.text("username", of: row)), path.directory.contains(where: { $0 != "/" })
        else { return }
        let store = MailboxStore(vmail: try target.database(.vmail), profileColumns: "")
        // Whoever has it, or had it, is of these domains and not in the file: it may change hands.
        let owners = try store.owners(of: path).filter { $0 != address.text }
        let isLeft = try owners.allSatisfy { owner in
            try MailAddress(owner).map { header.domains.contains($0.domain.text) } == true && !isStaged(owner)
        }
        if owners.isEmpty ? try store.obstacle(to: path, returning: address) != nil : !isLeft {
            throw ExportFailure(
                "\(address): its directory \(path.directory) is that of \(owners.first ?? "another mailbox") here, lies in "
                    + "it or around it; deleted mailboxes whose mail is kept count, too")
        }
    }

    private func requireFreeIdentifier(_ row: [SQL.Value], _ table: ExportedTable) throws {
        let address = table.text("address", of: row)
        let other = try target.database(.vmail).text(
            "SELECT address FROM maillists WHERE mlid = \(table.text("mlid", of: row)) AND address <> \(address)")
        if let other { throw ExportFailure("\(address): its mlid is that of \(other) here") }
    }

    /// Somebody must be left who may do everything.
    private func checkAdmins(replaces: Bool) throws {
        guard replaces else { return }
        let isIn = try staged.database(.vmail).exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox WHERE isglobaladmin = 1 AND active = 1)
                OR EXISTS (SELECT 1 FROM admin JOIN domain_admins ON domain_admins.username = admin.username
                            WHERE admin.active = 1 AND domain_admins.domain = 'ALL' AND domain_admins.active = 1)
            """)
        let vmail = try target.database(.vmail)
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
