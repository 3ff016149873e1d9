import API
import FastCGI
import FoundationEssentials
import Glibc
import Mail
import MailStore
import PasswordHash
import Synchronization
import Threads

/// The threads behind the API, from the writer to the workers.
final class Service: Sendable {
    private let state: String
    private let writer: Writer
    private let pool: HashPool
    private let delays: DelayLine
    private let log: RequestLog?
    private let gauges: ServiceGauges
    let api: API
    private let peers: Mutex<Set<UInt32>>

    /// - Parameter log: where each request gets a line; nil for a tool, whose requests are the operator's own.
    init(_ state: StateDirectory, _ loaded: LoadedSettings, log: RequestLog? = nil) throws {
        let path = state.path
        let opened = Queue<Result<Void, any Error>>()
        // The writer first: it recovers what a killed process left, before any reader looks.
        writer = try Writer(
            open: { try Store(directory: path, .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { error in
                Postern.report(
                    "\(error): the disk does not keep what is written; ending, to be started anew", .error)
                _exit(ExitCode.inputOutput.rawValue)
            },
            damaged: { error in
                Postern.report(
                    "\(error): the file is damaged; nothing is written any more. Restore it from a backup and restart.",
                    .error)
            })
        // Made while the writer opens the files.
        let configuration = Result { try loaded.configuration() }
        for outcome in opened.take() { try outcome.get() }
        pool = try HashPool(threads: max(1, ProcessInfo.processInfo.activeProcessorCount - 1))
        delays = try DelayLine(capacity: 256)
        let gauges = ServiceGauges(state: path, writer: writer, pool: pool, delays: delays, log: log)
        self.gauges = gauges
        self.log = log
        api = API(
            configuration: try configuration.get(), writer: writer,
            openReader: { try Store(directory: path, .reader) }, pool: pool, delays: delays,
            operators: [0, geteuid()],
            clock: Moment.now, gauges: { gauges.all }, report: { Postern.report($0) }, log: { log?.add($0) })
        self.state = path
        peers = Mutex(loaded.peers)
    }

    /// - Parameter kept: connections that an earlier process has left to this one.
    func start(on socket: ListeningSocket, adopting kept: [Int32] = []) throws -> Responder {
        let responder = try Responder(
            socket, workers: ProcessInfo.processInfo.activeProcessorCount,
            isPeerAllowed: { [self] user in peers.withLock { $0.contains(user) } },
            log: { Postern.report($0, .warning) },
            makeHandler: { [api, state] in
                let store = try Store(directory: state, .reader)
                return { request, answer in api.handle(request, store, answer) }
            })
        try responder.start(adopting: kept)
        gauges.observe(responder)
        api.resumeLongChanges()
        api.makeDocuments()
        return responder
    }

    /// Goes on with changes of whole domains that have come to a halt.
    func resumeLongChanges() { api.resumeLongChanges() }

    /// Removes what nobody needs any more, a page at a time between other changes.
    func tidyUp() { tidyUp(Housekeeping(now: .now()), removedBefore: 0) }

    private func tidyUp(_ work: Housekeeping, removedBefore: Int) {
        _ = writer.submit({ store in try work.step(in: store) }) { [self] outcome in
            switch outcome {
            case .success(let step):
                let removed = removedBefore + step.removed
                // With a claim that was not proved goes its domain.
                if step.removed > 0 { api.resumeLongChanges() }
                if let rest = step.rest {
                    tidyUp(rest, removedBefore: removed)
                } else if removed > 0 {
                    Postern.report("housekeeping: \(removed) left-over or expired entries removed")
                }
            case .failure(let error): Postern.report("housekeeping is put off: \(error)")
            }
        }
    }

    /// Asks the writer for a sign of life, which `answer` is called with once it has come to that.
    /// - Returns: false when so many changes wait that this one is not taken.
    func askWriter(_ answer: @escaping @Sendable () -> Void) -> Bool {
        // That the database is busy or the disk full is no reason to restart: that it says so is the sign of life.
        writer.submit(usesAccounts: false, { _ in }, done: { _ in answer() })
    }

    /// The figures, for the log.
    var status: StatusText? {
        // Our own JSON: always readable.
        (try? JSONDecoder().decode(ServiceFigures.self, from: Data(api.status))).map(StatusText.init)
    }

    func reload(_ arguments: Arguments) {
        do {
            let loaded = try LoadedSettings(arguments)
            for warning in loaded.warnings { Postern.report(warning) }
            api.reconfigure(try loaded.configuration())
            api.makeDocuments()
            peers.withLock { $0 = loaded.peers }
            Postern.report("settings read again")
        } catch let error as ExitError {
            Postern.report("settings not changed: \(error.reason)")
        } catch {
            Postern.report("settings not changed: \(error)")
        }
    }

    /// - Parameter keep: as of `Responder.stop`.
    /// - Returns: false when something in hand could not be finished in time.
    func stop(_ responder: Responder, within limit: Duration, keeping keep: (([Int32]) -> Bool)? = nil) -> Bool {
        api.leaveLongChanges()
        guard responder.stop(within: limit, keeping: keep) else { return false }
        stop()
        return true
    }

    /// Does what is queued and ends the threads behind the API.
    func stop() {
        delays.stop()
        pool.stop()
        writer.stop()
        log?.stop()
    }
}
