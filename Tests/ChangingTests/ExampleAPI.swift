import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash
import Storage
import Settings
import Support
import Testing
import Threads

@testable import API

/// The API with the operations of an example, on a new state: the part of the `TestAPI` of `Tests/APITests` that the
/// examples need, under the same names, so that a test of `Changing.md` is one that can stand there.
final class TestAPI {
    /// The global admin.
    static let admin = "postmaster@admin.example"
    static let password = "Secret-1234"

    let directory: TemporaryDirectory
    private let api: API
    private let writer: Writer
    private let pool: HashPool
    private let delays: DelayedTasks
    private let store: Store

    /// - Parameters:
    ///   - routes: served as well, in the place of those with the same name.
    ///   - prepare: changes the new files before they are opened; it is told the state directory.
    init(
        serving routes: [Route] = [], _ settings: Settings = Settings(), prepare: (String) throws -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory()
        let path = directory.path
        for file in StoreFile.allCases {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(file.directory)", withIntermediateDirectories: false)
            try directory.write(file.relativePath, "")
            try Migrator.fill(file, at: "\(path)/\(file.relativePath)")
        }
        try prepare(path)
        let opened = Queue<(any Error)?>()
        writer = try Writer(
            open: { try Store(.files(path), .writer) }, ready: { _ = opened.put($0) }, lost: { _ in },
            damaged: { _ in })
        for error in opened.take() { if let error { throw error } }
        pool = try HashPool(threads: 1)
        delays = try DelayedTasks(capacity: 16)
        let names = Set(routes.map(\.id))
        let configuration = try Configuration(
            settings.with(Settings.apiEnabled, true).with(Settings.delaysLogins, false)
                .with(Settings.adminPasswordScheme, "SSHA512"),
            gateSecret: nil, routes: API.allRoutes.filter { !names.contains($0.id) } + routes)
        api = API(
            configuration: configuration, writer: writer, openReader: { try Store(.files(path), .reader) },
            pool: pool, delays: delays, clock: { Moment(epoch: 1_769_903_999) }, report: { Issue.record("\($0)") })
        store = try Store(.files(path), .reader)
        try addAdmin(Self.admin, of: ["ALL"])
    }

    deinit {
        delays.stop()
        pool.stop()
        writer.stop()
    }

    fileprivate func send(_ request: Request) throws -> Answer {
        let answers = Queue<Answer>()
        api.handle(request, store) { _ = answers.put(Answer($0)) }
        return try #require(answers.take().first)
    }

    /// Runs a statement of the test's own, beside the API.
    func run(_ sql: SQL) throws {
        try SQLiteConnection("\(directory.path)/\(StoreFile.vmail.relativePath)", .writer(synchronous: .normal))
            .execute(sql)
    }

    /// The rows of a query of the test's own, values joined by `|`.
    func rows(_ sql: SQL) throws -> [String] {
        try SQLiteConnection("\(directory.path)/\(StoreFile.vmail.relativePath)", .reader).all(sql) { row in
            (0..<row.columnCount).map { row.text($0) }.joined(separator: "|")
        }
    }
}

extension TestAPI {
    func addDomain(_ name: String) throws { try run("INSERT INTO domain (domain) VALUES (\(name))") }

    func addMailbox(_ address: String) throws {
        try run("INSERT INTO mailbox (username, domain) VALUES (\(address), \(Self.domain(of: address)))")
    }

    func addList(_ address: String) throws {
        let domain = Self.domain(of: address)
        try run("INSERT INTO maillists (address, domain, mlid) VALUES (\(address), \(domain), \(address))")
        try run("INSERT INTO alias (address, domain) VALUES (\(address), \(domain))")
    }

    /// A standalone admin whose password is `TestAPI.password`.
    func addAdmin(_ username: String, of domains: [String]) throws {
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(Self.password), .ssha512)
        try run("INSERT INTO admin (username, password) VALUES (\(username), \(hash))")
        for domain in domains {
            try run("INSERT INTO domain_admins (username, domain) VALUES (\(username), \(domain))")
        }
    }

    private static func domain(of address: String) -> String { String(address.drop { $0 != "@" }.dropFirst()) }
}

extension TestAPI {
    /// A client with a session of its own.
    struct Client {
        let api: TestAPI
        var cookie: String?

        func send(_ method: Gateway.Method, _ target: String, _ form: String? = nil) throws -> Answer {
            var request = Request(method, target)
            request.cookie = cookie
            if let form {
                request.body = Array(form.utf8)
                request.contentType = "application/x-www-form-urlencoded"
            }
            return try api.send(request)
        }

        /// Sends a request that must succeed.
        func done(_ method: Gateway.Method, _ target: String, _ form: String? = nil) throws {
            #expect(try send(method, target, form).word == nil)
        }

        /// Sends a request that must be refused.
        /// - Returns: `_msg`; nil for a success.
        func refusal(_ method: Gateway.Method, _ target: String, _ form: String? = nil) throws -> String? {
            try send(method, target, form).word
        }
    }

    /// Without a session.
    var nobody: Client { Client(api: self) }

    func globalAdmin() throws -> Client { try client(Self.admin) }

    func client(_ username: String) throws -> Client {
        let answer = try nobody.send(.post, "/api/login", "username=\(username)&password=\(Self.password)")
        return Client(api: self, cookie: answer.cookie)
    }
}

/// One answer, its pieces joined.
struct Answer: Sendable {
    let body: String
    /// The session's cookie as a client would send it back; nil when none was set.
    let cookie: String?

    fileprivate init(_ response: Response) {
        var bytes: [UInt8] = []
        switch response.body {
        case .bytes(let all): bytes = all
        case .stream(let stream): try? stream { bytes += $0 }
        }
        body = String(decoding: bytes, as: UTF8.self)
        cookie = response.headers.first { $0.name == "Set-Cookie" }.map { String($0.value.prefix { $0 != ";" }) }
    }

    /// `_msg` of a refusal; nil for a success.
    var word: String? { object["_success"] as? Bool == true ? nil : object["_msg"] as? String ?? body }

    /// `_data`, as Foundation reads it.
    var data: Any? { object["_data"] }

    /// A member of `_data`.
    func text(_ name: String) -> String? { (data as? [String: Any])?[name] as? String }

    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
}
