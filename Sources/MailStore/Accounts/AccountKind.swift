package import Mail
import SQLite

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

    /// The column of `domain_totals` that counts them.
    fileprivate var total: String {
        switch self {
        case .mailbox: "mailboxes"
        case .alias: "aliases"
        case .list: "maillists"
        }
    }

    /// The column of its address.
    fileprivate var key: String { self == .mailbox ? "account.username" : "account.address" }
}

/// Some of a domain's accounts of one kind.
package struct AccountSelection: Sendable {
    fileprivate let query: String
    fileprivate let key: String
    fileprivate let values: [SQL.Value]
    fileprivate let page: Page
    /// Many others may lie between two that follow each other.
    let isSparse: Bool

    package init(_ kind: AccountKind, in domain: DomainName, disabledOnly: Bool, page: Page) {
        key = kind.key
        query = """
            SELECT \(key) FROM \(kind.rows) AND account.domain = ? \(disabledOnly ? "AND account.active = 0" : "")
            """
        values = [domain.sqlValue]
        self.page = page
        isSparse = disabledOnly
    }
}

/// Lists and counts of accounts over several tables.
package struct AccountStore {
    let vmail: Database

    /// Whether it is a mailbox, an alias or a mailing list.
    package func exists(_ address: MailAddress) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
                OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
            """)
    }

    /// Addresses in ascending order; a long list may go over several snapshots (`Database.forEachKey`).
    package func forEachAddress(_ selection: AccountSelection, _ body: (MailAddress) throws -> Void) throws {
        try vmail.forEachKey(selection.query, selection.key, selection.values, selection.page) { key in
            if let address = MailAddress(key) { try body(address) }
        }
    }

    /// Several addresses at a time, which `body` may read from one snapshot.
    func forEachKeys(_ selection: AccountSelection, atOnce: Int, _ body: ([String]) throws -> Void) throws {
        try vmail.forEachKeys(
            selection.query, selection.key, selection.values, selection.page, atOnce: atOnce, body)
    }

    /// The last address of the selection's page, if more follow.
    package func lastAddress(_ selection: AccountSelection) throws -> String? {
        try selection.page.last(selection.query, selection.key, selection.values, in: vmail)
    }

    /// How many a domain has.
    package func count(_ kind: AccountKind, in domain: DomainName) throws -> Int {
        try vmail.number(
            SQL(
                trusted: "SELECT COALESCE(SUM(\(kind.total)), 0) FROM domain_totals WHERE domain = ?",
                [domain.sqlValue]))
    }

    /// How many all the domains of an admin have.
    package func count(_ kind: AccountKind, managedBy username: MailAddress) throws -> Int {
        try vmail.number(
            SQL(
                trusted: """
                    SELECT COALESCE(SUM(\(kind.total)), 0)
                      FROM domain_admins CROSS JOIN domain_totals ON domain_totals.domain = domain_admins.domain
                     WHERE domain_admins.username = ? AND domain_admins.active = 1
                    """,
                [username.sqlValue]))
    }
}

extension Store {
    package var accounts: AccountStore { AccountStore(vmail: vmail) }
}
