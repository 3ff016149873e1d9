/// Runs things later, on a thread of its own, in the order of their times. To be stopped before it is let go.
///
/// `@unchecked Sendable`: every access to `waiting` and `isClosed` is under the monitor.
package final class DelayLine: @unchecked Sendable {
    private struct Waiting {
        let time: ContinuousClock.Instant
        let body: @Sendable () -> Void
    }

    private let capacity: Int
    private let monitor = Monitor()
    /// The next one last.
    private var waiting: [Waiting] = []
    private var isClosed = false
    private var thread: WorkerThread?

    /// - Parameter capacity: how many may wait at a time.
    package init(capacity: Int) throws(WorkerThread.StartError) {
        self.capacity = capacity
        thread = try WorkerThread(named: "delays") { [unowned self] in run() }
    }

    /// How many wait.
    package var count: Int { monitor.locked { waiting.count } }

    /// False when too many wait already, or it was stopped; `body` never runs then.
    package func submit(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
        monitor.locked {
            guard !isClosed, waiting.count < capacity else { return false }
            let time = ContinuousClock.now + delay
            let place = waiting.firstIndex { $0.time <= time } ?? waiting.endIndex
            waiting.insert(Waiting(time: time, body: body), at: place)
            monitor.tellOne()
            return true
        }
    }

    /// Runs at once what still waits, and returns when the thread has ended.
    package func stop() {
        let thread = monitor.locked {
            isClosed = true
            monitor.tellOne()
            defer { self.thread = nil }
            return self.thread
        }
        thread?.join()
    }

    private func run() {
        while let next = take() { next.body() }
    }

    /// Waits for the next one's time; nil when it is stopped and nothing waits.
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
