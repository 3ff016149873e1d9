import Storage
import Testing

@testable import MailStore

/// What derives from the tables' declarations, written out: that a table is exported, and how, is a decision.
struct ExportedTableTests {
    /// Each table in the order of the file: whose its rows are, and by which columns they are told apart.
    private static let tables = [
        "domain: of domain; domain", "alias_domain: of target_domain; alias_domain", "admin: the server's; username",
        "domain_admins: a right; username domain", "mailbox: of domain; username",
        "forwardings: of domain; address forwarding", "alias: of domain; address", "maillists: of domain; address",
        "moderators: of domain; address moderator", "maillist_owners: of domain; address owner",
        "sender_bcc_domain: of domain; domain", "recipient_bcc_domain: of domain; domain",
        "sender_bcc_user: of domain; username", "recipient_bcc_user: of domain; username",
        "sender_relayhost: by account; account", "policy: by policy_name; policy_name", "users: by email; email",
        "wblist: by number rid; rid sid", "outbound_wblist: by number sid; rid sid",
        "throttle: by account; account kind",
        "greylisting: by account; account sender", "greylisting_whitelists: by account; account sender",
        "greylisting_whitelist_domains: the server's; domain", "wblist_rdns: the server's; rdns",
        "srs_exclude_domains: the server's; domain",
    ]

    private static let usage = [
        "used_quota: of domain; username", "last_login: of domain; username domain",
        "share_folder: by from_user; from_user to_user", "anyone_shares: by from_user; from_user",
    ]

    private func described(_ table: ExportedTable) -> String {
        let owner =
            switch table.owner {
            case .domain(let column): "of \(column)"
            case .key(let column): "by \(column)"
            case .keyByNumber(let column): "by number \(column)"
            case .right: "a right"
            case .server: "the server's"
            }
        return "\(table.name): \(owner); \(table.key.map { table.columns[$0].name }.joined(separator: " "))"
    }

    @Test func areTheseAndNoOthers() throws {
        #expect(try ExportedTable.all(usage: false).map(described) == Self.tables)
        #expect(try ExportedTable.all(usage: true).map(described) == Self.tables + Self.usage)
    }

    @Test func haveNoNumbersOfRowsAndNothingThatFollows() throws {
        let tables = try ExportedTable.all(usage: true)
        #expect(tables.allSatisfy { !$0.columns.contains { $0.name == "id" } })
        let forwardings = try #require(tables.first { $0.name == "forwardings" })
        #expect(
            forwardings.columns.map(\.name) == [
                "address", "forwarding", "domain", "dest_domain", "is_maillist", "is_list", "is_forwarding", "is_alias",
            ])
        let users = try #require(tables.first { $0.name == "users" })
        #expect(users.columns.map(\.name) == ["priority", "policy_id", "email", "fullname"])
        #expect(users.columns.map { $0.kind == .text } == [false, true, true, true])
    }

    @Test func secretsAreKnown() throws {
        let secrets = try ExportedTable.all(usage: true).flatMap { table in
            table.columns.filter(\.isSecret).map { "\(table.name).\($0.name)" }
        }
        #expect(secrets == ["admin.password", "mailbox.password"])
    }

    /// Each key and each column with a rule keeps the default that the table gives.
    @Test func defaultsFulfilTheirRules() throws {
        for table in try ExportedTable.all(usage: true) {
            for column in table.columns where column.fallback != .text("") {
                #expect(
                    column.rule.demand(of: column.fallback) == nil,
                    "\(table.name).\(column.name)")
            }
        }
    }
}

/// A line of JSON, strictly.
struct JSONLineTests {
    private func value(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8)) }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
        ("0.5", .real(0.5)),
        ("-1e3", .real(-1000)), ("1E-2", .real(0.01)), (" [ ] ", .list([])), ("{}", .object([])), ("null", .null),
        ("[true,false]", .list([.bool(true), .bool(false)])),
        (#""a\"\\\/\b\f\n\r\té""#, .text("a\"\\/\u{8}\u{c}\n\r\té")),
        (#""\ud83d\udcec""#, .text("📬")), (#""ü📬""#, .text("ü📬")),
        (#"{"a":{"b":1}}"#, .object([.init(name: "a", value: .object([.init(name: "b", value: .integer(1))]))])),
    ])
    func isRead(_ text: String, _ expected: JSONValue) throws { #expect(try value(text) == expected) }

    @Test(arguments: [
        "", "nul", "01", "-", "+1", "1.", ".5", "1e", "--1", "1-2", "NaN", "Infinity", "\"", "\"\\x\"", "\"\\u12\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u0000\"", "\"\t\"", "[1", "[1,]", "[,1]", "[1 2]",
        "{\"a\"}",
        "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "{} {}", "1 x", "9223372036854775808", "[[[[[[[[[]]]]]]]]]", "'a'",
    ])
    func isRefused(_ text: String) { #expect(throws: JSONValue.Flaw.self) { try value(text) } }

    @Test(arguments: ["", "a", "\"\\/\n\r\t\u{1}\u{1f}\u{7f}", "ü📬", "\u{2028}"])
    func aQuotedTextComesBack(_ text: String) throws { #expect(try value(JSONValue.quoted(text)) == .text(text)) }
}
