package import Mail
import Storage

/// Which mail a throttle counts: what an account receives, or what it sends.
package enum ThrottleKind: String, CaseIterable, Sendable {
    case inbound, outbound

    /// Every word that a row may have: iRedAPD knows a third kind, about senders who do not log in.
    package static let stored = allCases.map(\.rawValue) + ["external"]
}

/// The limits of a throttle. The raw values are the names of the parameters and of the columns.
package enum ThrottleLimit: String, CaseIterable, Sendable {
    /// Bytes of one message.
    case messageSize = "msg_size"
    /// Messages in one period, counted per recipient.
    case messages = "max_msgs"
    /// Bytes in one period.
    case quota = "max_quota"
    /// Recipients of one message.
    case recipients = "max_rcpts"

    /// -1 leaves it to the next scope, 0 is no limit.
    package static let values = -1...Int.max
}

/// The throttle of one scope, for one kind of mail.
package struct ThrottleRow: Sendable {
    /// The key as stored; it may be no `Scope`.
    package let account: String
    /// iRedAPD's priority; the larger wins.
    package let priority: Int
    /// In seconds. iRedAPD ignores a row with 0.
    package let period: Int
    /// Of `period`, as iRedAPD's own schema has it.
    package static let periods = 0...4_294_967_295
    /// -1 leaves the limit to the next scope, 0 is no limit.
    package let limits: [ThrottleLimit: Int]

    fileprivate init(_ row: Row) throws {
        account = try row.text("account")
        priority = try row.integer("priority")
        period = try row.integer("period")
        var limits: [ThrottleLimit: Int] = [:]
        for limit in ThrottleLimit.allCases { limits[limit] = try row.integer(limit.rawValue) }
        self.limits = limits
    }

    private init(of row: ThrottleRow, _ limits: [ThrottleLimit: Int]) {
        account = row.account
        priority = row.priority
        period = row.period
        self.limits = limits
    }

    /// A copy that leaves the other limits to the next scope; nil when no limit is left.
    func withOnly(_ isKept: (ThrottleLimit) -> Bool) -> ThrottleRow? {
        let limits = limits.filter { isKept($0.key) && $0.value >= 0 }
        return limits.isEmpty ? nil : ThrottleRow(of: self, limits)
    }
}

/// iRedAPD's table `throttle`, with its counters in `throttle_tracking`: `Contract.md` 14.
package struct ThrottleStore {
    let iredapd: Database

    private static let columns =
        (["account", "priority", "period"] + ThrottleLimit.allCases.map(\.rawValue)).joined(separator: ", ")

    /// The scope's own throttle; nil when there is none.
    package func find(_ scope: Scope, _ kind: ThrottleKind) throws -> ThrottleRow? {
        try all([scope.key], kind).first
    }

    /// The throttles of some keys, in the order in which iRedAPD reads them.
    package func all(_ keys: [String], _ kind: ThrottleKind) throws -> [ThrottleRow] {
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        return try iredapd.all(
            SQL(
                trusted: """
                    SELECT \(Self.columns)
                      FROM throttle
                     WHERE kind = ? AND account IN (\(places))
                     ORDER BY priority DESC
                    """,
                [kind.rawValue.sqlValue] + keys.map(\.sqlValue)),
            ThrottleRow.init)
    }

    /// Replaces the scope's throttle. The row keeps its id, because the counters belong to that.
    ///
    /// - Parameters:
    ///   - period: in seconds, above 0.
    ///   - limits: what is missing becomes -1, except that `recipients` stays as it is.
    package func write(_ scope: Scope, _ kind: ThrottleKind, period: Int, limits: [ThrottleLimit: Int]) throws {
        try iredapd.change(
            """
            INSERT INTO throttle (account, kind, priority, period, msg_size, max_msgs, max_quota, max_rcpts)
            VALUES (\(scope.key), \(kind.rawValue), \(scope.iredapdPriority), \(period), \(limits[.messageSize] ?? -1),
                    \(limits[.messages] ?? -1), \(limits[.quota] ?? -1), \(limits[.recipients] ?? -1))
            ON CONFLICT (account, kind) DO UPDATE
               SET priority = excluded.priority, period = excluded.period, msg_size = excluded.msg_size,
                   max_msgs = excluded.max_msgs, max_quota = excluded.max_quota,
                   max_rcpts = COALESCE(\(limits[.recipients]), throttle.max_rcpts)
            """)
    }

    /// Deletes the scope's throttle and its counters.
    /// - Returns: false when there was none.
    package func remove(_ scope: Scope, _ kind: ThrottleKind) throws -> Bool {
        guard try find(scope, kind) != nil else { return false }
        try iredapd.change(
            """
            DELETE FROM throttle_tracking
             WHERE tid IN (SELECT id FROM throttle WHERE account = \(scope.key) AND kind = \(kind.rawValue))
            """)
        try iredapd.change("DELETE FROM throttle WHERE account = \(scope.key) AND kind = \(kind.rawValue)")
        return true
    }
}

extension Store {
    package var throttles: ThrottleStore { ThrottleStore(iredapd: iredapd) }
}
