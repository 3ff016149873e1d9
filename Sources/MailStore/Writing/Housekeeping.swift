package import Mail
import SQLite

/// Removes what nobody needs any more, at start and daily: rows whose account no longer exists, from the files that are
/// not committed together with the accounts (a crash between two files may leave them, and so may Dovecot, which writes
/// on while a mailbox is deleted); iRedAPD's counters and triplets that have expired; addresses on no list; and names that were claimed and not proved in
/// time, with what was made under them.
///
/// It goes in pages, each a job of its own, so that nobody waits for the whole.
package struct Housekeeping: Sendable {
    private let now: Moment
    private let task: Int
    /// The last key that was looked at; empty at a task's beginning.
    private let after: String

    private static let pageSize = 500
    private static let tasks = leftovers + expired + claims

    /// From the beginning.
    package init(now: Moment) { self.init(now: now, task: 0, after: "") }

    private init(now: Moment, task: Int, after: String) {
        self.now = now
        self.task = task
        self.after = after
    }

    /// Looks at the next page of keys and removes what belongs to nobody.
    ///
    /// - Returns: for how many keys rows went, and what is still to be looked at; nil when all is done.
    package func step(in store: Store) throws -> (removed: Int, rest: Housekeeping?) {
        let page = try Self.tasks[task].step(store, after, now)
        if let last = page.last { return (page.removed, Housekeeping(now: now, task: task, after: last)) }
        let next = task + 1
        return (page.removed, next < Self.tasks.count ? Housekeeping(now: now, task: next, after: "") : nil)
    }

    /// What one page came to.
    private struct Page {
        let removed: Int
        /// After which key the next page begins; nil when this was the last.
        let last: String?
    }

    private struct Task: Sendable {
        let step: @Sendable (_ store: Store, _ after: String, _ now: Moment) throws -> Page

        init(step: @escaping @Sendable (_ store: Store, _ after: String, _ now: Moment) throws -> Page) {
            self.step = step
        }

        /// A table whose rows belong to accounts.
        ///
        /// - Parameters:
        ///   - query: selects the keys, up to `WHERE column`.
        ///   - exists: whether whatever a key names is there.
        init(
            in database: @escaping @Sendable (Store) -> Database, _ query: StaticString,
            exists: @escaping @Sendable (_ key: String, Store, _ now: Moment) throws -> Bool,
            remove: @escaping @Sendable (_ key: String, Store) throws -> Void
        ) {
            step = { store, after, now in
                let keys = try database(store).texts(
                    SQL(trusted: "\(query) > ? ORDER BY 1 LIMIT ?", [after.sqlValue, pageSize.sqlValue])
                )
                var removed = 0
                for key in keys where try !exists(key, store, now) {
                    try remove(key, store)
                    removed += 1
                }
                return Page(removed: removed, last: keys.count == pageSize ? keys.last : nil)
            }
        }

        /// A table with numbered rows of which some are of no use any more.
        ///
        /// - Parameters:
        ///   - condition: which; `?` stands for the seconds since 1970, once or not at all.
        init(in database: @escaping @Sendable (Store) -> Database, _ table: StaticString, where condition: StaticString)
        {
            let usesTime = condition.description.contains("?")
            step = { store, after, now in
                let database = database(store)
                let start = Int(after) ?? 0
                let end = try database.first(
                    SQL(
                        trusted: "SELECT id FROM \(table) WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?",
                        [start.sqlValue, (pageSize - 1).sqlValue])
                ) { $0.integer(0) }
                let values = [start.sqlValue, (end ?? .max).sqlValue] + (usesTime ? [now.epoch.sqlValue] : [])
                let these = "FROM \(table) WHERE id > ? AND id <= ? AND \(condition)"
                // A file in which nothing has expired is not locked.
                let count = try database.number(SQL(trusted: "SELECT COUNT(*) \(these)", values))
                if count > 0 { try database.change(SQL(trusted: "DELETE \(these)", values)) }
                return Page(removed: count, last: end.map(String.init))
            }
        }
    }

    private static let leftovers =
        usage("SELECT username FROM used_quota WHERE username", "used_quota", "username")
        + usage("SELECT username FROM last_login WHERE username", "last_login", "username")
        + usage("SELECT DISTINCT from_user FROM share_folder WHERE from_user", "share_folder", "from_user")
        + usage("SELECT DISTINCT to_user FROM share_folder WHERE to_user", "share_folder", "to_user")
        + usage("SELECT from_user FROM anyone_shares WHERE from_user", "anyone_shares", "from_user")
        + [
            policies({ $0.amavisd }, "SELECT email FROM users WHERE email"),
            policies({ $0.amavisd }, "SELECT policy_name FROM policy WHERE policy_name"),
            policies(
                { $0.iredapd },
                "SELECT DISTINCT account FROM throttle WHERE kind IN ('inbound', 'outbound') AND account"),
            policies({ $0.iredapd }, "SELECT DISTINCT account FROM greylisting WHERE account"),
            policies({ $0.iredapd }, "SELECT DISTINCT account FROM greylisting_whitelists WHERE account"),
            Task(
                in: { $0.api }, "SELECT DISTINCT admin FROM sessions WHERE admin",
                exists: { key, store, now in
                    try MailAddress(key).flatMap { try store.admins.find($0, now: now) } != nil
                },
                remove: { key, store in try store.api.change("DELETE FROM sessions WHERE admin = \(key)") }),
        ]

    private static let expired = [
        Task(in: { $0.iredapd }, "throttle_tracking", where: "init_time + period < ?"),
        Task(in: { $0.iredapd }, "greylisting_tracking", where: "record_expired < ?"),
        Task(
            in: { $0.amavisd }, "mailaddr",
            where: """
                NOT EXISTS (SELECT 1 FROM wblist WHERE wblist.sid = mailaddr.id)
                AND NOT EXISTS (SELECT 1 FROM outbound_wblist WHERE outbound_wblist.rid = mailaddr.id)
                """),
    ]

    /// Names that were claimed and not proved in time, and proofs of what is not here any more.
    private static let claims = [
        Task { store, _, now in
            let removed = try store.dropExpiredClaims(now: now, atMost: claimsAtOnce)
            // No place to go on from: what was removed does not come again.
            return Page(removed: removed, last: removed == claimsAtOnce ? "more" : nil)
        },
        Task(
            in: { $0.vmail }, "domain_ownership",
            where: """
                verified = 1 AND expire > 0 AND expire < ?
                AND NOT EXISTS (SELECT 1 FROM domain
                                 WHERE domain.domain = domain_ownership.domain AND domain_ownership.alias_domain = '')
                AND NOT EXISTS (SELECT 1 FROM alias_domain AS alias
                                 WHERE alias.alias_domain = domain_ownership.alias_domain)
                """),
    ]

    private static let claimsAtOnce = 10

    private static func usage(_ query: StaticString, _ table: StaticString, _ column: StaticString) -> [Task] {
        [
            Task(
                in: { $0.usage }, query,
                exists: { key, store, _ in try MailAddress(key).flatMap { try store.mailboxes.find($0) } != nil },
                remove: { key, store in
                    _ = try store.usage.change(SQL(trusted: "DELETE FROM \(table) WHERE \(column) = ?", [key.sqlValue]))
                })
        ]
    }

    private static func policies(_ database: @escaping @Sendable (Store) -> Database, _ query: StaticString) -> Task {
        Task(
            in: database, query, exists: { key, store, _ in try store.hasScope(key) },
            remove: { try $1.policies.removeKey($0) })
    }
}

extension Store {
    /// Whether a key of the policy tables names something that is here: an account, a domain, or no account at all
    /// (everybody, an IP address, a wildcard), which is none of ours to judge. A domain that waits for its proof is not.
    fileprivate func hasScope(_ key: String) throws -> Bool {
        if key.hasPrefix("@") {
            guard let domain = DomainName(key.drop { $0 == "@" || $0 == "." }) else { return true }
            return try domains.isTaken(domain) && !domains.isWaiting(domain)
        }
        guard let address = MailAddress(key) else { return true }
        return try forwardings.isTaken(address) && !domains.isWaiting(address.domain)
    }
}
