package import Mail
package import SQLite

/// The table `mailbox`.
package struct MailboxStore {
    let vmail: Database
    /// Every column of `mailbox`, for profiles.
    let profileColumns: String

    package func find(_ address: MailAddress) throws(SQLiteError) -> MailboxRow? {
        try vmail.first(
            """
            SELECT username, active, quota, isadmin, isglobaladmin, password
              FROM mailbox
             WHERE username = \(address)
            """,
            MailboxRow.init)
    }

    package func insert(_ mailbox: NewMailbox, now: Moment) throws(SQLiteError) {
        var columns = ""
        var values = ""
        for (service, isOn) in mailbox.services {
            columns += ", \"\(service.column)\""
            values += ", \(service.stored(isOn))"
        }
        // The names come from the closed list of services; everything else is bound.
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

    /// Columns of one mailbox to be changed; nil leaves a column alone.
    package struct Changes: Sendable {
        package var name: String?
        package var password: String?
        package var quota: Quota?
        package var status: AccountStatus?
        package var language: String?
        package var employeeID: String?
        package init() {}
    }

    /// - Returns: whether anything was to be changed.
    package func update(_ address: MailAddress, _ changes: Changes, now: Moment) throws(SQLiteError) -> Bool {
        var columns: [(String, SQL.Value)] = []
        if let name = changes.name { columns.append(("name", name.sqlValue)) }
        if let password = changes.password {
            columns.append(("password", password.sqlValue))
            columns.append(("passwordlastchange", now.sqlValue))
        }
        if let quota = changes.quota { columns.append(("quota", quota.sqlValue)) }
        if let status = changes.status { columns.append(("active", status.sqlValue)) }
        if let language = changes.language { columns.append(("language", language.sqlValue)) }
        if let employeeID = changes.employeeID { columns.append(("employeeid", employeeID.sqlValue)) }
        guard !columns.isEmpty else { return false }
        try touch(address, columns, now: now)
        return true
    }

    /// The row counts as modified now, also when only rows of other tables changed.
    package func touch(_ address: MailAddress, now: Moment) throws(SQLiteError) {
        try touch(address, [], now: now)
    }

    private func touch(_ address: MailAddress, _ columns: [(String, SQL.Value)], now: Moment) throws(SQLiteError) {
        let assignments = (columns.map(\.0) + ["modified"]).map { "\($0) = ?" }.joined(separator: ", ")
        try vmail.change(
            SQL(
                trusted: "UPDATE mailbox SET \(assignments) WHERE username = ?",
                columns.map(\.1) + [now.sqlValue, address.sqlValue]))
    }

    /// How many mailboxes a domain has; counting stops at `limit`.
    package func count(in domain: DomainName, upTo limit: Int) throws(SQLiteError) -> Int {
        try vmail.number(
            "SELECT COUNT(*) FROM (SELECT 1 FROM mailbox WHERE domain = \(domain) LIMIT \(limit))")
    }

    /// Σ `quota` of a domain's mailboxes, MB, without the one named.
    package func quotaSum(in domain: DomainName, besides address: MailAddress) throws(SQLiteError) -> Int {
        try vmail.number(
            """
            SELECT COALESCE(SUM(quota), 0) FROM mailbox WHERE domain = \(domain) AND username <> \(address)
            """)
    }

    /// Whether the domain holds the mailbox of a global admin.
    package func hasGlobalAdmin(in domain: DomainName) throws(SQLiteError) -> Bool {
        try vmail.number("SELECT EXISTS (SELECT 1 FROM mailbox WHERE domain = \(domain) AND isglobaladmin = 1)") != 0
    }

    /// Hands over every column of one mailbox's row.
    /// - Returns: false when there is no such mailbox.
    package func withProfile(
        of address: MailAddress, _ body: (Row) throws(SQLiteError) -> Void
    ) throws(SQLiteError) -> Bool {
        try vmail.first(
            SQL(trusted: "SELECT \(profileColumns) FROM mailbox WHERE username = ?", [address.sqlValue]), body) != nil
    }
}

extension Store {
    package var mailboxes: MailboxStore { MailboxStore(vmail: vmail, profileColumns: mailboxColumns) }
}
