package import Mail
import SQLite

/// Whether mail to an account from unknown senders is turned away at first.
package struct GreylistingRow: Sendable {
    /// As stored; also keys that are no `Scope`.
    package let account: String
    /// Whom it is about: `@.` for everybody, which is the only one the API sets.
    package let sender: String
    package let isEnabled: Bool
    /// iRedAPD's; larger wins.
    package let priority: Int
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

/// iRedAPD's table `greylisting`.
package struct GreylistingStore {
    let iredapd: Database

    /// What the scope says of everybody; nil: nothing.
    package func find(_ scope: Scope) throws -> GreylistingRow? {
        try iredapd.first(
            """
            SELECT account, sender, active, priority, sender_priority, comment
              FROM greylisting
             WHERE account = \(scope.key) AND sender = '@.'
            """,
            GreylistingRow.init)
    }

    /// Every row there is, those that other programs made included, the strongest first.
    package func forEach(_ body: (GreylistingRow) throws -> Void) throws {
        try iredapd.forEach(
            """
            SELECT account, sender, active, priority, sender_priority, comment
              FROM greylisting
             ORDER BY priority DESC, sender_priority DESC, account, sender
            """
        ) { row in try body(GreylistingRow(row)) }
    }

    /// The rows of several keys in the order in which iRedAPD reads them.
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

    /// Switches greylisting on or off for everybody who writes to the scope.
    package func write(_ scope: Scope, isEnabled: Bool) throws {
        try iredapd.change(
            """
            INSERT INTO greylisting (account, priority, sender, sender_priority, active)
            VALUES (\(scope.key), \(scope.iredapdPriority), '@.', 0, \(isEnabled ? 1 : 0))
            ON CONFLICT (account, sender) DO UPDATE
               SET priority = excluded.priority, sender_priority = 0, active = excluded.active
            """)
    }

    /// The scope says nothing any more of everybody; what it says of single senders stays.
    /// - Returns: false when it said nothing.
    package func remove(_ scope: Scope) throws -> Bool {
        guard try find(scope) != nil else { return false }
        try iredapd.change("DELETE FROM greylisting WHERE account = \(scope.key) AND sender = '@.'")
        return true
    }
}

extension Store {
    package var greylisting: GreylistingStore { GreylistingStore(iredapd: iredapd) }
}
