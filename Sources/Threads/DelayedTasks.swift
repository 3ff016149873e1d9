/// Runs functions after a delay, on a thread of its own, one at a time. Call `stop` before the last reference goes.
///
/// `@unchecked Sendable`: every access to `waiting` and `isClosed` is inside `monitor.locked`.
package final class DelayedTasks: @unchecked Sendable {
    private struct Waiting {
        let time: ContinuousClock.Instant
        let body: @Sendable () -> Void
    }

    private let capacity: Int
    private let monitor = Monitor()
    /// Sorted by time; the next to run is the last.
    private var waiting: [Waiting] = []
    private var isClosed = false
    private var thread: WorkerThread?

    /// - Parameter capacity: how many functions may wait at a time.
    package init(capacity: Int) throws(WorkerThread.StartError) {
        self.capacity = capacity
        thread = try WorkerThread(named: "delays") { [unowned self] in run() }
    }

    /// How many functions wait.
    package var count: Int { monitor.locked { waiting.count } }

    /// - Returns: false when too many functions wait already, or after `stop`; `body` then never runs.
    package func submit(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
        monitor.locked {
            guard !isClosed, waiting.count < capacity else { return false }
            let time = ContinuousClock.now + delay
            let place = waiting.firstIndex { $0.time <= time } ?? waiting.endIndex
            waiting.insert(Waiting(time: time, body: body), at: place)
            monitor.signal()
            return true
        }
    }

    /// Runs at once all functions that still wait, and returns when the thread has ended.
    package func stop() {
        let thread = monitor.locked {
            isClosed = true
            monitor.signal()
            defer { self.thread = nil }
            return self.thread
        }
        thread?.join()
    }

    private func run() {
        while let next = take() { next.body() }
    }

    /// Waits until the next function is due; nil after `stop`, when none is left.
    private func take() -> Waiting? {
        monitor.locked {
            while true {
                guard let next = waiting.last else {
                    if isClosed { return nil }
                    monitor.wait()
                    continue
                }
                if isClosed || next.time <= ContinuousClock.now { return waiting.removeLast() }
                monitor.wait(until: next.time)
            }
        }
    }
}
