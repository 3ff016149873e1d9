package import Mail
import Storage

/// The kinds of accounts that limits count.
package enum AccountKind: Sendable {
    case mailbox, alias
    /// Of either kind.
    case list
    case subscribableList

    /// The rest of a SELECT after `FROM`. The row of `alias` beside a mailing list is no alias.
    fileprivate var rows: String {
        switch self {
        case .mailbox: "mailbox AS account WHERE TRUE"
        case .alias:
            "alias AS account WHERE NOT EXISTS (SELECT 1 FROM maillists WHERE maillists.address = account.address)"
        case .list: "maillists AS account WHERE TRUE"
        case .subscribableList: "maillists AS account WHERE \(SubscribableListStore.isMlmmj)"
        }
    }

    /// The column of `domain_totals` that counts them.
    fileprivate var total: String {
        switch self {
        case .mailbox: "mailboxes"
        case .alias: "aliases"
        case .list, .subscribableList: "maillists"
        }
    }

    /// The column of the address.
    fileprivate var key: String { self == .mailbox ? "account.username" : "account.address" }
}

/// Some of a domain's accounts of one kind.
package struct AccountSelection: Sendable {
    fileprivate let query: String
    fileprivate let key: String
    fileprivate let values: [SQL.Value]
    fileprivate let page: Page
    /// Whether there may be many other accounts between two that are selected.
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

/// Lists and counts of the accounts of any kind.
package struct AccountStore {
    let vmail: Database

    /// Whether the address is that of a mailbox, an alias or a mailing list.
    package func exists(_ address: MailAddress) throws -> Bool {
        try vmail.exists(
            """
            SELECT EXISTS (SELECT 1 FROM mailbox WHERE username = \(address))
                OR EXISTS (SELECT 1 FROM alias WHERE address = \(address))
                OR EXISTS (SELECT 1 FROM maillists WHERE address = \(address))
            """)
    }

    /// Calls `body` for each address, ascending. A long list may be read from several snapshots: `Security.md` F3.
    package func forEachAddress(_ selection: AccountSelection, _ body: (MailAddress) throws -> Void) throws {
        try vmail.forEachKey(selection.query, selection.key, selection.values, selection.page) { key in
            if let address = MailAddress(key) { try body(address) }
        }
    }

    /// The same with up to `atOnce` addresses at a time; `body` reads what belongs to them from one snapshot.
    func forEachKeys(_ selection: AccountSelection, atOnce: Int, _ body: ([String]) throws -> Void) throws {
        try vmail.forEachKeys(
            selection.query, selection.key, selection.values, selection.page, atOnce: atOnce, body)
    }

    /// The last address of the selection's page; nil when none follows it.
    package func lastAddress(_ selection: AccountSelection) throws -> String? {
        try selection.page.last(selection.query, selection.key, selection.values, in: vmail)
    }

    /// How many accounts of a kind a domain has.
    package func count(_ kind: AccountKind, in domain: DomainName) throws -> Int {
        try vmail.number(
            SQL(
                trusted: "SELECT COALESCE(SUM(\(kind.total)), 0) FROM domain_totals WHERE domain = ?",
                [domain.sqlValue]))
    }

    /// How many accounts of a kind all domains of a normal admin have together.
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
