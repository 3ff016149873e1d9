import Gateway
import Glibc
import Synchronization

/// A request in hand, waiting for its answer: exactly one, from any thread. Dropped without one, it closes the
/// connection.
///
/// `@unchecked Sendable`: `connection` is in the hand of this exchange; `isAnswered` lets one thread pass, once.
final class Exchange: @unchecked Sendable {
    private let id: ConnectionID
    private let connection: Connection
    private let core: ResponderCore
    private let worker = pthread_self()
    /// The request was not read to its end, so the connection cannot carry another.
    private let isCutShort: Bool
    /// The peer's side was closed when its request was taken; that is not reported a second time by itself.
    private let isHungUp: Bool
    private let isAnswered = Atomic(false)

    init(_ connection: Connection, _ id: ConnectionID, isCutShort: Bool, isHungUp: Bool, _ core: ResponderCore) {
        self.connection = connection
        self.id = id
        self.isCutShort = isCutShort
        self.isHungUp = isHungUp
        self.core = core
    }

    deinit {
        if !isAnswered.load(ordering: .acquiring) { breakOff() }
    }

    /// Sends the answer on the calling thread, then lets the connection wait for its next request. A second answer
    /// goes nowhere.
    ///
    /// On any thread but the worker, others wait behind this answer: it must be short, and a peer that has no room for it
    /// loses its connection.
    func answer(_ response: Response) {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let isOnWorker = pthread_equal(worker, pthread_self()) != 0
        let sender = Sender(request: connection.request, deadline: .now + core.answerOnWorker)
        do {
            let response = core.safe(response)
            if isOnWorker {
                try sender.send(response)
            } else {
                guard let length = Sender.length(of: response), length <= Self.longestElsewhere else {
                    core.log.say(.tooLong, "an answer was not sent: it is too long for a thread that others wait for")
                    throw Sender.Interrupted()
                }
                connection.isWaiting = false
                try sender.send(response)
            }
        } catch {
            breakOff()
            return
        }
        let isKept = connection.request.keepsConnection
        guard connection.request.finish() else { return core.table.drop(id) { $0.aborted += 1 } }
        if !isOnWorker { connection.isWaiting = true }
        guard isKept || isCutShort else { return core.table.drop(id) { $0.served += 1 } }
        connection.startOver(core.limits)
        if isCutShort { connection.startDraining() }
        core.table.park(id, until: core.deadline(for: connection), served: true, reporting: isCutShort || isHungUp)
    }

    /// Bytes of head and body.
    private static let longestElsewhere = 4096

    /// Ends the connection in a way that no peer takes for the end of the answer.
    private func breakOff() {
        connection.request.discard()
        core.table.drop(id) { $0.aborted += 1 }
    }
}
