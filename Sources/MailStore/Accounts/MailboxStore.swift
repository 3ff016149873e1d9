package import Mail
package import Storage

/// The table `mailbox`.
package struct MailboxStore {
    let vmail: Database
    let profileColumns: String

    package func find(_ address: MailAddress) throws -> MailboxRow? {
        try vmail.first(Self.query(address), MailboxRow.init)
    }

    /// Announces `find`.
    package func announce(_ address: MailAddress) { vmail.announce([Self.query(address)]) }

    private static func query(_ address: MailAddress) -> SQL {
        """
        SELECT username, active, quota, isadmin, isglobaladmin, password
          FROM mailbox
         WHERE username = \(address)
        """
    }

    package func insert(_ mailbox: NewMailbox, now: Moment) throws {
        var columns = ""
        var values = ""
        for (service, isOn) in mailbox.services {
            columns += ", \"\(service.column)\""
            values += ", \(service.stored(isOn))"
        }
        // Services' names come from a fixed list; everything else is bound.
        try vmail.change(
            SQL(
                trusted: """
                    INSERT INTO mailbox (username, domain, password, name, language, quota,
                                         storagebasedirectory, storagenode, maildir, mailboxformat, mailboxfolder,
                                         passwordlastchange, created\(columns))
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?\(values))
                    """,
                [
                    mailbox.address.sqlValue, mailbox.address.domain.sqlValue, mailbox.password.sqlValue,
                    mailbox.name.sqlValue, mailbox.language.sqlValue, mailbox.quota.sqlValue,
                    mailbox.path.base.sqlValue, mailbox.path.node.sqlValue, mailbox.path.maildir.sqlValue,
                    mailbox.format.sqlValue, mailbox.folder.sqlValue, now.sqlValue, now.sqlValue,
                ]))
    }

    /// Columns to be changed. Nil leaves a column as it is.
    package struct Changes: Sendable {
        package var name: String?
        package var firstName: String?
        package var lastName: String?
        package var telephone: String?
        package var mobile: String?
        package var employeeID: String?
        package var language: String?
        /// The hash as stored.
        package var password: String?
        package var quota: Quota?
        package var status: AccountStatus?
        package var transport: String?
        package var format: String?
        package var folder: String?
        package var path: MailboxPath?
        package var services: [MailService: Bool] = [:]
        package init() {}
    }

    /// - Returns: false, with nothing changed, when `changes` has nothing.
    package func update(_ address: MailAddress, _ changes: Changes, now: Moment) throws -> Bool {
        let columns = changes.columns(now: now)
        guard !columns.isEmpty || !changes.services.isEmpty else { return false }
        try write(address, columns, changes.services, now: now)
        return true
    }

    /// Makes the same change to the mailboxes of a domain from behind one address up to another, except for services.
    /// - Parameter reach: the normal admin who asks for it; empty for a global admin.
    func update(
        in domain: DomainName, after first: String, to last: String, _ changes: Changes, within reach: String,
        now: Moment
    ) throws {
        try update(
            changes, where: "domain = ? AND username COLLATE BINARY > ? AND username COLLATE BINARY <= ?",
            [domain.sqlValue, first.sqlValue, last.sqlValue], within: reach, now: now)
    }

    /// The same for all mailboxes of the domain whose users are admins.
    func updateAdmins(in domain: DomainName, _ changes: Changes, within reach: String, now: Moment) throws {
        for flag in ["isadmin", "isglobaladmin"] {
            try update(changes, where: "domain = ? AND \(flag) = 1", [domain.sqlValue], within: reach, now: now)
        }
    }

    /// Whether the domain has a mailbox that `reach` may change.
    func hasAny(in domain: DomainName, within reach: String) throws -> Bool {
        let (condition, values) = Self.isWithin(reach)
        return try vmail.exists(
            SQL(
                trusted: "SELECT EXISTS (SELECT 1 FROM mailbox WHERE domain = ? AND \(condition))",
                [domain.sqlValue] + values))
    }

    private func update(
        _ changes: Changes, where condition: String, _ values: [SQL.Value], within reach: String, now: Moment
    ) throws {
        let columns = changes.columns(now: now)
        let assignments = columns.map { "\($0.name) = ?" } + ["modified = ?"]
        let (within, admin) = Self.isWithin(reach)
        try vmail.change(
            SQL(
                trusted: "UPDATE mailbox SET \(assignments.joined(separator: ", ")) WHERE \(condition) AND \(within)",
                columns.map(\.value) + [now.sqlValue] + values + admin))
    }

    /// The mailboxes that an admin may change, by `Contract.md` 3.1 and as `AdminStore.managesOthersDomain`.
    private static func isWithin(_ reach: String) -> (condition: String, values: [SQL.Value]) {
        guard !reach.isEmpty else { return ("TRUE", []) }
        return (
            """
            isglobaladmin = 0
            AND (username = ? OR NOT EXISTS (
                SELECT 1 FROM domain_admins AS managed
                 WHERE managed.username = mailbox.username
                   AND managed.domain NOT IN (SELECT domain FROM domain_admins WHERE username = ? AND active = 1)))
            """, [reach.sqlValue, reach.sqlValue]
        )
    }

    /// Sets `modified` alone, for a change of other tables: `Contract.md` 1.
    package func touch(_ address: MailAddress, now: Moment) throws {
        try write(address, [], [:], now: now)
    }

    private func write(
        _ address: MailAddress, _ columns: [(name: String, value: SQL.Value)], _ services: [MailService: Bool],
        now: Moment
    ) throws {
        var assignments = columns.map { "\($0.name) = ?" }
        // Services' names come from a fixed list; everything else is bound.
        assignments += services.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\"\($0.key.column)\" = \($0.key.stored($0.value))" }
        assignments.append("modified = ?")
        try vmail.change(
            SQL(
                trusted: "UPDATE mailbox SET \(assignments.joined(separator: ", ")) WHERE username = ?",
                columns.map(\.value) + [now.sqlValue, address.sqlValue]))
    }

    /// The sum of the quotas of a domain's mailboxes except one, in MB.
    package func quotaSum(in domain: DomainName, besides address: MailAddress) throws -> Int {
        try vmail.number(
            """
            SELECT COALESCE((SELECT quota FROM domain_totals WHERE domain = \(domain)), 0)
                 - COALESCE((SELECT quota FROM mailbox WHERE username = \(address) AND domain = \(domain)), 0)
            """)
    }

    /// Whether a global admin has their mailbox in the domain.
    package func hasGlobalAdmin(in domain: DomainName) throws -> Bool {
        try vmail.exists("SELECT EXISTS (SELECT 1 FROM mailbox WHERE domain = \(domain) AND isglobaladmin = 1)")
    }

    /// Calls `body` with every column of the row.
    /// - Returns: false when there is no such mailbox.
    package func withProfile(of address: MailAddress, _ body: (Row) throws -> Void) throws -> Bool {
        try vmail.first(
            SQL(trusted: "SELECT \(profileColumns) FROM mailbox WHERE username = ?", [address.sqlValue]), body) != nil
    }
}

extension MailboxStore.Changes {
    fileprivate func columns(now: Moment) -> [(name: String, value: SQL.Value)] {
        var columns: [(name: String, value: SQL.Value)] = []
        func set(_ name: String, _ value: (some Bindable)?) {
            if let value { columns.append((name, value.sqlValue)) }
        }
        set("name", name)
        set("first_name", firstName)
        set("last_name", lastName)
        set("telephone", telephone)
        set("mobile", mobile)
        set("employeeid", employeeID)
        set("language", language)
        set("password", password)
        set("passwordlastchange", password == nil ? nil : now)
        set("quota", quota)
        set("active", status)
        set("transport", transport)
        set("mailboxformat", format)
        set("mailboxfolder", folder)
        set("storagebasedirectory", path?.base)
        set("storagenode", path?.node)
        set("maildir", path?.maildir)
        return columns
    }
}

extension Store {
    package var mailboxes: MailboxStore { MailboxStore(vmail: vmail, profileColumns: mailboxColumns) }
}
