package import Mail
import Storage

/// A new line of the admin log: `Contract.md` 3.4.
package struct LogEntry: Sendable {
    package enum Event: String, Sendable, CaseIterable { case login, create, update, delete }

    package let event: Event
    /// One sentence, stored with `[API] ` before it.
    package let message: String
    /// The domain that the change is about; empty for none.
    package let domain: String
    /// The account that was changed, or logged in; empty for none.
    package let account: String

    package init(_ event: Event, _ message: String, domain: String = "", account: String = "") {
        self.event = event
        self.message = message
        self.domain = domain
        self.account = account
    }
}

/// Which lines of the log are asked for. What is nil does not restrict them.
package struct LogSelection: Sendable {
    package var admin: String?
    package var domain: String?
    package var account: String?
    package var event: LogEntry.Event?
    /// `YYYY-MM-DD HH:MM:SS` in UTC, included; so is `until`.
    package var since: String?
    package var until: String?
    /// Only lines that this normal admin may see.
    package var managedBy: MailAddress?

    /// The lines that a normal admin may see: `Contract.md` 3.4. Binds their name four times. The first condition is
    /// there for the index.
    private static let isForDomainAdmin = """
        log.domain IN (SELECT domain FROM domain_admins WHERE username = ? AND active = 1)
        AND EXISTS (SELECT 1 FROM domain_admins JOIN domain ON domain.domain = domain_admins.domain
                     WHERE domain_admins.username = ? AND domain_admins.active = 1 AND domain_admins.domain = log.domain
                       AND (log.timestamp > domain.created OR log.timestamp = domain.created AND log.admin = ?)
                       AND (log.admin = ? OR NOT \(DomainStore.isWaiting("domain.domain"))))
        AND (event <> 'login' OR EXISTS (SELECT 1 FROM mailbox WHERE mailbox.username = log.username))
        """
    /// Only lines with a smaller id.
    package var before: Int?
    /// How many lines at most.
    package var limit: Int

    package init(limit: Int) { self.limit = limit }

    fileprivate var conditions: (text: String, values: [SQL.Value]) {
        var conditions = ["TRUE"]
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

/// The table `log` of `vmail.db`.
package struct LogStore {
    let vmail: Database

    /// At a server it is written at the commit: nothing of the same group can read it, and an error undoes the whole
    /// transaction.
    ///
    /// - Parameters:
    ///   - changes: the changed rows as a JSON array; empty for none.
    ///   - ip: the client's address; empty for none.
    package func add(_ entry: LogEntry, changes: String = "", admin: MailAddress, ip: String, now: Moment) throws {
        try vmail.changeAtCommit(
            """
            INSERT INTO log (timestamp, admin, ip, domain, username, event, loglevel, msg, changes)
            VALUES (\(now), \(admin), \(ip), \(entry.domain), \(entry.account), \(entry.event.rawValue), 'info',
                    \("[API] " + entry.message), \(changes))
            """)
    }

    /// Calls `body` for each line, the latest first.
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

    /// The id of the selection's last line; nil when no line follows it.
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
