import CFastCGI
import Glibc
import Synchronization

/// All connections. Each is either waiting, so that any thread may claim or close it, or in hand, so that only the
/// thread that claimed it may touch it.
final class ConnectionTable: Sendable {
    typealias Counter = (inout ResponderStatistics) -> Void

    struct Entry {
        let id: ConnectionID
        let connection: PeerConnection
        var isInHand = true
        /// An event came while the connection was in hand: `park` has it reported again.
        var hasPendingEvent = false
        /// Whether the poller knows the connection.
        var isWatched = false
        /// Whether `sweep` has put its deadline off.
        var hasMoreTime = false
        var parkedAt: MonotonicTime
        var deadline: MonotonicTime
    }

    struct State {
        var entries: [Entry?] = []
        var freePlaces: [Int] = []
        /// How many connections there have been.
        var generations: UInt32 = 0
        var statistics = ResponderStatistics()
        var isStopping = false
        /// While stopping: the waiting connections are kept for the next process.
        var isKeeping = false
        var workers = 0

        /// Takes the entry out; the caller closes its connection.
        mutating func remove(_ entry: Entry) {
            entries[entry.id.place] = nil
            freePlaces.append(entry.id.place)
            if entry.isInHand { statistics.inHand -= 1 } else { statistics.waiting -= 1 }
        }
    }

    let state = Mutex(State())
    private let poller: Poller
    private let waitingLimit: Int
    /// An eventfd(2), readable when stopping has begun, the workers have ended and no connection is in hand.
    let idleEvent: Int32

    init(poller: Poller, waitingLimit: Int) {
        self.poller = poller
        self.waitingLimit = waitingLimit
        idleEvent = eventfd(0, Int32(EFD_CLOEXEC))
    }

    deinit { Glibc.close(idleEvent) }

    var statistics: ResponderStatistics { state.withLock { $0.statistics } }

    func count(_ counter: Counter) {
        state.withLock { counter(&$0.statistics) }
    }

    /// Whether one more connection may wait without another being closed for it.
    var hasRoom: Bool { state.withLock { $0.statistics.waiting < waitingLimit } }

    /// Makes room for one more waiting connection: at the limit, closes the one that has waited longest. A connection
    /// with bytes that no worker has looked at yet is not closed.
    ///
    /// - Returns: false when there is no room and all waiting connections have such bytes.
    func makeRoom() -> Bool {
        let surplus: PeerConnection? = state.withLock { state in
            guard state.statistics.waiting >= waitingLimit, let entry = longestIdle(of: state.entries) else {
                return nil
            }
            state.remove(entry)
            state.statistics.evicted += 1
            return entry.connection
        }
        surplus?.close()
        return surplus != nil || hasRoom
    }

    /// Adds a new connection, in hand of the caller.
    func insert(_ connection: PeerConnection) -> ConnectionID {
        state.withLock { state in
            state.generations &+= 1
            let place = state.freePlaces.popLast() ?? state.entries.count
            if place == state.entries.count { state.entries.append(nil) }
            // The poller uses the highest numbers as tags of its own.
            let id = ConnectionID(place: place, generation: state.generations & 0x7fff_ffff)
            let now = connection.latestByte
            state.entries[place] = Entry(id: id, connection: connection, parkedAt: now, deadline: now)
            state.statistics.connections += 1
            state.statistics.inHand += 1
            return id
        }
    }

    /// Takes a waiting connection in hand. Nil when it is closed, or in hand of another thread; `park` then has the
    /// event reported again.
    func claim(_ id: ConnectionID) -> PeerConnection? {
        state.withLock { state in
            guard id.place < state.entries.count, let entry = state.entries[id.place], entry.id == id else {
                return nil
            }
            guard !entry.isInHand else {
                state.entries[id.place]?.hasPendingEvent = true
                return nil
            }
            state.entries[id.place]?.isInHand = true
            state.statistics.waiting -= 1
            state.statistics.inHand += 1
            return entry.connection
        }
    }

