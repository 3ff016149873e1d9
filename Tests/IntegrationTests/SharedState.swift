import Foundation
import Glibc
import Support
import Synchronization

/// A state at a PostgreSQL server, made by `postern init --database`.
final class SharedState {
    let server: PostgreSQLCluster

    init(_ server: PostgreSQLCluster) throws {
        self.server = server
        try PosternProgram.succeed(
            ["init", "--database", server.connection, "--admin", RunningPostern.admin, "--password-stdin"],
            input: RunningPostern.password + "\n")
    }

    /// What breaks a rule of the account tables.
    func faults(at other: PostgreSQLCluster? = nil) throws -> [String] {
        try AccountRules.all.compactMap { rule, query in
            let found = try (other ?? server).sql("vmail", query.replacingOccurrences(of: "instr(", with: "strpos("))
            return found.isEmpty ? nil : "\(rule): \(found)"
        }
    }

    /// Those of the users that are not there.
    func lost(of users: [String], at other: PostgreSQLCluster? = nil) throws -> Set<String> {
        let found = try (other ?? server).sql("vmail", "SELECT username FROM mailbox")
        return Set(users).subtracting(found.split(separator: "\n").map(String.init))
    }
}

/// One of several instances of the program whose databases are at a server: with a state directory, settings and a
/// socket of its own.
final class PosternInstance {
    private let directory: TemporaryDirectory
    private let logFile: String
    private(set) var process: ChildProcess?
    /// How often it was to be ready so far.
    private var starts = 0
    let socket: String

    /// Starts it.
    ///
    /// - Parameters:
    ///   - hosts: of the connection string.
    ///   - standby: the same for `DATABASE_READ`; empty for none.
    init(hosts: String, standby: String = "") throws {
        directory = try TemporaryDirectory()
        socket = "\(directory.path)/run/postern.sock"
        logFile = "\(directory.path)/log"
        for name in ["run", "state"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/\(name)", withIntermediateDirectories: false)
            chown("\(directory.path)/\(name)", Accounts.service.user, Accounts.service.group)
        }
        try directory.write(
            "settings.py",
            """
            ENABLE_RESTFUL_API = True
            storage_base_directory = '\(directory.path)/mail'
            DATABASE = '\(hosts)'
            DATABASE_READ = '\(standby)'
            LOG_REQUESTS = False

            """)
        try start()
    }

    convenience init(_ server: PostgreSQLCluster) throws {
        try self.init(hosts: "host=\(server.directory.path) port=\(server.port)")
    }

    deinit { process?.end() }

    func start() throws {
        try launch()
        try waitUntilReady()
    }

    /// Begins to start it.
    func launch() throws {
        starts += 1
        process = try ChildProcess(
            [
                PosternProgram.command, "serve", "--state", "\(directory.path)/state",
                "--settings", "\(directory.path)/settings.py", "--socket", socket,
            ], as: Accounts.service, log: logFile)
    }

    func waitUntilReady() throws {
        let isReady = Program.wait(atMost: .seconds(60)) { process?.isRunning != true || timesReady >= starts }
        guard isReady, process?.isRunning == true else {
            throw Program.Failure(description: "Postern does not start: \(log)")
        }
    }

    /// What `postern check` prints.
    func check() throws -> String {
        try PosternProgram.succeed(
            ["check", "--state", "\(directory.path)/state", "--settings", "\(directory.path)/settings.py"])
    }

    func stop() -> Int32? {
        defer { process = nil }
        return process?.stop(SIGTERM, within: .seconds(30))
    }

    func kill9() {
        _ = process?.stop(SIGKILL)
        process = nil
    }

    var log: String { (try? directory.read("log")) ?? "" }
    private var timesReady: Int { log.components(separatedBy: "ready: ").count - 1 }

    /// The files that are printed for a program, with all hosts; their directory.
    func printedConfiguration(_ program: String) throws -> String {
        let output = "\(directory.path)/\(program)"
        try PosternProgram.printConfiguration(program, to: output, ["--settings", "\(directory.path)/settings.py"])
        return output
    }

    /// Somebody who calls this instance, without a session yet.
    func client() -> InstanceClient { InstanceClient(socket) }

    /// The global admin's.
    func admin() throws -> InstanceClient {
        let client = client()
        try client.logIn(RunningPostern.admin, RunningPostern.password)
        return client
    }

    /// What `/api/health` answers; nil when nobody does.
    var health: Int? { try? client().send(.get, "/api/health").status }
}

/// A script that calls one instance past any web server, over one kept connection.
final class InstanceClient {
    private let socket: String
    private var connection: FastCGIClient?
    var cookie: String?

    init(_ socket: String, cookie: String? = nil) {
        self.socket = socket
        self.cookie = cookie
    }

    /// Begins a session.
    func logIn(_ username: String, _ password: String) throws {
        let answer = try send(.post, "/api/login", [("username", username), ("password", password)])
        guard answer.isDone, let pair = answer.header("set-cookie")?.split(separator: ";").first else {
            throw Program.Failure(description: "login: \(answer.status) \(answer.text)")
        }
        cookie = String(pair)
    }

