import API
import Foundation
import Gateway
import MailStore
import Storage
import Testing

/// Every parameter and every placeholder of every route, given what could harm the database, a log line or a reader:
/// `Security.md` C1, C4, C10. A new route is among them by itself.
struct HostileValueTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        for domain in ["a.example", "b.example"] {
            try api.addDomain(domain)
            try api.addMailbox("jo@\(domain)")
            try api.addAlias("team@\(domain)", members: ["jo@\(domain)"])
            try api.addList("list@\(domain)", members: ["jo@\(domain)"])
            try api.addForwarding(domain, to: "jo@\(domain)", flag: .none)
        }
        try api.addAdmin("dan@office.example", of: ["a.example"])
    }

    private static let sql = [
        "'; DROP TABLE mailbox; --", "x' UNION SELECT password FROM admin --", "\") OR (\"1\"=\"1", "\\'; --",
        "jo@a.example'; DELETE FROM domain; --", "%' OR username LIKE '%", "1); DELETE FROM forwardings; --",
    ]

    private static let controls = [
        "x\r\nSet-Cookie: a=b", "x\ty\u{b}z", "x\u{1b}[2Jy", "x\u{7f}y", "x\u{85}y", "x\u{2028}y\u{202e}", "x\u{2066}y",
        "jo@a.example\r\nbcc: x", "jo@a.example,al@b.example\n,\u{1b}",
    ]

    /// Tables, indexes and triggers of all files, as they were made.
    private func schema() throws -> [String] {
        try StoreFile.allCases.flatMap { file in
            switch try api.connection(file) {
            case .sqlite:
                try api.rows("SELECT type, name, COALESCE(sql, '') FROM sqlite_schema ORDER BY 1, 2", in: file)
            case .postgresql:
                try api.rows(
                    """
                    SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    UNION ALL
                    SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger
                     ORDER BY 1, 2
                    """, in: file)
            }
        }
    }

    /// What no call here is about.
    private func bystander() throws -> [String] {
        try api.rows("SELECT domain, settings, active FROM domain WHERE domain = 'b.example'")
            + api.rows("SELECT username, password, active FROM mailbox WHERE username = 'jo@b.example'")
            + api.rows("SELECT address, forwarding, active FROM forwardings WHERE domain = 'b.example' ORDER BY 1, 2")
    }

    /// - Parameter fill: makes of what usually stands in a placeholder what is to stand there.
    private static func target(_ route: Route, _ fill: (_ usual: String) -> String) -> String {
        let account = route.path.contains("list/") ? "list" : route.path.contains("alias/") ? "team" : "jo"
        let isNewDomain = route.method == .post && route.path == "/api/domain/<domain>"
        let isNew =
            route.method == .post
            && ["/api/user/<mail>", "/api/alias/<mail>", "/api/maillist/<mail>"].contains(route.path)
        let mail = route.path.contains("/admin/") ? "dan@office.example" : "\(isNew ? "new" : account)@a.example"
        return route.path.split(separator: "/").map { piece in
            switch piece {
            case "<domain>": "/" + fill(isNewDomain ? "new.example" : "a.example")
            case "<mail>": "/" + fill(mail)
            case "<new_mail>": "/" + fill("renamed@a.example")
            case "<number>": "/" + fill("3")
            default: "/\(piece)"
            }
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Sends one value in one parameter beside the examples of those that must be there.
    private func send(_ route: Route, _ name: String, _ value: String, by client: TestAPI.Client) throws -> Answer {
        var fields = route.parameters.filter { $0.isRequired && $0.name != name }
            .map { "\($0.name)=\(Self.escaped($0.example))" }
        fields.append("\(name)=\(Self.escaped(value))")
        let form = fields.joined(separator: "&")
        let target = Self.target(route) { $0 }
        if route.method == .get { return try client.send(.get, "\(target)?\(form)") }
        return try client.send(route.method, target, form)
    }

    private func expectNoHarm(_ answer: Answer, _ what: Comment) {
        #expect(answer.status != .internalError && answer.word != "INTERNAL_ERROR" && answer.failure == nil, what)
        #expect(!answer.body.contains("SSHA512"), what)
    }

    @Test(arguments: API.routes)
    func sqlInAParameterIsNeverRun(_ route: Route) throws {
        let root = try api.globalAdmin()
        let (schema, bystander) = (try schema(), try bystander())
        for parameter in route.parameters {
            for value in Self.sql {
                let client = route.access == .open ? api.nobody : root
                let answer = try send(route, parameter.name, value, by: client)
                expectNoHarm(answer, "\(route.path) \(parameter.name)=\(value)")
            }
        }
        #expect(try self.schema() == schema)
        #expect(try self.bystander() == bystander)
        #expect(api.reports.lines.filter { $0.contains("SQLite") } == [])
    }

    @Test(arguments: API.routes.filter { $0.path.contains("<") && !$0.path.contains("/ldif/") })
    func sqlInAPathIsNeverRun(_ route: Route) throws {
        let root = try api.globalAdmin()
        let (schema, bystander) = (try schema(), try bystander())
        let example = route.parameters.filter(\.isRequired).map { "\($0.name)=\(Self.escaped($0.example))" }
            .joined(separator: "&")
        for value in ["'; DROP TABLE mailbox; --", "' OR '1'='1", "\" OR 1=1 --", "x'--"] {
            let text = Self.escaped(value)
            // Also where the text ends up in the middle of a well-formed address or name.
            for target in [Self.target(route) { text + $0 }, Self.target(route) { $0 + text }] {
                let answer = try root.send(route.method, target, route.method == .get ? nil : example)
                expectNoHarm(answer, "\(route.method.text) \(target)")
            }
        }
        #expect(try self.schema() == schema)
        #expect(try self.bystander() == bystander)
        #expect(api.reports.lines.filter { $0.contains("SQLite") } == [])
    }

    @Test(arguments: API.routes.filter { $0.method != .get })
    func noControlCharacterIsStored(_ route: Route) throws {
        let root = try api.globalAdmin()
        for parameter in route.parameters {
            for value in Self.controls {
                let client = route.access == .open ? api.nobody : root
                expectNoHarm(try send(route, parameter.name, value, by: client), "\(route.path) \(parameter.name)")
            }
        }
        let stored = try api.contents() + api.log() + api.rows("SELECT changes FROM log")
        let bad = stored.filter { row in
            row.unicodeScalars.contains {
                $0.properties.generalCategory == .control || $0.value == 0x2028 || (0x202a...0x202e).contains($0.value)
                    || (0x2066...0x2069).contains($0.value)
            }
        }
        #expect(bad == [])
        let lines = api.reports.lines + api.requests.take().map(\.line)
        #expect(lines.allSatisfy { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } })
    }
}
