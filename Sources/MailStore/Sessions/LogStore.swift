package import Mail
package import SQLite

/// One line of the admin log: who changed what.
package struct LogEntry: Sendable {
    package enum Event: String, Sendable { case login, create, update, delete }

    package let event: Event
    /// One sentence; `[API] ` is put before it.
    package let message: String
    package let domain: String
    /// The account that was changed, or logged in.
    package let account: String

    package init(_ event: Event, _ message: String, domain: String = "", account: String = "") {
        self.event = event
        self.message = message
        self.domain = domain
        self.account = account
    }
}

/// The table `log`. It lies in the account database, so that a change and its line are one commit.
package struct LogStore {
    let vmail: Database

    package func add(_ entry: LogEntry, admin: MailAddress, ip: String, now: Moment) throws(SQLiteError) {
        try vmail.change(
            """
            INSERT INTO log (timestamp, admin, ip, domain, username, event, loglevel, msg)
            VALUES (\(now), \(admin), \(ip), \(entry.domain), \(entry.account), \(entry.event.rawValue), 'info',
                    \("[API] " + entry.message))
            """)
    }
}

extension Store {
    package var log: LogStore { LogStore(vmail: vmail) }
}
