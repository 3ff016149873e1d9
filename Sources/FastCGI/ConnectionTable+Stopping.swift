import CFastCGI
import Glibc
import Synchronization

/// Ending: nothing is parked any more, and somebody waits until nothing is in hand.
extension ConnectionTable {
    func workerStarts() {
        state.withLock { $0.workers += 1 }
    }

    func workerEnds() {
        state.withLock { state in
            state.workers -= 1
            tellIfSettled(state)
        }
    }

    /// From now on a connection is closed instead of parked, or else waits for the next process. False when that was so
    /// already.
    func beginStopping(keepingConnections: Bool) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.isStopping = true
            state.isKeeping = keepingConnections
            return true
        }
    }

    var isKeeping: Bool { state.withLock(\.isKeeping) }

    /// The connections that wait and can carry a request to its answer. To be asked when the workers have ended.
    var keptConnections: [Int32] {
        state.withLock { state in
            state.entries.compactMap { $0 }.filter { !$0.isInHand && $0.connection.drained == nil }
                .map(\.connection.descriptor)
        }
    }

    /// Waits until the workers have ended and nothing is in hand; false when that takes too long.
    func awaitSettled(until deadline: MonotonicTime) -> Bool {
        while true {
            if state.withLock({ $0.workers == 0 && $0.statistics.inHand == 0 }) { return true }
            var event = pollfd(fd: settled, events: Int16(POLLIN), revents: 0)
            let left = deadline.millisecondsLeft
            if left == 0 { return false }
            poll(&event, 1, left)
        }
    }

    /// Closes all that wait.
    func closeWaiting() {
        let waiting: [PeerConnection] = state.withLock { state in
            let entries = state.entries.compactMap { $0 }.filter { !$0.isInHand }
            for entry in entries { state.remove(entry) }
            return entries.map(\.connection)
        }
        for connection in waiting { connection.close() }
    }

    func tellIfSettled(_ state: borrowing State) {
        if state.isStopping, state.workers == 0, state.statistics.inHand == 0 { eventfd_write(settled, 1) }
    }
}
