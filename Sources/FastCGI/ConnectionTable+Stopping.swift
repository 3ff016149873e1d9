import CFastCGI
import Glibc
import Synchronization

/// Stopping: a connection is no longer parked, and `awaitIdle` waits until none is in hand.
extension ConnectionTable {
    func workerStarts() {
        state.withLock { $0.workers += 1 }
    }

    func workerEnds() {
        state.withLock { state in
            state.workers -= 1
            signalIfIdle(state)
        }
    }

    /// From now on `park` closes a connection, or keeps it unwatched for the next process.
    ///
    /// - Returns: false when stopping had begun already.
    func beginStopping(keepingConnections: Bool) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.isStopping = true
            state.isKeeping = keepingConnections
            return true
        }
    }

    var isKeeping: Bool { state.withLock(\.isKeeping) }

    /// Descriptors of waiting connections that can still answer a request. To be read when the workers have ended.
    var keptConnections: [Int32] {
        state.withLock { state in
            state.entries.compactMap { $0 }.filter { !$0.isInHand && $0.connection.discardedBytes == nil }
                .map(\.connection.descriptor)
        }
    }

    /// Waits until the workers have ended and nothing is in hand; false when that takes too long.
    func awaitIdle(until deadline: MonotonicTime) -> Bool {
        while true {
            if state.withLock({ $0.workers == 0 && $0.statistics.inHand == 0 }) { return true }
            var event = pollfd(fd: idleEvent, events: Int16(POLLIN), revents: 0)
            let left = deadline.millisecondsLeft
            if left == 0 { return false }
            poll(&event, 1, left)
        }
    }

    /// Closes all waiting connections.
    func closeWaiting() {
        let waiting: [PeerConnection] = state.withLock { state in
            let entries = state.entries.compactMap { $0 }.filter { !$0.isInHand }
            for entry in entries { state.remove(entry) }
            return entries.map(\.connection)
        }
        for connection in waiting { connection.close() }
    }

    func signalIfIdle(_ state: borrowing State) {
        if state.isStopping, state.workers == 0, state.statistics.inHand == 0 { eventfd_write(idleEvent, 1) }
    }
}
