package import Mail
import Storage

/// The mail that a white/blacklist is about, as seen from the scope that has the list.
package enum MailDirection: String, CaseIterable, Sendable {
    /// Who may send to the scope.
    case inbound
    /// To whom the scope may send.
    case outbound
}

package enum ListKind: String, CaseIterable, Sendable {
    case whitelist, blacklist

    fileprivate var stored: String { self == .whitelist ? "W" : "B" }
}

/// amavisd's tables `wblist`, `outbound_wblist` and `mailaddr`: `Contract.md` 17. A peer is the address, domain,
/// network or client on the list.
package struct SenderListStore {
    let amavisd: Database

    private var users: AmavisdUsers { AmavisdUsers(amavisd: amavisd) }

    /// One list of one scope.
    package struct List: Sendable {
        package let direction: MailDirection
        package let kind: ListKind
        package let scope: Scope

        package init(_ direction: MailDirection, _ kind: ListKind, of scope: Scope) {
            self.direction = direction
            self.kind = kind
            self.scope = scope
        }
    }

    /// The peers on the list, as stored, ascending.
    package func peers(of list: List) throws -> [String] {
        let (table, scope, peer) = list.direction.names
        return try amavisd.texts(
            SQL(
                trusted: """
                    SELECT mailaddr.email
                      FROM users
                      JOIN \(table) AS entry ON entry.\(scope) = users.id AND entry.wb = ?
                      JOIN mailaddr ON mailaddr.id = entry.\(peer)
                     WHERE users.email = ?
                     ORDER BY mailaddr.email
                    """,
                [list.kind.stored.sqlValue, list.scope.key.sqlValue])
        )
    }

    /// Puts peers on the list. One on the list of the other list is moved.
    package func add(_ peers: [ListedParty], to list: List) throws {
        guard !peers.isEmpty else { return }
        let (table, scope, peer) = list.direction.names
        let user = try users.require(list.scope)
        for entry in peers {
            try amavisd.change(
                """
                INSERT INTO mailaddr (email, priority) VALUES (\(entry.description), \(entry.amavisdPriority))
                ON CONFLICT (email) DO UPDATE SET priority = excluded.priority
                """)
            try amavisd.change(
                SQL(
                    trusted: """
                        INSERT INTO \(table) (\(scope), \(peer), wb)
                        SELECT ?, id, ? FROM mailaddr WHERE email = ?
                        ON CONFLICT (rid, sid) DO UPDATE SET wb = excluded.wb
                        """,
                    [user.sqlValue, list.kind.stored.sqlValue, entry.description.sqlValue]))
        }
    }

    /// Removes peers from the list.
    /// - Parameter peers: as stored; nil for all.
    package func remove(_ peers: [String]?, from list: List) throws {
        guard let user = try users.id(of: list.scope) else { return }
        let (table, scope, peer) = list.direction.names
        let all = "DELETE FROM \(table) WHERE \(scope) = ? AND wb = ?"
        let values = [user.sqlValue, list.kind.stored.sqlValue]
        if let peers {
            for entry in peers {
                try amavisd.change(
                    SQL(
                        trusted: "\(all) AND \(peer) = (SELECT id FROM mailaddr WHERE email = ?)",
                        values + [entry.sqlValue]))
            }
        } else {
            try amavisd.change(SQL(trusted: all, values))
        }
        try users.removeUnused(list.scope)
    }

    /// A peer on a list. Of priorities the larger wins.
    package struct Entry: Sendable {
        /// The key of the scope, as stored.
        package let account: String
        package let priority: Int
        package let peer: String
        package let peerPriority: Int
        package let kind: ListKind
    }

    /// The entries of some keys in the order in which amavisd and iRedAPD read them: by the scope's priority, then by
    /// the peer's.
    ///
    /// Their queries leave the order of equal priorities to SQLite. It returns networks by id, because the whole table
    /// is read for them, and other peers by name, because the index is.
    package func all(_ keys: [String], _ direction: MailDirection) throws -> [Entry] {
        let (table, scope, peer) = direction.names
        let places = keys.map { _ in "?" }.joined(separator: ", ")
        return try amavisd.all(
            SQL(
                trusted: """
                    SELECT users.email, users.priority, mailaddr.email, mailaddr.priority, entry.wb
                      FROM users
                      JOIN \(table) AS entry ON entry.\(scope) = users.id
                      JOIN mailaddr ON mailaddr.id = entry.\(peer)
                     WHERE users.email IN (\(places))
                     ORDER BY users.priority DESC, mailaddr.priority DESC,
                              CASE WHEN instr(mailaddr.email, '/') > 0 THEN mailaddr.id END NULLS FIRST, mailaddr.email
                    """,
                keys.map(\.sqlValue))
        ) { row in
            Entry(
                account: row.text(0), priority: row.integer(1), peer: row.text(2), peerPriority: row.integer(3),
                kind: row.text(4) == ListKind.whitelist.stored ? .whitelist : .blacklist)
        }
    }
}

extension MailDirection {
    /// The table, its column for the scope (`users.id`), and that for the peer (`mailaddr.id`).
    fileprivate var names: (table: String, scope: String, peer: String) {
        switch self {
        case .inbound: ("wblist", "rid", "sid")
        case .outbound: ("outbound_wblist", "sid", "rid")
        }
    }
}

extension Store {
    package var senderLists: SenderListStore { SenderListStore(amavisd: amavisd) }
}
