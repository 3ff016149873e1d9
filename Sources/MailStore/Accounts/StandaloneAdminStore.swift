package import Mail
package import Storage

/// A standalone admin, active or not: a row of `admin`. `Contract.md` 3.1.
package struct StandaloneAdminRow: Sendable {
    package let username: MailAddress
    package let status: AccountStatus
    package let isGlobal: Bool
    /// The admin's limits, among others: `Contract.md` 1.2.
    package let settings: AccountSettings
}

/// What is to be written of a standalone admin. Nil leaves a column as it is; in a new row it gets its default.
package struct StandaloneAdminChanges: Sendable {
    package var name: String?
    /// The hash as stored.
    package var password: String?
    package var status: AccountStatus?
    package var language: String?
    package var settings: AccountSettings?

    package init() {}

    package var isEmpty: Bool {
        name == nil && password == nil && status == nil && language == nil && settings == nil
    }
}

/// The table `admin`, and the rows of `domain_admins` for the admins in it.
package struct StandaloneAdminStore {
    let vmail: Database
    let profileColumns: String

    package func find(_ username: MailAddress) throws -> StandaloneAdminRow? {
        try vmail.first(
            """
            SELECT active, settings,
                   EXISTS (SELECT 1 FROM domain_admins
                            WHERE domain_admins.username = admin.username AND domain = 'ALL') AS isglobal
              FROM admin
             WHERE username = \(username)
            """
        ) { row in
            StandaloneAdminRow(
                username: username, status: try row.status("active"), isGlobal: try row.integer("isglobal") != 0,
                settings: AccountSettings(stored: try row.text("settings")))
        }
    }

    /// The stored hash of an admin, active or not; nil when there is no such admin.
    package func password(of username: MailAddress) throws -> String? {
        try vmail.text("SELECT password FROM admin WHERE username = \(username)")
    }

    /// - Throws: `StoreError` of the kind `constraint` when there is one of that name.
    package func insert(_ username: MailAddress, _ values: StandaloneAdminChanges, now: Moment) throws {
        try vmail.change("INSERT INTO admin (username, created) VALUES (\(username), \(now))")
        try write(values.columns(now: now), to: username)
    }

    package func update(_ username: MailAddress, _ changes: StandaloneAdminChanges, now: Moment) throws {
        try write(changes.columns(now: now) + [("modified", now.sqlValue)], to: username)
    }

    private func write(_ columns: [(name: String, value: SQL.Value)], to username: MailAddress) throws {
        guard !columns.isEmpty else { return }
        try vmail.change(
            SQL(
                trusted: """
                    UPDATE admin SET \(columns.map { "\($0.name) = ?" }.joined(separator: ", ")) WHERE username = ?
                    """,
                columns.map(\.value) + [username.sqlValue]))
    }

    /// Makes the admin a global admin, and takes the rights over single domains away; or takes back that they are
    /// global.
    package func setGlobal(_ username: MailAddress, _ isGlobal: Bool, now: Moment) throws {
        guard isGlobal else {
            try vmail.change("DELETE FROM domain_admins WHERE username = \(username) AND domain = 'ALL'")
            return
        }
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username) AND domain <> 'ALL'")
        try vmail.change(
            """
            INSERT INTO domain_admins (username, domain, created, active) VALUES (\(username), 'ALL', \(now), 1)
            ON CONFLICT (username, domain) DO UPDATE SET active = 1
            """)
    }

    /// Deletes an admin with their rights, claims and proofs, but not their sessions.
    package func delete(_ username: MailAddress) throws {
        try vmail.change("DELETE FROM admin WHERE username = \(username)")
        try vmail.change("DELETE FROM domain_admins WHERE username = \(username)")
        try OwnershipStore(vmail: vmail).removeAll(of: username)
    }

    /// Calls `body` with every column of the row.
    /// - Returns: false when there is no such admin.
    package func withProfile(of username: MailAddress, _ body: (Row) throws -> Void) throws -> Bool {
        try vmail.first(
            SQL(trusted: "SELECT \(profileColumns) FROM admin WHERE username = ?", [username.sqlValue]), body)
            != nil
    }
}

extension StandaloneAdminChanges {
    fileprivate func columns(now: Moment) -> [(name: String, value: SQL.Value)] {
        var columns: [(name: String, value: SQL.Value)] = []
        if let name { columns.append(("name", name.sqlValue)) }
        if let password {
            columns.append(("password", password.sqlValue))
            columns.append(("passwordlastchange", now.sqlValue))
        }
        if let status { columns.append(("active", status.sqlValue)) }
        if let language { columns.append(("language", language.sqlValue)) }
        if let settings { columns.append(("settings", settings.sqlValue)) }
        return columns
    }
}

extension Store {
    package var standaloneAdmins: StandaloneAdminStore {
        StandaloneAdminStore(vmail: vmail, profileColumns: adminColumns)
    }
}
