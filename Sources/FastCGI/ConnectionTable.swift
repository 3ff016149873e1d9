import CFastCGI
import Glibc
import Synchronization

/// All connections, and for each one whether it waits (anybody may claim or close it) or is in hand (of one thread).
final class ConnectionTable: Sendable {
    typealias Counter = (inout ResponderStatistics) -> Void

    struct Entry {
        let id: ConnectionID
        let connection: PeerConnection
        var isInHand = true
        /// Something arrived while it was in hand: to be looked at again when it is put back.
        var hasNews = false
        var isWatched = false
        var parkedAt: MonotonicTime
        var deadline: MonotonicTime
    }

    struct State {
        var entries: [Entry?] = []
        var freePlaces: [Int] = []
        var occupants: UInt32 = 0
        var statistics = ResponderStatistics()
        var isStopping = false
        /// The next process gets what waits when this one stops.
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
    /// Readable when stopping has begun and nothing is in hand any more.
    let settled: Int32

    init(poller: Poller, waitingLimit: Int) {
        self.poller = poller
        self.waitingLimit = waitingLimit
        settled = eventfd(0, Int32(EFD_CLOEXEC))
    }

    deinit { Glibc.close(settled) }

    var statistics: ResponderStatistics { state.withLock { $0.statistics } }

    func count(_ counter: Counter) {
        state.withLock { counter(&$0.statistics) }
    }

    /// Whether one more may wait without another being closed for it.
    var hasRoom: Bool { state.withLock { $0.statistics.waiting < waitingLimit } }

    /// Sees to it that one more may wait: when too many do, the one that has waited longest is closed. One whose request
    /// has arrived but has not been looked at is not its peer's fault, and stays.
    ///
    /// - Returns: false when all of them are such ones.
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

    /// Takes in a new connection, in hand of the caller.
    func insert(_ connection: PeerConnection) -> ConnectionID {
        state.withLock { state in
            state.occupants &+= 1
            let place = state.freePlaces.popLast() ?? state.entries.count
            if place == state.entries.count { state.entries.append(nil) }
            // The topmost numbers are the poller's own tags.
            let id = ConnectionID(place: place, occupant: state.occupants & 0x7fff_ffff)
            let now = connection.latestByte
            state.entries[place] = Entry(id: id, connection: connection, parkedAt: now, deadline: now)
            state.statistics.connections += 1
            state.statistics.inHand += 1
            return id
        }
    }

    /// Takes a waiting connection in hand. Nil when it is gone, or in another hand, which then learns of the news.
    func claim(_ id: ConnectionID) -> PeerConnection? {
        state.withLock { state in
            guard id.place < state.entries.count, let entry = state.entries[id.place], entry.id == id else {
                return nil
            }
            guard !entry.isInHand else {
                state.entries[id.place]?.hasNews = true
                return nil
            }
            state.entries[id.place]?.isInHand = true
            state.statistics.waiting -= 1
            state.statistics.inHand += 1
            return entry.connection
        }
    }

    /// Puts a connection back to wait until `deadline`; closes it instead when stopping.
    ///
    /// - Parameters:
    ///   - served: whether a request has just been answered in full.
    ///   - reporting: whether what lies in the socket already is to be reported again.
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
                tellIfSettled(state)
                return nil
            }
            let isNew = !entry.isWatched
            let hasNews = entry.hasNews || reporting
            entry.isWatched = true
            entry.isInHand = false
            entry.hasNews = false
            entry.parkedAt = now
            entry.deadline = deadline
            state.entries[id.place] = entry
            state.statistics.inHand -= 1
            state.statistics.waiting += 1
            // Under the lock, so that nobody closes the descriptor meanwhile and another connection gets its number.
            let descriptor = entry.connection.descriptor
            let isWatched = isNew ? poller.add(descriptor, id) : !hasNews || poller.reportAgain(descriptor, id)
            if isWatched { return nil }
            state.remove(entry)
            return entry.connection
        }
        surplus?.close()
    }

    /// Ends a connection that is in the caller's hand.
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

    /// Closes the connections whose time is over.
    func sweep() {
        let now = MonotonicTime.now
        let overdue: [PeerConnection] = state.withLock { state in
            var overdue: [PeerConnection] = []
            for case let entry? in state.entries where !entry.isInHand && entry.deadline <= now {
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
            // Within one tick of the clock, the one that came first.
            (left.parkedAt, left.id.rawValue) < (right.parkedAt, right.id.rawValue)
        }
        return waiting.first { !$0.connection.hasUnseenBytes }
    }

    func removeInHand(_ entry: Entry, _ state: inout State) -> PeerConnection {
        state.remove(entry)
        tellIfSettled(state)
        return entry.connection
    }
}

/// A place in the table and the occupant's number, so that a late event for a closed connection finds nobody.
struct ConnectionID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(place: Int, occupant: UInt32) {
        rawValue = UInt64(occupant) << 32 | UInt64(place)
    }

    var place: Int { Int(rawValue & 0xffff_ffff) }
}
