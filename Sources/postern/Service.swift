import API
import FastCGI
import FoundationEssentials
import Glibc
import Mail
import MailStore
import PasswordHash
import Synchronization
import Threads

/// The API with its threads: writer, pool, delay line, log, and after `start` the workers (`RequestLife.md` 2).
///
/// It also serves the operator's tools while the server is down: then without workers (`OperatorChannel`).
final class Service: Sendable {
    private let place: StatePlace
    private let standby: Standby?
    private let writer: Writer
    private let pool: HashPool
    private let outside: HashPool
    private let delays: DelayedTasks
    private let lookups: LookupClient?
    private let log: RequestLog?
    private let gauges: ServiceGauges
    let api: API
    private let peers: Mutex<Set<UInt32>>

    /// Starts the threads behind the API.
    ///
    /// - Parameters:
    ///   - lookupSocket: of the service that looks domains up at once; nil for the operator's tools.
    ///   - log: gets a line for each request; nil for the operator's tools.
    /// - Throws: when a database cannot be opened, or a value of the settings cannot be used.
    init(
        _ state: StateDirectory, _ loaded: LoadedSettings, lookupSocket: String? = nil, log: RequestLog? = nil
    ) throws {
        let place = state.place
        let opened = Queue<Result<Void, any Error>>()
        // The writer first: it recovers what a killed process left, before any reader looks.
        writer = try Writer(
            open: { try Store(place, .writer) },
            ready: { error in _ = opened.put(error.map { .failure($0) } ?? .success(())) },
            lost: { error in
                Postern.report(
                    "\(error): a sync of the disk failed; the process ends so that it is started anew", .error)
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
        // One thread for what takes long, one for requests that wait.
        outside = try HashPool(named: "outside", threads: 2)
        delays = try DelayedTasks(capacity: 256)
        let known = try configuration.get()
        // The last that may fail, because its threads have to be ended.
        let lookups: LookupClient? = if let lookupSocket { try LookupClient(lookupSocket) } else { nil }
        self.lookups = lookups
        let lookUp: API.LookUp? = if let lookups { { lookups.ask($0, $1) } } else { nil }
        let standby = state.standby.map { server in Standby(server) { Postern.report($0, server) } }
        self.standby = standby
        let gauges = ServiceGauges(
            state: state, standby: standby, writer: writer, pool: pool, delays: delays, log: log)
        self.gauges = gauges
        self.log = log
        api = API(
            configuration: known, writer: writer,
            openReader: { try Store(place, .reader) }, pool: pool, outside: outside, delays: delays,
            lookUp: lookUp, operators: [0, geteuid()],
            clock: Moment.now, gauges: { gauges.all }, report: { Postern.report($0) }, log: { log?.add($0) })
        self.place = place
        peers = Mutex(loaded.peers)
    }

    /// Starts the workers, and continues changes of whole domains that were interrupted.
    ///
    /// - Parameter kept: connections that an earlier process has left to this one.
    func start(on socket: ListeningSocket, adopting kept: [Int32] = []) throws -> Responder {
        let responder = try Responder(
            socket, workers: ProcessInfo.processInfo.activeProcessorCount,
            isPeerAllowed: { [self] user in peers.withLock { $0.contains(user) } },
            log: { Postern.report($0, .warning) },
            makeHandler: { [api, place, standby] in
                let group = RequestGroup(api, try Store(place, .reader, standby: standby))
                return Responder.Handler(add: group.add, serve: group.serve)
            })
        try responder.start(adopting: kept)
        gauges.observe(responder)
        api.resumeLongChanges()
        api.reconcileLists()
        api.makeDocuments()
        return responder
    }

    /// Continues what was promised and not finished: changes of whole domains (`Storage.md` 8), and those of mailing
    /// lists outside the databases (`Storage.md` 9).
    func resume() {
        api.resumeLongChanges()
        api.finishLists()
    }

    /// Starts a round of housekeeping: one page at a time, between other changes. `Storage.md` 8 says what is removed.
    func startHousekeeping() {
        runHousekeeping(Housekeeping(now: .now()), removedBefore: 0)
        api.reconcileLists()
    }

    private func runHousekeeping(_ work: Housekeeping, removedBefore: Int) {
        _ = writer.submit({ store in try work.step(in: store) }) { [self] outcome in
            switch outcome {
            case .success(let step):
                let removed = removedBefore + step.removed
                // The end of a claim may have begun the deletion of a domain.
                if step.removed > 0 { api.resumeLongChanges() }
                if let rest = step.rest {
                    runHousekeeping(rest, removedBefore: removed)
                } else if removed > 0 {
                    Postern.report("housekeeping: \(removed) left-over or expired entries removed")
                }
            case .failure(let error): Postern.report("housekeeping is put off: \(error)")
            }
        }
    }

    /// Queues a job that changes nothing and calls `answer` on the writer's thread.
    /// - Returns: false when the queue is full.
    func askWriter(_ answer: @escaping @Sendable () -> Void) -> Bool {
        // Any outcome is a sign of life: a busy database or a full disk is no reason for a restart.
        writer.submit(usesAccounts: false, { _ in }, done: { _ in answer() })
    }

    /// The figures, for the log.
    var status: StatusText? {
        // Our own JSON: always readable.
        (try? JSONDecoder().decode(ServiceFigures.self, from: Data(api.status))).map(StatusText.init)
    }

    /// Reads the settings again. When they cannot be used, the ones in force stay.
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

    /// Stops the workers, then the threads behind the API.
    ///
    /// - Parameter keep: as of `Responder.stop`.
    /// - Returns: false when requests were not finished in time; the threads still run then.
    func stop(_ responder: Responder, within limit: Duration, keeping keep: (([Int32]) -> Bool)? = nil) -> Bool {
        api.leave()
        // Requests that wait for the DNS are answered now.
        lookups?.stop()
        guard responder.stop(within: limit, keeping: keep) else { return false }
        stop()
        return true
    }

    /// Finishes what is queued and ends the threads behind the API.
    func stop() {
        lookups?.stop()
        delays.stop()
        outside.stop()
        pool.stop()
        writer.stop()
        log?.stop()
    }
}

extension Postern {
    fileprivate static func report(_ news: Standby.Report, _ server: ServerState) {
        switch news {
        case .notUsed(let error):
            report("the standby \(server) is not used, the primary is read instead: \(error)", .warning)
        case .usedAgain: report("the standby \(server) is used again", .information)
        }
    }
}
