package import Mail
import Storage

/// A stored session. It may be over: the caller compares its times with the settings.
package struct SessionRow: Sendable {
    package let username: MailAddress
    /// The client's address at login, in canonical text.
    package let ip: String
    package let created: Moment
    /// The last use. Not every request writes it: `Security.md` A9.
    package let used: Moment
}

/// The table `sessions`. A session is named by its hash: the SHA-256 of the id in the cookie, in hexadecimal
/// (`Security.md` A7).
package struct SessionStore {
    let api: Database
    let memory: Memory<SessionRow>

    package func find(_ hash: String, now: Moment) throws -> SessionRow? {
        try memory.row(hash, now: now) {
            try api.first(Self.query(hash)) { row in
                SessionRow(
                    username: try row.get("admin", MailAddress.init), ip: row.text(1),
                    created: Moment(epoch: row.integer(2)), used: Moment(epoch: row.integer(3)))
            }
        }
    }

    /// Announces `find`.
    package func announce(_ hash: String) { api.announce([Self.query(hash)]) }

    private static func query(_ hash: String) -> SQL {
        "SELECT admin, ip, created, atime FROM sessions WHERE session_id = \(hash)"
    }

    /// Adds a session. Of the admin's sessions the newest `limit` stay.
    package func insert(_ hash: String, username: MailAddress, ip: String, now: Moment, limit: Int) throws {
        // It is there already when the change is made again after a cut between the commits of two databases.
        try api.change(
            """
            INSERT INTO sessions (session_id, admin, ip, created, atime)
            VALUES (\(hash), \(username), \(ip), \(now.epoch), \(now.epoch))
            ON CONFLICT (session_id) DO NOTHING
            """)
        try api.change(
            """
            DELETE FROM sessions
             WHERE session_id IN (SELECT session_id FROM sessions WHERE admin = \(username)
                                   ORDER BY created DESC, session_id = \(hash) DESC, atime DESC
                                   LIMIT 9223372036854775807 OFFSET \(limit))
            """)
    }

    /// Sets the time of the last use.
    package func use(_ hash: String, now: Moment) throws {
        try api.change("UPDATE sessions SET atime = \(now.epoch) WHERE session_id = \(hash)")
    }

    package func end(_ hash: String) throws {
        try api.change("DELETE FROM sessions WHERE session_id = \(hash)")
    }

    /// Ends every session of an admin, except one.
    /// - Parameter hash: of the session that stays; nil for none.
    package func endAll(of username: MailAddress, besides hash: String?) throws {
        try api.change("DELETE FROM sessions WHERE admin = \(username) AND session_id <> \(hash ?? "")")
    }

    /// The admins who have a session and an address in a domain.
    package func admins(in domain: DomainName) throws -> [MailAddress] {
        try api.all("SELECT DISTINCT admin FROM sessions WHERE substr(admin, instr(admin, '@') + 1) = \(domain)") {
            row in try row.get("admin", MailAddress.init)
        }
    }

    /// Gives the sessions of an admin to their new address.
    package func rename(_ old: MailAddress, to new: MailAddress) throws {
        try api.change("UPDATE sessions SET admin = \(new) WHERE admin = \(old)")
    }

    /// Deletes the sessions last used before `idle`, and those begun before `created`.
    package func removeExpired(idleSince idle: Moment, createdBefore created: Moment) throws {
        try api.change("DELETE FROM sessions WHERE atime < \(idle.epoch) OR created < \(created.epoch)")
    }
}

extension Store {
    package var sessions: SessionStore { SessionStore(api: api, memory: sessionMemory) }
}