    /// - Throws: when there is no answer, also because the instance was killed.
    func send(_ method: APIClient.Method, _ path: String, _ form: [(String, String)] = []) throws -> HTTPAnswer {
        let body = form.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        let parameters = Records.usual(
            method.rawValue, path, cookie: cookie, length: form.isEmpty ? "" : String(body.utf8.count))
        let connection = try self.connection ?? FastCGIClient(socket, limit: 120)
        self.connection = nil
        guard let text = try connection.exchange(Records.request(parameters, body: Array(body.utf8))) else {
            throw Program.Failure(description: "\(method.rawValue) \(path): the connection ended")
        }
        self.connection = connection
        let end = text.firstRange(of: "\r\n\r\n")
        let lines = text[..<(end?.lowerBound ?? text.endIndex)].components(separatedBy: "\r\n")
        let headers = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (
                name: (parts.first ?? "").lowercased(),
                value: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            )
        }
        let status = headers.first { $0.name == "status" }?.value.prefix(3)
        return HTTPAnswer(
            status: status.flatMap { Int($0) } ?? 200, headers: headers,
            body: Array(text[(end?.upperBound ?? text.endIndex)...].utf8))
    }

    /// A change that has to succeed.
    func change(_ method: APIClient.Method, _ path: String, _ form: [(String, String)] = []) throws {
        let answer = try send(method, path, form)
        guard answer.isDone else {
            throw Program.Failure(description: "\(method.rawValue) \(path): \(answer.status) \(answer.text)")
        }
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}

/// A real Postfix and a real Dovecot on the files that an instance prints.
final class MailPrograms {
    static let areInstalled =
        PostfixServer.isInstalled && PostfixReader.isInstalled(for: "pgsql") && DovecotServer.isInstalled
        && DovecotServer.isInstalled(for: "pgsql")

    private let instance: PosternInstance
    private let sink: MailSink
    private var postfix: PostfixServer
    private let dovecot: DovecotServer

    init(of instance: PosternInstance) throws {
        self.instance = instance
        sink = try MailSink()
        postfix = try Self.makePostfix(of: instance, sink)
        dovecot = try DovecotServer(configuration: instance.printedConfiguration("dovecot"))
    }

    deinit {
        postfix.stop()
        dovecot.stop()
        sink.stop()
    }

    private static func makePostfix(of instance: PosternInstance, _ sink: MailSink) throws -> PostfixServer {
        try PostfixServer(
            configuration: instance.printedConfiguration("postfix"), port: Loopback.freePort(), sink: sink.port)
    }

    /// A new Postfix, which has lost no connection yet: after that it leaves a host alone for a minute.
    func replacePostfix() throws {
        postfix.stop()
        postfix = try Self.makePostfix(of: instance, sink)
    }

    /// Whether Postfix takes mail for a user and Dovecot lets him in, each for the right reason; false also while either
    /// cannot tell.
    func know(_ user: String) -> Bool { postfixKnows(user) && dovecotKnows(user) }

    func postfixKnows(_ user: String) -> Bool {
        (try? postfix.reply(to: user))?.hasPrefix("250 ") == true
            && (try? postfix.reply(to: "no-\(user)"))?.hasPrefix("550 ") == true
    }

    func dovecotKnows(_ user: String) -> Bool {
        (try? dovecot.accepts(user, UserMakers.password, service: "imap")) == true
            && (try? dovecot.accepts(user, "No-\(UserMakers.password)", service: "imap")) == false
            && (try? dovecot.userdb(user)) != nil
    }

    /// What Postfix says of a recipient.
    func reply(to recipient: String) throws -> String { try postfix.reply(to: recipient) }

    /// What they said last.
    var log: String { "\(postfix.log.suffix(3000)) \(dovecot.log.suffix(3000))" }
}

/// Calls at the same time, each on a thread of its own; what became of each, in their order.
func atOnce(_ calls: [@Sendable () throws -> HTTPAnswer]) throws -> [HTTPAnswer] {
    let outcomes = calls.map { _ in OnceWritten<Result<HTTPAnswer, any Error>>() }
    for (call, outcome) in zip(calls, outcomes) {
        Thread.detachNewThread { outcome.set(Result { try call() }) }
    }
    return try outcomes.map { try $0.wait().get() }
}

/// Writers at several instances who make users, whatever happens meanwhile, and what they were told.
final class UserMakers: Sendable {
    struct Seen {
        var acknowledged: [String] = []
        /// Refused because the database server was away, or busy for too long.
        var refused = 0
        /// The instance has gone.
        var unanswered = 0
        var surprises: [String] = []
    }

    /// An object of its own, because the writers begin before `init` has returned.
    private final class Notes: Sendable {
        let seen = Mutex(Seen())
    }

    /// Of every user.
    static let password = "User-pw-1"

    private let notes = Notes()
    private let crew: Crew

    /// - Parameters:
    ///   - name: begins the users' names.
    ///   - clients: with a session each; each is one writer.
    init(_ name: String, in domain: String, at clients: [(socket: String, cookie: String?)]) {
        let notes = notes
        crew = Crew(clients.count) { member in
            let client = InstanceClient(clients[member].socket, cookie: clients[member].cookie)
            return { round in
                let user = "\(name)\(member)-\(round)@\(domain)"
                guard let answer = try? client.send(.post, "/api/user/\(user)", [("password", Self.password)]) else {
                    notes.seen.withLock { $0.unanswered += 1 }
                    usleep(5_000)
                    return
                }
                notes.seen.withLock { seen in
                    if answer.isDone {
                        seen.acknowledged.append(user)
                    } else if answer.status == 503, ["INTERNAL_ERROR", "DATABASE_BUSY"].contains(answer.word) {
                        seen.refused += 1
                    } else {
                        seen.surprises.append("\(user): \(answer.status) \(answer.text)")
                    }
                }
                if !answer.isDone { usleep(5_000) }
            }
        }
    }

    var seen: Seen { notes.seen.withLock(\.self) }

    func stop() throws { try crew.stop(within: 180) }

    func abandon() { crew.abandon() }

    /// Waits until so many further users are made.
    func wait(for count: Int) throws {
        let wanted = seen.acknowledged.count + count
        guard Program.wait(atMost: .seconds(60), until: { seen.acknowledged.count >= wanted }) else {
            throw Program.Failure(description: "the writers get nowhere: \(seen)")
        }
    }
}
