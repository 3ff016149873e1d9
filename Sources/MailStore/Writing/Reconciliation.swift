import Mail
import SQLite

/// Removes rows whose account no longer exists from the files that are not committed together with the accounts: a
/// crash between two files may leave them, and so may Dovecot, which writes on while a mailbox is deleted.
///
/// It goes in pages, each a job of its own, so that nobody waits for the whole.
package struct Reconciliation: Sendable {
    private let source: Int
    private let after: String

    private static let pageSize = 500

    /// From the beginning.
    package init() { self.init(source: 0, after: "") }

    private init(source: Int, after: String) {
        self.source = source
        self.after = after
    }

    /// Looks at the next page of keys and removes what belongs to nobody.
    ///
    /// - Returns: how many accounts' rows went, and what is still to be looked at; nil when all is done.
    package func step(in store: Store) throws -> (removed: Int, rest: Reconciliation?) {
        let source = Source.all[source]
        let keys = try source.keys(store, after: after, limit: Self.pageSize)
        var removed = 0
        for key in keys where try !source.exists(key, store) {
            try source.remove(key, store)
            removed += 1
        }
        if keys.count == Self.pageSize, let last = keys.last {
            return (removed, Reconciliation(source: self.source, after: last))
        }
        let next = self.source + 1
        return (removed, next < Source.all.count ? Reconciliation(source: next, after: "") : nil)
    }

    /// One table whose rows belong to accounts.
    private struct Source: Sendable {
        let database: @Sendable (Store) -> Database
        let query: StaticString
        let exists: @Sendable (_ key: String, Store) throws -> Bool
        let remove: @Sendable (_ key: String, Store) throws -> Void

        func keys(_ store: Store, after: String, limit: Int) throws(SQLiteError) -> [String] {
            try database(store).all(
                SQL(trusted: "\(query) > ? ORDER BY 1 LIMIT ?", [after.sqlValue, limit.sqlValue])
            ) { (row) throws(SQLiteError) in row.text(0) }
        }

        static let all =
            usage("SELECT username FROM used_quota WHERE username", "used_quota", "username")
            + usage("SELECT username FROM last_login WHERE username", "last_login", "username")
            + usage("SELECT DISTINCT from_user FROM share_folder WHERE from_user", "share_folder", "from_user")
            + usage("SELECT DISTINCT to_user FROM share_folder WHERE to_user", "share_folder", "to_user")
            + usage("SELECT from_user FROM anyone_shares WHERE from_user", "anyone_shares", "from_user")
            + [
                Source(
                    database: { $0.amavisd }, query: "SELECT email FROM users WHERE email",
                    exists: { try $1.hasScope($0) }, remove: { try $1.policies.removeKey($0) }),
                Source(
                    database: { $0.iredapd },
                    query: "SELECT DISTINCT account FROM throttle WHERE kind IN ('inbound', 'outbound') AND account",
                    exists: { try $1.hasScope($0) }, remove: { try $1.policies.removeKey($0) }),
                Source(
                    database: { $0.iredapd }, query: "SELECT DISTINCT account FROM greylisting WHERE account",
                    exists: { try $1.hasScope($0) }, remove: { try $1.policies.removeKey($0) }),
                Source(
                    database: { $0.iredapd }, query: "SELECT DISTINCT account FROM greylisting_whitelists WHERE account",
                    exists: { try $1.hasScope($0) }, remove: { try $1.policies.removeKey($0) }),
                Source(
                    database: { $0.api }, query: "SELECT DISTINCT admin FROM sessions WHERE admin",
                    exists: { key, store in try MailAddress(key).flatMap { try store.admins.find($0) } != nil },
                    remove: { key, store in try store.api.change("DELETE FROM sessions WHERE admin = \(key)") }),
            ]

        private static func usage(_ query: StaticString, _ table: StaticString, _ column: StaticString) -> [Source] {
            let change = { @Sendable (key: String, store: Store) in
                _ = try store.usage.change(
                    SQL(trusted: "DELETE FROM \(table) WHERE \(column) = ?", [key.sqlValue]))
            }
            return [
                Source(
                    database: { $0.usage }, query: query,
                    exists: { key, store in try MailAddress(key).flatMap { try store.mailboxes.find($0) } != nil },
                    remove: change)
            ]
        }
    }
}

extension Store {
    /// Whether a key of the policy tables names something that is here: an account, a domain, or no account at all
    /// (everybody, an IP address, a wildcard), which is none of ours to judge.
    fileprivate func hasScope(_ key: String) throws -> Bool {
        if key.hasPrefix("@") {
            guard let domain = DomainName(key.drop { $0 == "@" || $0 == "." }) else { return true }
            return try domains.isTaken(domain)
        }
        guard let address = MailAddress(key) else { return true }
        return try forwardings.isTaken(address)
    }
}
