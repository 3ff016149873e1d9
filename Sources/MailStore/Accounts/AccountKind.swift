package import Mail
package import SQLite

/// The kinds of accounts that limits count.
package enum AccountKind: Sendable {
    case mailbox, alias, list

    /// The rows of that kind; an alias row that only accompanies a mailing list is none.
    fileprivate var rows: String {
        switch self {
        case .mailbox: "mailbox AS account WHERE 1"
        case .alias:
            "alias AS account WHERE NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = account.address)"
        case .list: "maillists AS account WHERE 1"
        }
    }
}

/// Counts of accounts over several tables.
package struct AccountCounts {
    let vmail: Database

    /// How many a domain has; counting stops at `limit`.
    package func count(_ kind: AccountKind, in domain: DomainName, upTo limit: Int) throws(SQLiteError) -> Int {
        try vmail.number(
            SQL(
                trusted: "SELECT COUNT(*) FROM (SELECT 1 FROM \(kind.rows) AND account.domain = ? LIMIT ?)",
                [domain.sqlValue, limit.sqlValue]))
    }

    /// How many all the domains of an admin have; counting stops at `limit`.
    package func count(
        _ kind: AccountKind, managedBy username: MailAddress, upTo limit: Int
    ) throws(SQLiteError) -> Int {
        try vmail.number(
            SQL(
                trusted: """
                    SELECT COUNT(*) FROM (
                        SELECT 1 FROM \(kind.rows)
                           AND account.domain IN (SELECT domain FROM domain_admins WHERE username = ? AND active = 1)
                         LIMIT ?)
                    """,
                [username.sqlValue, limit.sqlValue]))
    }
}

extension Store {
    package var accounts: AccountCounts { AccountCounts(vmail: vmail) }
}
