import CFastCGI
import Gateway
import Synchronization

/// What one thread does: waits for events, checks what has arrived, and hands complete requests to the handler.
struct Worker {
    let core: ResponderCore
    let handler: Responder.Handler
    private let busyTimer: BusyTimer
    private let events: UnsafeMutableBufferPointer<epoll_event>
    /// Room for the longest request. The system gives memory only for the part that requests have filled.
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// How often it looks for more requests before those that were added are served: others may send what is none.
    private static let mostLooks = 32
    /// Whether the handler waits for more requests before it serves those that it has.
    private var mayAddMore = false

    init(_ core: ResponderCore, _ busyTimer: BusyTimer, _ handler: Responder.Handler) {
        self.core = core
        self.busyTimer = busyTimer
        self.handler = handler
        events = .allocate(capacity: 64)
        buffer = .allocate(capacity: RecordScanner.longestRequest(core.limits) + 1)
    }

    /// Returns after stopping has begun: at once when the connections are kept for the next process, otherwise when no
    /// complete request is left in any socket.
    mutating func run() {
        defer {
            events.deallocate()
            buffer.deallocate()
        }
        var isStopping = false
        while true {
            // One event at a time: a second one could wait behind a slow request while another worker is free. More are
            // taken only while the handler says that they may join.
            let wasStopping = isStopping
            let room = isStopping ? events : UnsafeMutableBufferPointer(rebasing: events[..<1])
            var count = core.poller.wait(room, atOnce: isStopping)
            var hasWorked = false
            var looks = 0
            busyTimer.begin()
            defer { busyTimer.end() }
            repeat {
                for event in room[..<count].map(Poller.event) {
                    switch event.source {
                    case .stop:
                        // The next process serves what is in the connections.
                        if core.table.isKeeping { return serveAdded() }
                        isStopping = true
                    case .tick: core.tick()
                    case .listener:
                        // Usually the request has arrived too.
                        if let (connection, id) = core.acceptConnections() { attend(connection, id, isHungUp: false) }
                    case .connection(let id):
                        hasWorked = true
                        if let connection = core.table.claim(id) { attend(connection, id, isHungUp: event.isHungUp) }
                    }
                }
                looks += 1
                let looksAgain = mayAddMore && !isStopping && looks < Self.mostLooks
                count = looksAgain ? core.poller.wait(room, atOnce: true) : 0
            } while count > 0
            serveAdded()
            if wasStopping, !hasWorked { return }
        }
    }

    private mutating func serveAdded() {
        guard mayAddMore else { return }
        mayAddMore = false
        handler.serve()
    }

    private mutating func attend(_ connection: PeerConnection, _ id: ConnectionID, isHungUp: Bool) {
        if connection.discardedBytes != nil {
            guard connection.discardArrived(buffer), !isHungUp else { return core.table.drop(id) }
            return core.table.park(id, until: core.deadline(for: connection))
        }
        switch connection.peek(into: buffer, core.limits) {
        case .closed:
            core.table.drop(id)
        case .scanned(.incomplete):
            let deadline = core.deadline(for: connection)
            if isHungUp {
                core.table.drop(id)
            } else if deadline <= .now {
                core.table.drop(id) { $0.timeouts += 1 }
            } else {
                core.table.park(id, until: deadline)
            }
        case .scanned(.malformed(let defect)):
            core.log.say(.malformed, "a connection was dropped: \(defect.rawValue)")
            core.table.drop(id) { $0.malformed += 1 }
        case .scanned(.complete):
            serve(connection, id, isTooLarge: false, isHungUp: isHungUp)
        case .scanned(.tooLarge):
            serve(connection, id, isTooLarge: true, isHungUp: isHungUp)
        }
    }

    private mutating func serve(_ connection: PeerConnection, _ id: ConnectionID, isTooLarge: Bool, isHungUp: Bool) {
        guard connection.request.read(from: connection.descriptor) else {
            return core.table.drop(id, closing: false) { $0.aborted += 1 }
        }
        let length = connection.scanner.bodyLength
        var request = connection.request.parameters.request(bodyLength: isTooLarge ? 0 : length)
        request.peer = connection.peer
        if isTooLarge {
            request.fault = .tooLarge
        } else if let body = connection.request.body(length) {
            if request.fault == nil { request.body = body }
        } else {
            connection.request.discard()
            return core.table.drop(id) { $0.aborted += 1 }
        }
        let exchange = Exchange(connection, id, isBodyUnread: isTooLarge, isHungUp: isHungUp, core, busyTimer)
        mayAddMore = handler.add(request) { response in exchange.answer(response) }
        if !mayAddMore { handler.serve() }
    }
}

/// How long a worker has been busy since it was woken or last sent an answer, to tell whether it hangs.
final class BusyTimer: Sendable {
    /// Since when, in nanoseconds of the monotonic clock; 0 while the worker waits for events.
    private let busySince = Atomic<Int64>(0)

    func begin() { busySince.store(MonotonicTime.now.sinceClockZero.nanoseconds, ordering: .relaxed) }

    func end() { busySince.store(0, ordering: .relaxed) }

    /// How long the worker has been busy; zero while it waits.
    var busyTime: Duration {
        let since = busySince.load(ordering: .relaxed)
        return since == 0 ? .zero : .nanoseconds(max(0, MonotonicTime.now.sinceClockZero.nanoseconds - since))
    }
}
