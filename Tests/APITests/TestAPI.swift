import API
import ContractChecks
import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Storage
import StoreSupport
import Synchronization
import Testing
import Threads

/// The whole API on a new, empty state in a directory of its own, without a socket. The clock stands until it is moved.
///
/// It belongs to one thread, as the reader it holds does.
final class TestAPI {
    /// The global admin every state begins with.
    static let admin = "postmaster@admin.example"
    static let password = "Secret-1234"

    /// For files beside the databases, and for these if they are files.
    let directory: String
    let place: StatePlace
    private var connections: [String: Engine] = [:]
    let clock: StandingClock
    /// What went to the operator's log.
    let reports = Reports()
    private var api: API
    private let makeAPI: () throws -> API
    let writer: Writer
    let pool: HashPool
    let delays: DelayedTasks
    private let lists: TestListHelper?
    /// What the operator's log was told of each request.
    let requests = Requests()
    let store: Store

    /// - Parameters:
    ///   - settings: beside `ENABLE_RESTFUL_API`, which is on. Admins' passwords are hashed fast, unless `slowHashes`,
    ///     and
    ///     wrong logins make nobody wait, unless `delaysLogins`.
    ///   - start: what the clock shows at first; 2026-01-31 23:59:59 UTC.
    ///   - lookUp: as of `API`.
    ///   - lists: the helper for mailing lists; nil for none.
    ///   - state: what is there, its admin included; nil for a new state.
    init(
        _ settings: Settings = Settings(), enabled: Bool = true, slowHashes: Bool = false, delaysLogins: Bool = false,
        gateSecret: String? = nil, start: Int = 1_769_903_999, on state: NewState? = nil, operators: Set<UInt32> = [0],
        lookupUsers: Set<UInt32> = [], lookUp: API.LookUp? = nil, lists: TestListHelper? = nil
    ) throws {
        var settings = settings.with(Settings.apiEnabled, enabled).with(Settings.delaysLogins, delaysLogins)
        if let lists { settings = settings.with(Settings.mailingListSocket, lists.socket) }
        self.lists = lists
        if !slowHashes { settings = settings.with(Settings.adminPasswordScheme, "SSHA512") }
        let directory = FileManager.default.temporaryDirectory.appending(path: "postern-test-\(UUID())").path
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let place = try (state ?? NewState.shared.get()).make(in: directory)
        self.place = place
        let opened = Queue<Result<Void, any Error>>()
        writer = try Writer(
            open: { try Store(place, .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { _ in }, damaged: { _ in })
        for outcome in opened.take() { try outcome.get() }
        pool = try HashPool(threads: 1)
        delays = try DelayedTasks(capacity: 256)
        clock = StandingClock(start)
        makeAPI = { [settings, writer, pool, delays, clock, reports, requests] in
            API(
                configuration: try Configuration(
                    settings, gateSecret: gateSecret.map { Secret($0) }, lookupUsers: lookupUsers),
                writer: writer, openReader: { try Store(place, .reader) }, pool: pool, delays: delays,
                lookUp: lookUp, operators: operators, clock: { clock.now },
                gauges: { [Gauge("postern_test_things", "Things of a test.", 7)] }, report: { reports.add($0) },
                log: { requests.add($0) })
        }
        api = try makeAPI()
        store = try Store(place, .reader)
        if state == nil { try addGlobalAdmin() }
    }

    deinit {
        delays.stop()
        pool.stop()
        writer.stop()
        try? FileManager.default.removeItem(atPath: directory)
        if case .server(let server) = place { ServerDatabases.shared?.giveBack(server) }
    }

    /// A connection of the test's own to the tables of a file, beside the API.
    func connection(_ file: StoreFile = .vmail, writes: Bool = false) throws -> Engine {
        switch place {
        case .files(let directory):
            let path = "\(directory)/\(file.relativePath)"
            return .sqlite(try SQLiteConnection(path, writes ? .writer(synchronous: .normal) : .reader))
        case .server(let server):
            let name = "\(server.name(of: ServerDatabase(holding: file))) \(writes)"
            if let known = connections[name] { return known }
            let engine = Engine.postgresql(
                try server.connect(to: ServerDatabase(holding: file), writes ? .command : .reader))
            connections[name] = engine
            return engine
        }
    }

    /// Takes new settings, as SIGHUP does.
    /// - Parameter more: routes that are served as well.
    func reconfigure(_ settings: Settings, serving more: [Route] = []) throws {
        api.reconfigure(try Configuration(settings, gateSecret: nil, routes: API.allRoutes + more))
    }

    /// Goes on with a new API on the same state, as a restarted program does.
    func restart() throws {
        api = try makeAPI()
        api.resumeLongChanges()
        api.reconcileLists()
    }

    /// Sends requests without waiting in between, and then waits for all the answers.
    /// - Returns: in the order of the requests.
    func sendAtOnce(_ requests: [Request]) throws -> [Answer] {
        try begin(requests).map { answers in
            guard let answer = answers.take().first else { throw NoAnswer() }
            return answer
        }
    }

    /// Sends requests without waiting for any answer, as one worker gets those that have arrived together.
    /// - Returns: where each answer will come, in the order of the requests.
    func begin(_ requests: [Request], isDryRun: Bool = false) -> [Queue<Answer>] {
        let group = RequestGroup(api, store)
        defer { group.serve() }
        return requests.map { request in
            let answers = Queue<Answer>()
            let put: API.Answer = { response in
                let answer = Answer(response)
                // A dry run answers with what would change.
                if !isDryRun { Self.compare(answer, to: request) }
                _ = answers.put(answer)
            }
            if isDryRun {
                api.handle(request, store, isDryRun: true, put)
            } else if !group.add(request, put) {
                group.serve()
            }
            return answers
        }
    }

    /// Sends a request, and says whether a worker would have had others join it.
    func joins(_ request: Request) -> Bool {
        let group = RequestGroup(api, store)
        defer { group.serve() }
        return group.add(request) { _ in }
    }

    /// Waits until the writer has done everything it was given so far.
    func settle() throws { try change { _ in } }

    /// Sends one request and waits for its answer.
    func send(_ request: Request) throws -> Answer {
        let answers = Queue<Answer>()
        api.handle(request, store) { response in _ = answers.put(Answer(response)) }
        guard let answer = answers.take().first else { throw NoAnswer() }
        Self.compare(answer, to: request)
        return answer
    }

    /// The one place through which the tests of this room speak to the API.
    private static func compare(_ answer: Answer, to request: Request) {
        guard answer.failure == nil else { return }
        let faults = AnswerCheck.faults(
            in: .init(
                request.method, request.target, status: answer.status.rawValue, type: answer.headers["Content-Type"],
                hasLink: answer.headers["Link"] != nil, body: answer.body))
        for fault in faults { Issue.record("\(fault)") }
    }

    private func addGlobalAdmin() throws {
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(Self.password), .ssha512)
        try change { store in
            guard let username = MailAddress(Self.admin) else { return }
            try store.admins.insertGlobal(username, password: hash, now: Moment(epoch: 0))
        }
    }

    /// Changes the databases beside the API, on the one writer.
    func change(_ body: @escaping @Sendable (Store) throws -> Void) throws {
        let outcomes = Queue<Result<Void, any Error>>()
        guard writer.submit(body, done: { _ = outcomes.put($0) }) else { throw NoAnswer() }
        for outcome in outcomes.take() { try outcome.get() }
    }
}
