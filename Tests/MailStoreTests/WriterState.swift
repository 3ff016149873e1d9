import Foundation
import Mail
import MailStore
import Storage
import StoreSupport
import Support
import Synchronization
import Threads

/// A writer on a new, empty state: in a directory of its own, or at the server of `Tests/postgresql`.
final class WriterState {
    static var isOnServer: Bool { ServerDatabases.shared != nil }

    /// For the files.
    let directory: TemporaryDirectory
    let place: StatePlace
    let writer: Writer
    /// What the writer said of the disk and the files.
    let alarms = Alarms()

    final class Alarms: Sendable {
        private let collected = Mutex<[String]>([])
        func add(_ alarm: String) { collected.withLock { $0.append(alarm) } }
        var all: [String] { collected.withLock(\.self) }
    }

    init() throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        let place: StatePlace
        if let databases = ServerDatabases.shared {
            place = .server(try databases.take())
        } else {
            place = .files(directory.path)
            for file in StoreFile.allCases {
                try FileManager.default.createDirectory(
                    atPath: "\(directory.path)/\(file.directory)", withIntermediateDirectories: true)
                let path = "\(directory.path)/\(file.relativePath)"
                _ = FileManager.default.createFile(atPath: path, contents: nil)
                try Migrator.fill(file, at: path)
            }
        }
        self.place = place
        let opened = Queue<Result<Void, any Error>>()
        writer = try Writer(
            open: { try Store(place, .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { [alarms] in alarms.add("lost: \($0.kind)") },
            damaged: { [alarms] in alarms.add("damaged: \($0.kind)") })
        for outcome in opened.take() { try outcome.get() }
    }

    deinit {
        writer.stop()
        if case .server(let server) = place { ServerDatabases.shared?.giveBack(server) }
    }

    /// A connection of another program to the tables of a file.
    func connection(_ file: StoreFile = .vmail, writes: Bool = false) throws -> Engine {
        try Self.connection(to: file, at: place, writes: writes)
    }

    static func connection(to file: StoreFile, at place: StatePlace, writes: Bool = false) throws -> Engine {
        switch place {
        case .files(let directory):
            .sqlite(
                try SQLiteConnection(
                    "\(directory)/\(file.relativePath)", writes ? .writer(synchronous: .normal) : .reader))
        case .server(let server):
            .postgresql(try server.connect(to: ServerDatabase(holding: file), writes ? .command : .reader))
        }
    }

    /// The first column of a query's rows.
    func rows(_ sql: SQL, in file: StoreFile = .vmail) throws -> [String] {
        try connection(file).all(sql) { $0.text(0) }
    }

    /// Domains, by name.
    var domains: [String] { get throws { try rows("SELECT domain FROM domain ORDER BY domain") } }

    /// Keeps the writer from going on until the returned function is called; what is queued meanwhile is one group.
    func hold() -> () -> Void {
        let reached = Queue<Bool>()
        let release = Queue<Bool>()
        _ = writer.submit(
            { _ in },
            done: { (_: Result<Void, any Error>) in
                _ = reached.put(true)
                _ = release.take()
            })
        _ = reached.take()
        return { _ = release.put(true) }
    }

    /// Runs one change and waits for its outcome.
    func run<Value: Sendable>(_ change: @escaping @Sendable (Store) throws -> Value) throws -> Value {
        let outcomes = Queue<Result<Value, any Error>>()
        guard writer.submit(change, done: { _ = outcomes.put($0) }) else { throw Refused() }
        guard let outcome = outcomes.take().first else { throw Refused() }
        return try outcome.get()
    }

    struct Refused: Error {}

    /// What each job of one group came to, in order: nil for success.
    func outcomes(_ jobs: [@Sendable (Store) throws -> Void]) -> [(any Error)?] {
        let outcomes = Queue<(any Error)?>()
        let release = hold()
        for job in jobs {
            _ = writer.submit(
                job,
                done: { result in
                    switch result {
                    case .success: _ = outcomes.put(nil)
                    case .failure(let error): _ = outcomes.put(error)
                    }
                })
        }
        release()
        var collected: [(any Error)?] = []
        while collected.count < jobs.count { collected += outcomes.take() }
        return collected
    }
}

extension Store {
    /// A domain with nothing in it.
    func insertDomain(_ text: String) throws {
        guard let name = DomainName(text) else { throw WriterState.Refused() }
        let row = DomainRow(
            name: name, title: "", status: .active, transport: "dovecot", quota: .unlimited, mailboxLimit: .unlimited,
            aliasLimit: .unlimited, listLimit: .unlimited, settings: AccountSettings())
        try domains.insert(row, now: Moment(epoch: 0))
    }

    func setTitle(_ title: String, of domain: String) throws {
        guard let name = DomainName(domain), var row = try domains.find(name) else { throw WriterState.Refused() }
        row.title = title
        try domains.update(row, now: Moment(epoch: 0))
    }

    /// A session, which lies in another file.
    func insertSession(_ hash: String) throws {
        guard let username = MailAddress("jo@a.example") else { throw WriterState.Refused() }
        try sessions.insert(hash, username: username, ip: "", now: Moment(epoch: 0), limit: 100)
    }
}
