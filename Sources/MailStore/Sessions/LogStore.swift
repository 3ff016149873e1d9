package import Mail
import SQLite

/// One line of the admin log: who changed what.
package struct LogEntry: Sendable {
    package enum Event: String, Sendable, CaseIterable { case login, create, update, delete }

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

/// Which lines of the log are asked for; nil asks for nothing in particular.
package struct LogSelection: Sendable {
    package var admin: String?
    package var domain: String?
    package var account: String?
    package var event: LogEntry.Event?
    /// `YYYY-MM-DD HH:MM:SS` in UTC, both included.
    package var since: String?
    package var until: String?
    /// Only lines about domains that this admin manages.
    package var managedBy: MailAddress?

    /// Binds a normal admin's name four times; the first condition is for the index. What was there before the domain was made is a former owner's; of the second
    /// in which it was made, and of one that waits for its proof, he sees only what he did himself. Admins without a mailbox
    /// here are no matter of his.
    private static let isForDomainAdmin = """
        log.domain IN (SELECT domain FROM domain_admins WHERE username = ? AND active = 1)
        AND EXISTS (SELECT 1 FROM domain_admins JOIN domain ON domain.domain = domain_admins.domain
                     WHERE domain_admins.username = ? AND domain_admins.active = 1 AND domain_admins.domain = log.domain
                       AND (log.timestamp > domain.created OR log.timestamp = domain.created AND log.admin = ?)
                       AND (log.admin = ? OR NOT \(DomainStore.isWaiting("domain.domain"))))
        AND (event <> 'login' OR EXISTS (SELECT 1 FROM mailbox WHERE mailbox.username = log.username))
        """
    /// Only lines before the one of this number.
    package var before: Int?
    /// How many at most.
    package var limit: Int

    package init(limit: Int) { self.limit = limit }

    fileprivate var conditions: (text: String, values: [SQL.Value]) {
        var conditions = ["1"]
        var values: [SQL.Value] = []
        func require(_ condition: String, _ value: SQL.Value?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(value)
        }
        require("admin = ?", admin?.sqlValue)
        require("domain = ?", domain?.sqlValue)
        require("username = ?", account?.sqlValue)
        require("event = ?", event?.rawValue.sqlValue)
        require("timestamp >= ?", since?.sqlValue)
        require("timestamp <= ?", until?.sqlValue)
        if let managedBy {
            conditions.append(Self.isForDomainAdmin)
            values += Array(repeating: managedBy.sqlValue, count: 4)
        }
        require("id < ?", before?.sqlValue)
        return (conditions.joined(separator: " AND "), values)
    }
}

/// A line as stored.
package struct LogRow: Sendable {
    package let id: Int
    package let timestamp: String
    package let admin: String
    /// The client's address.
    package let ip: String
    package let domain: String
    package let account: String
    package let event: String
    package let message: String
    /// A JSON array; empty when no row was changed.
    package let changes: String
}

/// The table `log`. It lies in the account database, so that a change and its line are one commit.
package struct LogStore {
    let vmail: Database

    /// - Parameter changes: what was changed, as a JSON array; empty for nothing.
    package func add(_ entry: LogEntry, changes: String = "", admin: MailAddress, ip: String, now: Moment) throws {
        try vmail.change(
            """
            INSERT INTO log (timestamp, admin, ip, domain, username, event, loglevel, msg, changes)
            VALUES (\(now), \(admin), \(ip), \(entry.domain), \(entry.account), \(entry.event.rawValue), 'info',
                    \("[API] " + entry.message), \(changes))
            """)
    }

    /// The latest first.
    package func forEach(_ selection: LogSelection, _ body: (LogRow) throws -> Void) throws {
        let (condition, values) = selection.conditions
        try vmail.forEach(
            SQL(
                trusted: """
                    SELECT id, timestamp, admin, ip, domain, username, event, msg, changes
                      FROM log
                     WHERE \(condition)
                     ORDER BY id DESC
                     LIMIT ?
                    """,
                values + [selection.limit.sqlValue])
        ) { row in
            try body(
                LogRow(
                    id: row.integer(0), timestamp: row.text(1), admin: row.text(2), ip: row.text(3),
                    domain: row.text(4),
                    account: row.text(5), event: row.text(6), message: row.text(7), changes: row.text(8)))
        }
    }

    /// The number of the selection's last line, if more follow it; nil otherwise.
    package func last(of selection: LogSelection) throws -> Int? {
        let (condition, values) = selection.conditions
        let numbers = try vmail.all(
            SQL(
                trusted: "SELECT id FROM log WHERE \(condition) ORDER BY id DESC LIMIT 2 OFFSET ?",
                values + [(selection.limit - 1).sqlValue])
        ) { $0.integer(0) }
        return numbers.count == 2 ? numbers.first : nil
    }
}

extension Store {
    package var log: LogStore { LogStore(vmail: vmail) }
}
