import Gateway
import Glibc
import Synchronization

/// A request in hand that waits for its one answer, from any thread. When the last reference goes without an answer,
/// the connection is closed.
///
/// `@unchecked Sendable`: only the thread that sets `isAnswered`, or `deinit`, uses `connection`.
final class Exchange: @unchecked Sendable {
    private let id: ConnectionID
    private let connection: PeerConnection
    private let core: ResponderCore
    private let worker = pthread_self()
    private let busyTimer: BusyTimer
    /// The body is too large and was not read, so no further request can follow on the connection.
    private let isBodyUnread: Bool
    /// The peer had closed its side when its request was taken. epoll does not report that a second time by itself.
    private let isHungUp: Bool
    private let isAnswered = Atomic(false)

    /// - Parameter busyTimer: the worker's.
    init(
        _ connection: PeerConnection, _ id: ConnectionID, isBodyUnread: Bool, isHungUp: Bool, _ core: ResponderCore,
        _ busyTimer: BusyTimer
    ) {
        self.busyTimer = busyTimer
        self.connection = connection
        self.id = id
        self.isBodyUnread = isBodyUnread
        self.isHungUp = isHungUp
        self.core = core
    }

    deinit {
        if !isAnswered.load(ordering: .acquiring) { abort() }
    }

    /// Sends the answer on the calling thread, as `Responder.Answer` says, then lets the connection wait for its next
    /// request. A second call does nothing.
    func answer(_ response: Response) {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let isOnWorker = pthread_equal(worker, pthread_self()) != 0
        // The next of those that are answered together has as much time.
        defer { if isOnWorker { busyTimer.begin() } }
        let response = core.safe(response)
        let sender = AnswerStream(response, to: connection.request, deadline: .now + core.answerOnWorker)
        if !isOnWorker, !response.isPatient {
            guard let length = sender.length, length <= Self.longestElsewhere else {
                core.log.say(
                    .tooLong,
                    "an answer was not sent: on a thread that others wait for it must be whole, and have 4 KiB at most")
                return abort()
            }
            connection.writesBlock = false
        }
        do {
            try sender.send()
        } catch {
            return abort()
        }
        let isKept = connection.request.keepsConnection
        guard connection.request.finish() else { return core.table.drop(id) { $0.aborted += 1 } }
        if !isOnWorker { connection.writesBlock = true }
        guard isKept || isBodyUnread else { return core.table.drop(id) { $0.served += 1 } }
        connection.prepareForNextRequest(core.limits)
        if isBodyUnread { connection.startDiscarding() }
        core.table.park(id, until: core.deadline(for: connection), served: true, reporting: isBodyUnread || isHungUp)
    }

    /// Bytes of head and body of an answer that another thread than the worker sends.
    private static let longestElsewhere = 4096

    /// Closes the connection without FastCGI's end of request, so that the peer sees that the answer is incomplete.
    private func abort() {
        connection.request.discard()
        core.table.drop(id) { $0.aborted += 1 }
    }
}
