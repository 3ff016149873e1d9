import API
import FastCGI
import Foundation
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
    let api: API
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
        delays = try DelayLine(capacity: 256)
        api = API(
            configuration: loaded.configuration, writer: writer, pool: pool, delays: delays, operators: [0, geteuid()],
            clock: Moment.now, report: Postern.report)
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

    /// Removes what nobody needs any more, a page at a time between other changes.
    func tidyUp() { tidyUp(Housekeeping(now: .now()), removedBefore: 0) }

    private func tidyUp(_ work: Housekeeping, removedBefore: Int) {
        _ = writer.submit({ store in try work.step(in: store) }) { [self] outcome in
            switch outcome {
            case .success(let step):
                let removed = removedBefore + step.removed
                if let rest = step.rest {
                    tidyUp(rest, removedBefore: removed)
                } else if removed > 0 {
                    Postern.report("housekeeping: \(removed) left-over or expired entries removed")
                }
            case .failure(let error): Postern.report("housekeeping is put off: \(error)")
            }
        }
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
        stop()
        return true
    }

    /// Does what is queued and ends the threads behind the API.
    func stop() {
        delays.stop()
        pool.stop()
        writer.stop()
    }
}