    /// Lets a connection in hand wait until `deadline`. While stopping, closes it or keeps it unwatched.
    ///
    /// - Parameters:
    ///   - served: whether a request has just been answered in full.
    ///   - reporting: whether bytes or a hang-up that were reported before are to be reported again.
    func park(_ id: ConnectionID, until deadline: MonotonicTime, served: Bool = false, reporting: Bool = false) {
        let now = MonotonicTime.now
        let surplus: PeerConnection? = state.withLock { state in
            guard var entry = state.entries[id.place] else { return nil }
            if served { state.statistics.served += 1 }
            if state.isStopping {
                guard state.isKeeping else { return removeInHand(entry, &state) }
                entry.isInHand = false
                state.entries[id.place] = entry
                state.statistics.inHand -= 1
                state.statistics.waiting += 1
                signalIfIdle(state)
                return nil
            }
            let isNew = !entry.isWatched
            let hasPendingEvent = entry.hasPendingEvent || reporting
            entry.isWatched = true
            entry.isInHand = false
            entry.hasPendingEvent = false
            if served { entry.hasMoreTime = false }
            entry.parkedAt = now
            entry.deadline = deadline
            state.entries[id.place] = entry
            state.statistics.inHand -= 1
            state.statistics.waiting += 1
            // Under the lock: otherwise another thread could close the descriptor, and a new connection get its number.
            let descriptor = entry.connection.descriptor
            let isWatched = isNew ? poller.add(descriptor, id) : !hasPendingEvent || poller.reportAgain(descriptor, id)
            if isWatched { return nil }
            state.remove(entry)
            return entry.connection
        }
        surplus?.close()
    }

    /// Removes a connection that is in hand of the caller, and closes it.
    ///
    /// - Parameter closing: false when libfcgi has closed the descriptor itself.
    func drop(_ id: ConnectionID, closing: Bool = true, counting counter: Counter? = nil) {
        let connection: PeerConnection? = state.withLock { state in
            counter?(&state.statistics)
            guard let entry = state.entries[id.place] else { return nil }
            return removeInHand(entry, &state)
        }
        if closing { connection?.close() }
    }

    /// Closes the waiting connections whose deadline has passed. With bytes that nobody has looked at yet it is not the
    /// peer that is late, as a rule, but the workers: then it gets more time, once for each request.
    ///
    /// - Parameter more: that time.
    func sweep(_ more: MonotonicTime.Span) {
        let now = MonotonicTime.now
        let overdue: [PeerConnection] = state.withLock { state in
            var overdue: [PeerConnection] = []
            for case let entry? in state.entries where !entry.isInHand && entry.deadline <= now {
                if !entry.hasMoreTime, entry.connection.hasUnseenBytes {
                    state.entries[entry.id.place]?.hasMoreTime = true
                    state.entries[entry.id.place]?.deadline = now + more
                    continue
                }
                if entry.connection.hasServed, entry.connection.firstByte == nil {
                    state.statistics.idleClosed += 1
                } else {
                    state.statistics.timeouts += 1
                }
                state.remove(entry)
                overdue.append(entry.connection)
            }
            return overdue
        }
        for connection in overdue { connection.close() }
    }

    private func longestIdle(of entries: [Entry?]) -> Entry? {
        let waiting = entries.lazy.compactMap { $0 }.filter { !$0.isInHand }.sorted { left, right in
            // The coarse clock gives many connections the same time; of these, the older one.
            (left.parkedAt, left.id.rawValue) < (right.parkedAt, right.id.rawValue)
        }
        return waiting.first { !$0.connection.hasUnseenBytes }
    }

    /// - Returns: the connection, for the caller to close.
    func removeInHand(_ entry: Entry, _ state: inout State) -> PeerConnection {
        state.remove(entry)
        signalIfIdle(state)
        return entry.connection
    }
}

/// An index in the table and the connection's number. The number differs when the index is used again, so that a late
/// event for a closed connection finds none.
struct ConnectionID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(place: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(place)
    }

    var place: Int { Int(rawValue & 0xffff_ffff) }
}
