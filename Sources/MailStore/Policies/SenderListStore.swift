package import Mail
import SQLite

/// Which mail a white/blacklist is about, seen from the scope that has the list.
package enum MailDirection: String, CaseIterable, Sendable {
    /// Who may send to the scope.
    case inbound
    /// To whom the scope may send.
    case outbound
}

package enum ListColour: String, CaseIterable, Sendable {
    case whitelist, blacklist

    fileprivate var stored: String { self == .whitelist ? "W" : "B" }
}

/// amavisd's tables `wblist`, `outbound_wblist` and `mailaddr`. A pair of scope and peer has one colour.
package struct SenderListStore {
    let amavisd: Database

    private var users: AmavisdUsers { AmavisdUsers(amavisd: amavisd) }

    /// One list of one scope.
    package struct List: Sendable {
        package let direction: MailDirection
        package let colour: ListColour
        package let scope: Scope

        package init(_ direction: MailDirection, _ colour: ListColour, of scope: Scope) {
            self.direction = direction
            self.colour = colour
            self.scope = scope
        }
    }

    /// Ascending.
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
                [list.colour.stored.sqlValue, list.scope.key.sqlValue])
        )
    }

    /// Puts peers on the list; one that stood on the list of the other colour changes sides.
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
                    [user.sqlValue, list.colour.stored.sqlValue, entry.description.sqlValue]))
        }
    }

    /// - Parameter peers: as stored; nil for all of the list.
    package func remove(_ peers: [String]?, from list: List) throws {
        guard let user = try users.id(of: list.scope) else { return }
        let (table, scope, peer) = list.direction.names
        let all = "DELETE FROM \(table) WHERE \(scope) = ? AND wb = ?"
        let values = [user.sqlValue, list.colour.stored.sqlValue]
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

    /// One peer on a list of one of several keys.
    package struct Entry: Sendable {
        package let account: String
        package let priority: Int
        package let peer: String
        package let peerPriority: Int
        package let colour: ListColour
    }

    /// The lists of several keys in the order in which the consumers read them: the scope first, then the peer.
    ///
    /// Of peers with the same priority SQLite hands them networks as they were first listed and all others by name:
    /// networks they look for in the whole table, the others through the index.
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
                              iif(instr(mailaddr.email, '/'), mailaddr.id, NULL), mailaddr.email
                    """,
                keys.map(\.sqlValue))
        ) { row in
            Entry(
                account: row.text(0), priority: row.integer(1), peer: row.text(2), peerPriority: row.integer(3),
                colour: row.text(4) == ListColour.whitelist.stored ? .whitelist : .blacklist)
        }
    }
}

extension MailDirection {
    /// The table, its column of the scope (`users.id`) and of the listed peer (`mailaddr.id`).
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
