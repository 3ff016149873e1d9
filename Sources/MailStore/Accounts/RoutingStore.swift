package import Mail
package import SQLite

/// Copies and sender relays: `sender_bcc_…`, `recipient_bcc_…`, `sender_relayhost`.
package struct RoutingStore {
    let vmail: Database

    package enum Direction: String, Sendable { case sender, recipient }

    /// The address that gets a copy of the domain's mail; nil when none.
    package func bcc(of domain: DomainName, _ direction: Direction) throws(SQLiteError) -> String? {
        try text("SELECT bcc_address FROM \(direction.rawValue)_bcc_domain WHERE domain = ?", domain.sqlValue)
    }

    package func bcc(of mailbox: MailAddress, _ direction: Direction) throws(SQLiteError) -> String? {
        try text("SELECT bcc_address FROM \(direction.rawValue)_bcc_user WHERE username = ?", mailbox.sqlValue)
    }

    package func setBcc(
        of domain: DomainName, _ direction: Direction, to address: MailAddress, now: Moment
    ) throws(SQLiteError) {
        try vmail.change(
            SQL(
                trusted: """
                    INSERT INTO \(direction.rawValue)_bcc_domain (domain, bcc_address, created, active)
                    VALUES (?, ?, ?, 1)
                    ON CONFLICT (domain) DO UPDATE SET bcc_address = excluded.bcc_address, active = 1, modified = ?
                    """,
                [domain.sqlValue, address.sqlValue, now.sqlValue, now.sqlValue]))
    }

    /// The next hop for mail from the whole domain; nil when none.
    package func relayhost(of domain: DomainName) throws(SQLiteError) -> String? {
        try text("SELECT relayhost FROM sender_relayhost WHERE account = ?", ("@" + domain.text).sqlValue)
    }

    package func relayhost(of mailbox: MailAddress) throws(SQLiteError) -> String? {
        try text("SELECT relayhost FROM sender_relayhost WHERE account = ?", mailbox.sqlValue)
    }

    private func text(_ trusted: String, _ key: SQL.Value) throws(SQLiteError) -> String? {
        try vmail.first(SQL(trusted: trusted, [key])) { (row) throws(SQLiteError) in row.text(0) }
    }
}

extension Store {
    package var routing: RoutingStore { RoutingStore(vmail: vmail) }
}
