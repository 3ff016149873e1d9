package import Mail
import Storage

/// Copies of mail, and the next hop of a sender: the tables `sender_bcc_…`, `recipient_bcc_…` and `sender_relayhost`.
package struct RoutingStore {
    let vmail: Database

    /// Which mail is copied: what the account or domain sends, or what it receives.
    package enum Direction: String, Sendable { case sender, recipient }

    /// Deletes the copies and the next hop of an address that an account is about to get by a new name. In a domain
    /// that does not wait they can only be left over from an account that is gone: they would copy mail to a stranger.
    func deleteAll(of address: MailAddress) throws {
        for table: StaticString in ["sender_bcc_user", "recipient_bcc_user"] {
            try vmail.change("DELETE FROM \(name: table) WHERE username = \(address)")
        }
        try vmail.change("DELETE FROM sender_relayhost WHERE account = \(address)")
    }

    /// The address that gets the copies; nil for none.
    package func bcc(of domain: DomainName, _ direction: Direction) throws -> String? {
        try text("SELECT bcc_address FROM \(direction.rawValue)_bcc_domain WHERE domain = ?", domain.sqlValue)
    }

    package func bcc(of mailbox: MailAddress, _ direction: Direction) throws -> String? {
        try text("SELECT bcc_address FROM \(direction.rawValue)_bcc_user WHERE username = ?", mailbox.sqlValue)
    }

    /// - Parameter address: nil deletes the row. To switch it off has no effect, because Postfix does not look at
    ///   `active`.
    package func setBcc(of domain: DomainName, _ direction: Direction, to address: MailAddress?, now: Moment) throws {
        guard let address else {
            try vmail.change(
                SQL(trusted: "DELETE FROM \(direction.rawValue)_bcc_domain WHERE domain = ?", [domain.sqlValue]))
            return
        }
        try vmail.change(
            SQL(
                trusted: """
                    INSERT INTO \(direction.rawValue)_bcc_domain (domain, bcc_address, created, active)
                    VALUES (?, ?, ?, 1)
                    ON CONFLICT (domain) DO UPDATE SET bcc_address = excluded.bcc_address, active = 1, modified = ?
                    """,
                [domain.sqlValue, address.sqlValue, now.sqlValue, now.sqlValue]))
    }

    /// - Parameter address: nil deletes the row.
    package func setBcc(of mailbox: MailAddress, _ direction: Direction, to address: MailAddress?, now: Moment) throws {
        let table = "\(direction.rawValue)_bcc_user"
        guard let address else {
            try vmail.change(SQL(trusted: "DELETE FROM \(table) WHERE username = ?", [mailbox.sqlValue]))
            return
        }
        try vmail.change(
            SQL(
                trusted: """
                    INSERT INTO \(table) (username, bcc_address, domain, created, active) VALUES (?, ?, ?, ?, 1)
                    ON CONFLICT (username) DO UPDATE SET bcc_address = excluded.bcc_address, active = 1, modified = ?
                    """,
                [mailbox.sqlValue, address.sqlValue, mailbox.domain.sqlValue, now.sqlValue, now.sqlValue]))
    }

    /// The next hop of mail that the domain sends; nil for none.
    package func relayhost(of domain: DomainName) throws -> String? {
        try text("SELECT relayhost FROM sender_relayhost WHERE account = ?", ("@" + domain.text).sqlValue)
    }

    package func relayhost(of mailbox: MailAddress) throws -> String? {
        try text("SELECT relayhost FROM sender_relayhost WHERE account = ?", mailbox.sqlValue)
    }

    /// - Parameters:
    ///   - account: an address, or `@example.com` for a domain.
    ///   - relayhost: a next hop without a transport (`Contract.md` 5.4); nil deletes the row.
    package func setRelayhost(of account: String, to relayhost: String?) throws {
        guard let relayhost else {
            try vmail.change("DELETE FROM sender_relayhost WHERE account = \(account)")
            return
        }
        try vmail.change(
            """
            INSERT INTO sender_relayhost (account, relayhost) VALUES (\(account), \(relayhost))
            ON CONFLICT (account) DO UPDATE SET relayhost = excluded.relayhost
            """)
    }

    private func text(_ trusted: String, _ key: SQL.Value) throws -> String? {
        try vmail.text(SQL(trusted: trusted, [key]))
    }
}

extension Store {
    package var routing: RoutingStore { RoutingStore(vmail: vmail) }
}
