import Gateway
import Mail
import MailStore

/// The admin log: who changed what, and when.
///
/// An operation puts a `LogEntry`, one sentence, into its `Reply`. `PreparedRequest.apply` adds it to the table `log`
/// in the transaction of the change, with the rows before and after: the store has recorded them (`AuditRecord`), and
/// this file makes JSON of them. `GET /api/log` reads the lines. Source: `Contract.md` 3.4.
enum AdminLog {
    static let routes = [
        Route(
            .get, "/api/log", "list_log", .anyAdmin, "What admins did, the latest first.", answers: .logLines,
            refuses: [.permissionDenied], show
        ).extra()
    ]

    static func show(_ call: Call, _ input: LogQuery) throws -> Reply {
        let caller = try call.caller
        var selection = input.selection
        if !caller.isGlobal {
            // A normal admin learns nothing of other domains, not even whether they exist.
            if let name = input.domain, try !call.store.admins.manages(caller.username, name) {
                throw APIError.permissionDenied
            }
            selection.managedBy = caller.username
        }
        let log = call.store.log
        let last = try log.last(of: selection)
        return Reply.list { [selection] element in
            try log.forEach(selection) { row in
                try element { json in
                    json.object { json in json.members(of: row) }
                }
            }
        }.linked(to: last.map(String.init), call)
    }
}

struct LogQuery: FormInput {
    let selection: LogSelection
    let domain: DomainName?

    init(_ form: inout Form) throws(APIError) {
        let admin = try form.optional("admin", .address, by: .caller, "Who did it.", example: "postmaster@example.com")
        domain = try form.optional("domain", .domain, by: .caller, "Which domain it was about.", example: "example.com")
        let account = try form.optional(
            "account", .address, by: .caller, "Which account it was about.", example: "jo@example.com")
        let event = try form.optional("event", .logEvent, by: .caller, "What kind of change it was.", example: "update")
        let since = try form.optional(
            "since", .beginning, by: .caller, "Not before this time, UTC.", example: "2026-01-31")
        let until = try form.optional(
            "until", .end, by: .caller, "Not after this time, UTC.", example: "2026-01-31 12:00:00")
        let limit = try form.optional(
            "limit", .pageSize, by: .caller, "How many at most.", example: "100", default: "1000")
        let after = try form.optional(
            "after", .number, by: .caller, "Only what is older: the id of the last line of the part before.",
            example: "1234")
        var selection = LogSelection(limit: limit ?? 1000)
        selection.admin = admin?.text
        selection.domain = domain?.text
        selection.account = account?.text
        selection.event = event
        selection.since = since
        selection.until = until
        selection.before = after
        self.selection = selection
    }
}

extension FieldType where Value == DomainName {
    /// Empty counts as not sent.
    fileprivate static var domain: Self {
        FieldType(kind: "domain name", .domain(""), refuses: [.invalidDomainName]) { text, _ throws(APIError) in
            if text.isEmpty { return nil }
            guard let name = DomainName(text) else { throw .invalidDomainName }
            return name
        }
    }
}

extension FieldType where Value == LogEntry.Event {
    fileprivate static var logEvent: Self {
        FieldType(
            kind: "one of " + LogEntry.Event.allCases.map(\.rawValue).joined(separator: ", "),
            .word(LogEntry.Event.allCases.map(\.rawValue), "")
        ) {
            text, _ throws(APIError) in
            if text.isEmpty { return nil }
            guard let event = LogEntry.Event(rawValue: text.lowercased()) else { throw .invalidParameter }
            return event
        }
    }
}

extension FieldType where Value == String {
    /// A time as stored; a date without a time means its first second.
    fileprivate static var beginning: Self { time(ofDay: "00:00:00") }

    /// A time as stored; a date without a time means its last second.
    fileprivate static var end: Self { time(ofDay: "23:59:59") }

    private static func time(ofDay time: String) -> Self {
        FieldType(
            kind: "YYYY-MM-DD or YYYY-MM-DD HH:MM:SS",
            Shape(.text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}Z?)?$"))
        ) { text, _ throws(APIError) in
            if text.isEmpty { return nil }
            // ISO 8601 is taken too: `2026-01-31T12:00:00Z`.
            let plain = text.replacing("T", with: " ").replacing("Z", with: "")
            let full = plain.contains(" ") ? plain : "\(plain) \(time)"
            guard Moment(timestamp: full) != nil else { throw .invalidParameter }
            return full
        }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of row: LogRow) {
        member("id", row.id)
        member("timestamp", row.timestamp)
        member("admin", row.admin)
        member("ip", row.ip)
        member("domain", row.domain)
        member("username", row.account)
        member("event", row.event)
        member("msg", row.message)
        name("changes")
        json(row.changes.isEmpty ? "[]" : row.changes)
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ entry: AuditEntry) {
        open("{")
        member("table", entry.table)
        member("key", entry.key)
        columns("before", entry.before)
        columns("after", entry.after)
        close("}")
    }
}

extension AuditRecord {
    /// A JSON array; the empty text when nothing was changed.
    ///
    /// - Parameter limit: bytes; entries with which the array would be longer are only counted, in `others`. Nil for
    ///   any length.
    func json(atMost limit: Int? = nil) -> String {
        if entries.isEmpty { return "" }
        var json = JSONWriter()
        json.open("[")
        var others = others
        for entry in entries {
            if let limit {
                var alone = JSONWriter()
                alone.value(entry)
                guard json.count + alone.count <= limit else {
                    others += 1
                    continue
                }
            }
            json.value(entry)
        }
        if others > 0 {
            json.open("{")
            json.member("others", others)
            json.close("}")
        }
        json.close("]")
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
