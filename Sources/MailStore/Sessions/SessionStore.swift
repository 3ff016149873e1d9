package import Mail
import SQLite

/// A login that is still good, unless it has expired.
package struct SessionRow: Sendable {
    package let username: MailAddress
    /// The client's address at login, in canonical text.
    package let ip: String
    package let created: Moment
    /// The last use, exact to a fraction of the idle time-out.
    package let used: Moment
}

/// The table `sessions`. It never holds an id, only its SHA-256.
package struct SessionStore {
    let api: Database
    let memory: Memory<SessionRow>

    /// - Parameter hash: SHA-256 of the id, hex. Looking it up through the index reveals nothing of the id.
    package func find(_ hash: String, now: Moment) throws -> SessionRow? {
        try memory.row(hash, now: now) {
            try api.first("SELECT admin, ip, created, atime FROM sessions WHERE session_id = \(hash)") { row in
                SessionRow(
                    username: try row.get("admin", MailAddress.init), ip: row.text(1),
                    created: Moment(epoch: row.integer(2)), used: Moment(epoch: row.integer(3)))
            }
        }
    }

    /// Adds a session; of one admin's sessions only the newest `limit` stay.
    package func insert(_ hash: String, username: MailAddress, ip: String, now: Moment, limit: Int) throws {
        try api.change(
            """
            INSERT INTO sessions (session_id, admin, ip, created, atime)
            VALUES (\(hash), \(username), \(ip), \(now.epoch), \(now.epoch))
            """)
        try api.change(
            """
            DELETE FROM sessions
             WHERE session_id IN (SELECT session_id FROM sessions WHERE admin = \(username)
                                   ORDER BY created DESC, session_id = \(hash) DESC, atime DESC
                                   LIMIT -1 OFFSET \(limit))
            """)
    }

    package func use(_ hash: String, now: Moment) throws {
        try api.change("UPDATE sessions SET atime = \(now.epoch) WHERE session_id = \(hash)")
    }

    package func end(_ hash: String) throws {
        try api.change("DELETE FROM sessions WHERE session_id = \(hash)")
    }

    /// Ends every session of an admin, besides the one given.
    package func endAll(of username: MailAddress, besides hash: String?) throws {
        try api.change("DELETE FROM sessions WHERE admin = \(username) AND session_id <> \(hash ?? "")")
    }

    /// The admins with sessions whose address is in a domain.
    package func admins(in domain: DomainName) throws -> [MailAddress] {
        try api.all("SELECT DISTINCT admin FROM sessions WHERE substr(admin, instr(admin, '@') + 1) = \(domain)") {
            row in try row.get("admin", MailAddress.init)
        }
    }

    /// An admin's sessions go on under a new name.
    package func rename(_ old: MailAddress, to new: MailAddress) throws {
        try api.change("UPDATE sessions SET admin = \(new) WHERE admin = \(old)")
    }

    /// Forgets sessions that can no longer be used.
    package func removeExpired(idleSince idle: Moment, createdBefore created: Moment) throws {
        try api.change("DELETE FROM sessions WHERE atime < \(idle.epoch) OR created < \(created.epoch)")
    }
}

extension Store {
    package var sessions: SessionStore { SessionStore(api: api, memory: sessionMemory) }
}
