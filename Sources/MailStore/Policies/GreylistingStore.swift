package import Mail
import Storage

/// A greylisting setting: whether mail of a sender to an account is refused for some minutes when it first comes.
package struct GreylistingRow: Sendable {
    /// The key as stored; it may be no `Scope`.
    package let account: String
    /// `@.` for everybody, the only one that the API sets.
    package let sender: String
    package let isEnabled: Bool
    /// iRedAPD's priority of the account; the larger wins.
    package let priority: Int
    /// iRedAPD's priority of the sender, among rows of equal `priority`.
    package let senderPriority: Int
    package private(set) var comment: String

    var withoutComment: Self {
        var row = self
        row.comment = ""
        return row
    }

    fileprivate init(_ row: Row) throws {
        account = try row.text("account")
        sender = try row.text("sender")
        isEnabled = try row.integer("active") != 0
        priority = try row.integer("priority")
        senderPriority = try row.integer("sender_priority")
        comment = try row.text("comment")
    }
}

/// iRedAPD's table `greylisting`: `Contract.md` 15.1, 15.3.
package struct GreylistingStore {
    let iredapd: Database

    /// The scope's setting for every sender; nil when there is none.
    package func find(_ scope: Scope) throws -> GreylistingRow? {
        try iredapd.first(
            """
            SELECT account, sender, active, priority, sender_priority, comment
              FROM greylisting
             WHERE account = \(scope.key) AND sender = '@.'
            """,
            GreylistingRow.init)
    }

    /// Calls `body` for every row, also those of other programs, the highest priority first.
    package func forEach(_ body: (GreylistingRow) throws -> Void) throws {
        try iredapd.forEach(
            """
            SELECT account, sender, active, priority, sender_priority, comment
              FROM greylisting
             ORDER BY priority DESC, sender_priority DESC, account COLLATE BINARY, sender COLLATE BINARY
            """
        ) { row in try body(GreylistingRow(row)) }
    }

    /// The rows of some keys, in the order in which iRedAPD reads them.
    package func all(_ keys: [String]) throws -> [GreylistingRow] {
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        return try iredapd.all(
            SQL(
                trusted: """
                    SELECT account, sender, active, priority, sender_priority, comment
                      FROM greylisting
                     WHERE account IN (\(places))
                     ORDER BY priority DESC, sender_priority DESC
                    """,
                keys.map(\.sqlValue)),
            GreylistingRow.init)
    }

    /// Switches greylisting on or off for every sender to the scope.
    package func write(_ scope: Scope, isEnabled: Bool) throws {
        try iredapd.change(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active)
            VALUES (\(scope.key), \(scope.iredapdPriority), '@.', 0, \(isEnabled ? 1 : 0))
            ON CONFLICT (account, sender) DO UPDATE
               SET priority = excluded.priority, sender_priority = 0, active = excluded.active
            """)
    }

    /// Deletes the scope's setting for every sender. Its settings for single senders stay.
    /// - Returns: false when there was none.
    package func remove(_ scope: Scope) throws -> Bool {
        guard try find(scope) != nil else { return false }
        try iredapd.change("DELETE FROM greylisting WHERE account = \(scope.key) AND sender = '@.'")
        return true
    }
}

extension Store {
    package var greylisting: GreylistingStore { GreylistingStore(iredapd: iredapd) }
}
