package import Mail
import Storage

/// Removes what nobody needs any more, at start and daily: rows whose account no longer exists, from the files that are
/// not committed together with the accounts (a crash between two files may leave them, and so may Dovecot, which writes
/// on while a mailbox is deleted); iRedAPD's counters and triplets that have expired; addresses on no list; and names
/// that were claimed and not proved in time, with what was made under them.
///
/// It goes in pages, each a job of its own, so that nobody waits for the whole.
package struct Housekeeping: Sendable {
    private let now: Moment
    private let task: Int
    /// The last key that was looked at; empty at a task's beginning.
    private let after: String

    private static let pageSize = 500
    /// How many names a page has at a server, which is asked for all of them at once.
    private static let askedAtOnce = 100
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
    private struct PageResult {
        let removed: Int
        /// After which key the next page begins; nil when this was the last.
        let last: String?
    }

    private struct Task: Sendable {
        let step: @Sendable (_ store: Store, _ after: String, _ now: Moment) throws -> PageResult

        init(step: @escaping @Sendable (_ store: Store, _ after: String, _ now: Moment) throws -> PageResult) {
            self.step = step
        }

        /// A column whose rows are somebody's.
        ///
        /// - Parameters:
        ///   - announce: announces what `exists` reads of an address first.
        ///   - exists: whether whomever a name means is there.
        ///   - remove: returns how many rows went.
        init(
            _ column: OwnedColumn,
            announce: @escaping @Sendable (_ address: MailAddress, Store, _ now: Moment) -> Void,
            exists: @escaping @Sendable (_ name: String, Store, _ now: Moment) throws -> Bool,
            remove: @escaping @Sendable (_ name: String, Store) throws -> Int
        ) {
            let query = column.query
            step = { store, after, now in
                let database = store.database(of: column.file)
                let size = store.isShared ? askedAtOnce : pageSize
                let names = try database.texts(SQL(trusted: query, [after.sqlValue, size.sqlValue]))
                for address in store.isShared ? names.compactMap({ MailAddress($0) }) : [] {
                    announce(address, store, now)
                }
                var removed = 0
                for name in names where try !exists(name, store, now) {
                    if try remove(name, store) > 0 { removed += 1 }
                }
                // What another program has written as a blob, or not in UTF-8, comes before and after itself: the page does
                // not move on from it. A server has such only among amavisd's addresses, and else perhaps another order.
                let moves =
                    database.isShared && !column.isOfBytes
                    || after.utf8.lexicographicallyPrecedes((names.last ?? "").utf8)
                return PageResult(removed: removed, last: moves && names.count == size ? names.last : nil)
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
                // A server takes the parameter for the type of `id`, which is short in iRedMail's tables.
                let these = "FROM \(table) WHERE id > ? AND id <= CAST(? AS BIGINT) AND \(condition)"
                // A file in which nothing has expired is not locked.
                let count = try database.number(SQL(trusted: "SELECT COUNT(*) \(these)", values))
                if count > 0 { try database.change(SQL(trusted: "DELETE \(these)", values)) }
                return PageResult(removed: count, last: end.map(String.init))
            }
        }
    }

    /// A column that says whose its row is, in a file that is not committed together with the accounts.
    struct OwnedColumn: Sendable {
        let file: StoreFile
        let table: String
        let reference: Reference

        /// As the tables declare them.
        static let all = [StoreFile.usage, .amavisd, .iredapd, .api].flatMap { file in
            Schema.references(for: file).flatMap { table in
                table.columns.filter(\.isOwner).map { OwnedColumn(file: file, table: table.table, reference: $0) }
            }
        }

        /// The next page of names; binds the last one of the page before, and how many.
        var query: String {
            """
            SELECT DISTINCT \(reference.column) FROM \(table)
             WHERE \(condition(reference.column)) > ?
             ORDER BY 1
             LIMIT ?
            """
        }

        /// Whether a server has bytes there, and not text.
        var isOfBytes: Bool { file == .amavisd && reference.column == "email" }

        /// Removes the rows of one name.
        var deletion: String { "DELETE FROM \(table) WHERE \(condition(reference.column)) = ?" }

        private func condition(_ last: String) -> String {
            ([reference.condition, reference.leftovers].compactMap { $0?.sql } + [last]).joined(separator: " AND ")
        }
    }

    private static let leftovers = OwnedColumn.all.map { column in
        let names = column.reference.names
        if names.contains(.domainKey) {
            // What hangs on the row goes, too, and what other tables say under the same key.
            return Task(
                column, announce: { address, store, _ in store.announceUse(of: address) },
                exists: { key, store, _ in try store.hasScope(key) },
                remove: { key, store in
                    try store.policies.removeKey(key)
                    return 1
                })
        }
        let isAdmin = names.contains(.admin)
        let deletion = column.deletion
        return Task(
            column,
            announce: { address, store, now in
                isAdmin ? store.admins.announce(address, now: now) : store.mailboxes.announce(address)
            },
            exists: { name, store, now in
                guard let address = MailAddress(name) else { return false }
                return isAdmin
                    ? try store.admins.find(address, now: now) != nil : try store.mailboxes.find(address) != nil
            },
            remove: { name, store in
                try store.database(of: column.file).changedRows(SQL(trusted: deletion, [name.sqlValue]))
            })
    }

    private static let expired = [
        Task(in: { $0.iredapd }, "throttle_tracking", where: "init_time < ? - period"),
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
            return PageResult(removed: removed, last: removed == claimsAtOnce ? "more" : nil)
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
}

extension Reference {
    /// Whether the row is of no use without whom this column names.
    var isOwner: Bool {
        if names.contains(where: { if case .domainOf = $0 { true } else { false } }) { return false }
        return role == .belongs || role == .link
    }
}

extension Store {
    fileprivate func database(of file: StoreFile) -> Database {
        switch file {
        case .vmail: vmail
        case .amavisd: amavisd
        case .iredapd: iredapd
        case .usage: usage
        case .api: api
        }
    }
}

extension Store {
    /// Whether a key of the policy tables names something that is here: an account, a domain, or no account at all
    /// (everybody, an IP address, a wildcard), which is none of ours to judge. A domain that waits for its proof is
    /// not.
    fileprivate func hasScope(_ key: String) throws -> Bool {
        if key.hasPrefix("@") {
            guard let domain = DomainName(key.drop { $0 == "@" || $0 == "." }) else { return true }
            return try domains.isTaken(domain) && !domains.isWaiting(domain)
        }
        guard let address = MailAddress(key) else { return true }
        return try use(of: address).isTaken && !domains.isWaiting(address.domain)
    }
}
