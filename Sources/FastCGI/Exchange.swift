import Gateway
import Glibc
import Synchronization

/// A request in hand, waiting for its answer: exactly one, from any thread. Dropped without one, it closes the
/// connection.
///
/// `@unchecked Sendable`: `connection` is in the hand of this exchange; `isAnswered` lets one thread pass, once.
final class Exchange: @unchecked Sendable {
    private let id: ConnectionID
    private let connection: PeerConnection
    private let core: ResponderCore
    private let worker = pthread_self()
    /// The request was not read to its end, so the connection cannot carry another.
    private let isCutShort: Bool
    /// The peer's side was closed when its request was taken; that is not reported a second time by itself.
    private let isHungUp: Bool
    private let isAnswered = Atomic(false)

    init(_ connection: PeerConnection, _ id: ConnectionID, isCutShort: Bool, isHungUp: Bool, _ core: ResponderCore) {
        self.connection = connection
        self.id = id
        self.isCutShort = isCutShort
        self.isHungUp = isHungUp
        self.core = core
    }

    deinit {
        if !isAnswered.load(ordering: .acquiring) { breakOff() }
    }

    /// Sends the answer on the calling thread, as `Responder.Answer` says, then lets the connection wait for its next
    /// request. A second answer goes nowhere.
    func answer(_ response: Response) {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let isOnWorker = pthread_equal(worker, pthread_self()) != 0
        let response = core.safe(response)
        let sender = AnswerStream(response, to: connection.request, deadline: .now + core.answerOnWorker)
        if !isOnWorker {
            guard let length = sender.length, length <= Self.longestElsewhere else {
                core.log.say(
                    .tooLong,
                    "an answer was not sent: on a thread that others wait for it must be whole, and have 4 KiB at most")
                return breakOff()
            }
            connection.writesBlock = false
        }
        do {
            try sender.send()
        } catch {
            return breakOff()
        }
        let isKept = connection.request.keepsConnection
        guard connection.request.finish() else { return core.table.drop(id) { $0.aborted += 1 } }
        if !isOnWorker { connection.writesBlock = true }
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
