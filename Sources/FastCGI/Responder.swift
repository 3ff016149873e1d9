import CFastCGI
package import Gateway
import Glibc
import Synchronization
import Threads

/// Answers the requests of a web server over FastCGI.
///
/// The workers wait together on one epoll instance. A connection never owns a thread: the worker that sees a complete
/// request serves it, and the connection goes back to wait. libfcgi parses and writes the protocol, but sees only
/// bytes that `RecordScanner` has passed.
package final class Responder: Sendable {
    /// To be called once, on any thread; the answer is written by the calling thread. A further call does nothing.
    /// On any other thread than the one that called the handler, the answer must be whole and have at most 4 KiB, head and
    /// body, and a peer without room for it loses its connection.
    /// When the last copy goes away uncalled, the connection is closed without an answer.
    package typealias Answer = @Sendable (Response) -> Void
    /// Takes one request. It may answer before it returns, or keep the answer function and have another thread call it.
    package typealias Handler = (Request, @escaping Answer) -> Void

    private let core: ResponderCore
    private let pulses: [Pulse]
    private let makeHandler: @Sendable () throws -> Handler
    /// Nil when they have ended.
    private let threads = Mutex<[WorkerThread]?>([])

    /// - Parameters:
    ///   - socket: closed when the responder stops.
    ///   - workers: threads that serve; as many as there are cores.
    ///   - isPeerAllowed: whether processes of this user id may connect to a local socket. Others are closed unread.
    ///   - log: takes one line for the administrator, free of secrets, at most one of a kind in ten seconds.
    ///   - makeHandler: called once on each worker's own thread, so that a handler can own what is not `Sendable`.
    /// - Throws: when the system refuses what is needed to watch connections.
    package init(
        _ socket: ListeningSocket, workers: Int, limits: ResponderLimits = ResponderLimits(),
        isPeerAllowed: @escaping @Sendable (UInt32) -> Bool, log: @escaping @Sendable (String) -> Void,
        makeHandler: @escaping @Sendable () throws -> Handler
    ) throws {
        try ProtocolLibrary.initialise()
        let poller = try Poller(tick: MonotonicTime.Span(limits.tick))
        core = ResponderCore(socket, poller, limits, LogThrottle(log), isPeerAllowed: isPeerAllowed)
        pulses = (0..<max(1, workers)).map { _ in Pulse() }
        self.makeHandler = makeHandler
    }

    package var statistics: ResponderStatistics { core.table.statistics }

    /// For how long the worker that is longest at one thing has been at it; zero when all wait. No request takes longer
    /// than `ResponderLimits.answerOnWorker` and a few writes, so a worker beyond that hangs.
    package var longestBusy: Duration { pulses.map(\.span).max() ?? .zero }

    /// Returns when every worker has its handler and connections are accepted. To be called once.
    ///
    /// The workers inherit the caller's signal mask.
    /// - Parameter kept: connections that an earlier process has left to this one; they are ours from now on.
    /// - Throws: what `makeHandler` threw, or that a thread cannot be started. Nothing runs then.
    package func start(adopting kept: [Int32] = []) throws {
        let outcomes = Queue<Result<Void, any Error>>()
        do {
            for (index, pulse) in pulses.enumerated() {
                let thread = try WorkerThread(named: "worker \(index + 1)") { [core, makeHandler] in
                    core.table.workerStarts()
                    defer { core.table.workerEnds() }
                    do {
                        let worker = Worker(core, pulse, try makeHandler())
                        _ = outcomes.put(.success(()))
                        worker.run()
                    } catch {
                        _ = outcomes.put(.failure(error))
                    }
                }
                threads.withLock { $0?.append(thread) }
            }
            var ready = 0
            while ready < pulses.count {
                for outcome in outcomes.take() {
                    try outcome.get()
                    ready += 1
                }
            }
            for connection in kept.compactMap(core.adopt) {
                core.table.park(core.table.insert(connection), until: core.deadline(for: connection))
            }
            guard core.poller.add(listener: core.socket.descriptor) else {
                throw ListeningSocket.Failure("the socket cannot be watched", errno)
            }
        } catch {
            _ = stop(within: .seconds(5))
            throw error
        }
    }

    /// Stops accepting, serves the complete requests that lie in the connections, waits for every answer that is still
    /// owed, closes the connections and ends the workers.
    ///
    /// - Parameter keep: takes over copies of the connections that still wait, with what lies in them: the process after
    ///   this one will serve it. Then nothing that lies there is served here, so that a web server that goes on asking
    ///   does not hold up the end. False when nobody takes them. Nil: they are all closed.
    /// - Returns: false when the time ran out before; the threads still run then. A further call waits once more.
    package func stop(within limit: Duration, keeping keep: (([Int32]) -> Bool)? = nil) -> Bool {
        let deadline = MonotonicTime.now + MonotonicTime.Span(limit)
        if core.table.beginStopping(keepingConnections: keep != nil) {
            core.poller.remove(listener: core.socket.descriptor)
            core.socket.close()
            core.poller.wakeAll()
        }
        guard core.table.awaitSettled(until: deadline) else { return false }
        let ended = threads.withLock { threads in
            defer { threads = nil }
            return threads
        }
        guard let ended else { return true }
        for thread in ended { thread.join() }
        if let keep {
            let kept = core.table.keptConnections
            if !kept.isEmpty, !keep(kept) { core.log.say(.notKept, "\(kept.count) connections could not be kept") }
        }
        core.table.closeWaiting()
        core.poller.close()
        return true
    }
}
