import Support
import Testing

/// A change of which every write and sync is made to fail in turn.
struct SweptChange: CustomTestStringConvertible {
    typealias Call = (method: APIClient.Method, path: String, form: [(String, String)])

    let testDescription: String
    /// What must be there first.
    let before: [Call]
    let call: Call
    /// One line of numbers that says in which state the account tables are.
    let query: String
    /// What the query answers before and after the change. Anything else is half of it.
    let old: String
    let new: String

    /// - Parameter name: a label that no other change has used.
    static func all(_ name: String) -> [SweptChange] {
        let user = "\(name)@open.example", domain = "\(name).example"
        let addUser: Call = (.post, "/api/user/\(user)", [("password", "User-pw-1"), ("name", "Old")])
        let addDomain: Call = (.post, "/api/domain/\(domain)", [("name", "Old")])
        func count(_ table: String, _ condition: String) -> String {
            "(SELECT count(*) FROM \(table) WHERE \(condition))"
        }
        func line(_ counts: String...) -> String { "SELECT " + counts.joined(separator: " || ' ' || ") + ";" }
        let mailbox = count("mailbox", "username = '\(user)'")
        let forwardings = count("forwardings", "address = '\(user)' AND is_forwarding = 1")
        func log(_ event: String, _ column: String = "username", _ value: String? = nil) -> String {
            count("log", "event = '\(event)' AND \(column) = '\(value ?? user)'")
        }
        return [
            SweptChange(
                testDescription: "create user", before: [], call: addUser,
                query: line(mailbox, forwardings, log("create")), old: "0 0 0", new: "1 1 1"),
            SweptChange(
                testDescription: "update user", before: [addUser],
                call: (
                    .put, "/api/user/\(user)",
                    [
                        ("name", "New"), ("aliases", "\(name)-also@open.example"),
                        ("forwarding", "\(user),x@away.example"),
                    ]
                ),
                query: line(
                    count("mailbox", "username = '\(user)' AND name = 'New'"), forwardings,
                    count("forwardings", "address = '\(name)-also@open.example' AND is_alias = 1"), log("update")),
                old: "0 1 0 0", new: "1 2 1 1"),
            SweptChange(
                testDescription: "delete user",
                before: [addUser, (.put, "/api/spampolicy/user/\(user)", [("spam_score", "4")])],
                call: (.delete, "/api/user/\(user)", []),
                query: line(mailbox, forwardings, count("deleted_mailboxes", "username = '\(user)'"), log("delete")),
                old: "1 1 0 0", new: "0 0 1 1"),
            SweptChange(
                testDescription: "rename user",
                before: [addUser, (.put, "/api/spampolicy/user/\(user)", [("spam_score", "4")])],
                call: (.post, "/api/user/\(user)/change_email/\(name)-new@open.example", []),
                query: line(
                    mailbox, forwardings, count("mailbox", "username = '\(name)-new@open.example'"),
                    count("forwardings", "address = '\(name)-new@open.example' AND is_forwarding = 1"),
                    log("update", "username", "\(name)-new@open.example")),
                old: "1 1 0 0 0", new: "0 0 1 1 1"),
            SweptChange(
                testDescription: "create domain", before: [], call: addDomain,
                query: line(count("domain", "domain = '\(domain)'"), log("create", "domain", domain)),
                old: "0 0", new: "1 1"),
            SweptChange(
                testDescription: "update domain", before: [addDomain],
                call: (.put, "/api/domain/\(domain)", [("name", "New"), ("aliasDomains", "\(name)-also.example")]),
                query: line(
                    count("domain", "domain = '\(domain)' AND description = 'New'"),
                    count("alias_domain", "target_domain = '\(domain)'"), log("update", "domain", domain)),
                old: "0 0 0", new: "1 1 1"),
            SweptChange(
                testDescription: "delete domain",
                before: [
                    addDomain, (.post, "/api/user/u@\(domain)", [("password", "User-pw-1")]),
                    (.put, "/api/spampolicy/domain/\(domain)", [("spam_score", "4")]),
                ],
                call: (.delete, "/api/domain/\(domain)", []),
                query: line(
                    count("domain", "domain = '\(domain)'"), count("mailbox", "domain = '\(domain)'"),
                    count("forwardings", "domain = '\(domain)'"), log("delete", "domain", domain)),
                old: "1 1 1 0", new: "0 0 0 1"),
        ]
    }

    static let count = all("x").count
}
