package import Gateway
import Glibc
import Synchronization
import Threads

/// Answers the requests of a web server over FastCGI.
///
/// Each `Worker` is a thread; all of them wait on one `Poller` (epoll). A connection never owns a thread: while its
/// request arrives it waits in `ConnectionTable`, and the worker that sees the request complete takes it in hand and
/// calls the handler. `RecordScanner` and `ParameterScanner` check all bytes before libfcgi reads them
/// (`ProtocolRequest`). An `Exchange` sends the answer, on whichever thread has it, and lets the connection wait again.
/// `ListeningSocket` makes the socket; `ResponderLimits` has all limits. More: `Security.md` 1, `RequestLife.md`.
package final class Responder: Sendable {
    /// Sends the answer on the calling thread. To be called once, on any thread; a further call does nothing.
    ///
    /// On another thread than the one that called the handler, the body must be `bytes`, head and body have at most
    /// 4 KiB, and the connection is closed when the socket has no room for them. When the last copy of the
    /// function goes uncalled, the connection is closed without an answer.
    package typealias Answer = @Sendable (Response) -> Void

    /// What a worker does with requests. It may answer before it returns, or keep the answer functions for other threads.
    package struct Handler {
        let add: (Request, @escaping Answer) -> Bool
        let serve: () -> Void

        /// - Parameters:
        ///   - add: adds a request, and says whether others that have arrived may join it.
        ///   - serve: handles those that were added. Called as soon as none may join, or none is there.
        package init(add: @escaping (Request, @escaping Answer) -> Bool, serve: @escaping () -> Void) {
            self.add = add
            self.serve = serve
        }

        /// Handles one request at a time.
        package init(_ handle: @escaping (Request, @escaping Answer) -> Void) {
            self.init(
                add: { request, answer in
                    handle(request, answer)
                    return false
                }, serve: {})
        }
    }

    private let core: ResponderCore
    private let busyTimers: [BusyTimer]
    private let makeHandler: @Sendable () throws -> Handler
    /// Nil when the workers have ended.
    private let threads = Mutex<[WorkerThread]?>([])

    /// - Parameters:
    ///   - socket: closed when the responder stops.
    ///   - workers: how many threads serve: one for each core.
    ///   - isPeerAllowed: whether processes of this user id may connect to a local socket. Connections of others are
    ///     closed unread.
    ///   - log: takes one line for the operator, without secrets; at most one of a kind in ten seconds.
    ///   - makeHandler: called once on each worker's own thread, so that a handler can own what is not `Sendable`.
    /// - Throws: when libfcgi or epoll cannot be set up.
    package init(
        _ socket: ListeningSocket, workers: Int, limits: ResponderLimits = ResponderLimits(),
        isPeerAllowed: @escaping @Sendable (UInt32) -> Bool, log: @escaping @Sendable (String) -> Void,
        makeHandler: @escaping @Sendable () throws -> Handler
    ) throws {
        try ProtocolLibrary.initialise()
        let poller = try Poller(tick: MonotonicTime.Span(limits.tick))
        core = ResponderCore(socket, poller, limits, LogThrottle(log), isPeerAllowed: isPeerAllowed)
        busyTimers = (0..<max(1, workers)).map { _ in BusyTimer() }
        self.makeHandler = makeHandler
    }

    package var statistics: ResponderStatistics { core.table.statistics }

    /// The longest time since which a worker has been busy, or has last sent an answer; zero when all wait. A request
    /// takes at most `ResponderLimits.answerOnWorker` and a few writes, so a worker that is busy for longer hangs.
    package var longestBusy: Duration { busyTimers.map(\.busyTime).max() ?? .zero }

    /// Starts the workers. Returns when each has its handler and connections are accepted. To be called once.
    ///
    /// The workers inherit the caller's signal mask.
    /// - Parameter kept: connections that an earlier process has left to this one, as `ListeningSocket.fromSystemd`
    ///   gives them. The responder closes them.
    /// - Throws: what `makeHandler` threw, or that a thread cannot be started. No thread runs then.
    package func start(adopting kept: [Int32] = []) throws {
        let outcomes = Queue<Result<Void, any Error>>()
        do {
            for (index, busyTimer) in busyTimers.enumerated() {
                let thread = try WorkerThread(named: "worker \(index + 1)") { [core, makeHandler] in
                    core.table.workerStarts()
                    defer { core.table.workerEnds() }
                    do {
                        var worker = Worker(core, busyTimer, try makeHandler())
                        _ = outcomes.put(.success(()))
                        worker.run()
                    } catch {
                        _ = outcomes.put(.failure(error))
                    }
                }
                threads.withLock { $0?.append(thread) }
            }
            var ready = 0
            while ready < busyTimers.count {
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

    /// Stops accepting, serves the complete requests that have arrived, waits for the answers that are still missing,
    /// closes the connections and ends the workers.
    ///
    /// - Parameter keep: takes copies of the waiting connections for the next process, and returns false when it
    ///   cannot. Requests that wait in them are then left to the next process, so that a web server that goes on
    ///   sending cannot delay the stop. Nil: all waiting connections are closed.
    /// - Returns: false when `limit` was over first; the threads then still run, and a further call waits again.
    package func stop(within limit: Duration, keeping keep: (([Int32]) -> Bool)? = nil) -> Bool {
        let deadline = MonotonicTime.now + MonotonicTime.Span(limit)
        if core.table.beginStopping(keepingConnections: keep != nil) {
            core.poller.remove(listener: core.socket.descriptor)
            core.socket.close()
            core.poller.wakeAll()
        }
        guard core.table.awaitIdle(until: deadline) else { return false }
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
