import API
import FastCGI
import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash
import SQLite
import Synchronization
import Threads

/// `postern serve`: answers the web server until it is told to stop.
enum Serve: Command {
    static let name = "serve"
    static let summary = "Serves the API over FastCGI."
    static let options = [Option.state, .settings, socket, listen]
    static let notes = """
        Without --socket and --listen, the socket comes from systemd (postern.socket).
        SIGHUP reads the settings again; a file that cannot be read leaves the old ones in force.
        SIGTERM and SIGINT stop within five seconds; what is in hand is finished first.
        """

    private static let socket = Option(
        name: "--socket", value: "PATH", meaning: "Makes a local socket there, mode 0660.")
    private static let listen = Option(
        name: "--listen", value: "127.0.0.1:PORT", meaning: "Listens on a loopback address instead.")

    /// How long what is in hand may take after SIGTERM.
    private static let stopLimit = Duration.milliseconds(4500)

    static func run(_ arguments: Arguments) throws {
        // Blocked before any thread starts, so that only the wait below ever sees them.
        let signals = SignalWait([SIGTERM, SIGINT, SIGHUP])
        umask(0o027)
        let loaded = try LoadedSettings(arguments)
        for warning in loaded.warnings { Postern.report(warning) }
        let state = StateDirectory(arguments)
        try state.prepare()
        let service = try Service(state, loaded)
        let responder = try service.start(on: listener(arguments))
        Postern.report("ready: \(API.routes.count) routes, state \(state.path)")
        while true {
            switch signals.next() {
            case SIGHUP: service.reload(arguments)
            default:
                Postern.report("stopping")
                guard service.stop(responder, within: stopLimit) else {
                    throw ExitError("requests were still in hand after the time for stopping; they are cut off")
                }
                return
            }
        }
    }

    private static func listener(_ arguments: Arguments) throws -> ListeningSocket {
        switch (arguments[socket], arguments[listen]) {
        case (let path?, nil): return try .unix(path)
        case (nil, let address?):
            Postern.report("listening on TCP: every process of this machine may claim any client address")
            return try .tcp(address)
        case (nil, nil):
            if let socket = try ListeningSocket.fromSystemd() { return socket }
            throw UsageError(reason: "no socket: systemd gave none, and neither --socket nor --listen was given")
        case (_?, _?): throw UsageError(reason: "--socket and --listen exclude each other")
        }
    }
}

extension StateDirectory {
    /// Makes sure that every database is there, is ours and is up to date, and that nobody else writes.
    func prepare() throws {
        for file in StoreFile.allCases where access(path(of: file), F_OK) != 0 {
            throw ExitError(
                "\(path(of: file)) is missing; `postern init --state \(path) --admin MAIL` makes a new state",
                code: .configuration)
        }
        try lock()
        for file in StoreFile.allCases {
            do {
                guard access(path(of: file), R_OK | W_OK) == 0 else {
                    throw ExitError("\(path(of: file)) cannot be written by this user", code: .configuration)
                }
                if let copy = try Migrator.update(file, at: path(of: file)) {
                    Postern.report("\(file.rawValue): schema updated; the file as it was: \(copy)")
                }
            } catch let error as SQLiteError {
                throw ExitError(
                    error.isCorrupt ? "\(path(of: file)) is damaged: restore it from a backup (\(error))" : "\(error)",
                    code: error.isCorrupt ? .unusableData : .inputOutput)
            }
        }
    }
}

/// The threads behind the API, from the writer to the workers.
private final class Service: Sendable {
    private let state: String
    private let writer: Writer
    private let pool: HashPool
    private let api: API
    private let peers: Mutex<Set<UInt32>>

    init(_ state: StateDirectory, _ loaded: LoadedSettings) throws {
        let path = state.path
        let opened = Queue<Result<Void, any Error>>()
        // The writer first: it recovers what a killed process left, before any reader looks.
        writer = try Writer(
            open: { try Store(directory: path, .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { error in
                Postern.report("\(error): the disk does not keep what is written; ending, to be started anew")
                _exit(ExitCode.inputOutput.rawValue)
            })
        for outcome in opened.take() { try outcome.get() }
        pool = try HashPool(threads: max(1, ProcessInfo.processInfo.activeProcessorCount - 1))
        api = API(
            configuration: loaded.configuration, writer: writer, pool: pool, clock: Moment.now,
            report: Postern.report)
        self.state = path
        peers = Mutex(loaded.peers)
    }

    func start(on socket: ListeningSocket) throws -> Responder {
        let responder = try Responder(
            socket, workers: ProcessInfo.processInfo.activeProcessorCount,
            isPeerAllowed: { [self] user in peers.withLock { $0.contains(user) } },
            log: Postern.report,
            makeHandler: { [api, state] in
                let store = try Store(directory: state, .reader)
                return { request, answer in api.handle(request, store, answer) }
            })
        try responder.start()
        return responder
    }

    func reload(_ arguments: Arguments) {
        do {
            let loaded = try LoadedSettings(arguments)
            for warning in loaded.warnings { Postern.report(warning) }
            api.reconfigure(loaded.configuration)
            peers.withLock { $0 = loaded.peers }
            Postern.report("settings read again")
        } catch let error as ExitError {
            Postern.report("settings not changed: \(error.reason)")
        } catch {
            Postern.report("settings not changed: \(error)")
        }
    }

    /// - Returns: false when something in hand could not be finished in time.
    func stop(_ responder: Responder, within limit: Duration) -> Bool {
        guard responder.stop(within: limit) else { return false }
        pool.stop()
        writer.stop()
        return true
    }
}

/// Signals that are waited for instead of interrupting.
private struct SignalWait {
    private var set = sigset_t()

    /// Blocks them for this thread and all it starts.
    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    func next() -> Int32 {
        var signals = set
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        return signal
    }
}
