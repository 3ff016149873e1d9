import Glibc

/// Runs things later, on a thread of its own, in the order of their times. To be stopped before it is let go.
///
/// `@unchecked Sendable`: every access to `waiting` and `isClosed` is under `mutex`.
package final class DelayLine: @unchecked Sendable {
    private struct Waiting {
        let time: ContinuousClock.Instant
        let body: @Sendable () -> Void
    }

    private let capacity: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    /// The next one last.
    private var waiting: [Waiting] = []
    private var isClosed = false
    private var thread: WorkerThread?

    /// - Parameter capacity: how many may wait at a time.
    package init(capacity: Int) throws(WorkerThread.StartError) {
        self.capacity = capacity
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        thread = try WorkerThread(named: "delays") { [unowned self] in run() }
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// How many wait.
    package var count: Int { locked { waiting.count } }

    /// False when too many wait already, or it was stopped; `body` never runs then.
    package func submit(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
        locked {
            guard !isClosed, waiting.count < capacity else { return false }
            let time = ContinuousClock.now + delay
            let place = waiting.firstIndex { $0.time <= time } ?? waiting.endIndex
            waiting.insert(Waiting(time: time, body: body), at: place)
            pthread_cond_signal(changed)
            return true
        }
    }

    /// Runs at once what still waits, and returns when the thread has ended.
    package func stop() {
        let thread = locked {
            isClosed = true
            pthread_cond_signal(changed)
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
        locked {
            while true {
                guard let next = waiting.last else {
                    if isClosed { return nil }
                    pthread_cond_wait(changed, mutex)
                    continue
                }
                let (seconds, attoseconds) = (next.time - ContinuousClock.now).components
                if isClosed || seconds < 0 || seconds == 0 && attoseconds <= 0 { return waiting.removeLast() }
                var end = timespec()
                clock_gettime(CLOCK_MONOTONIC, &end)
                end.tv_sec += Int(seconds)
                end.tv_nsec += Int(attoseconds / 1_000_000_000) + 1
                if end.tv_nsec >= 1_000_000_000 {
                    end.tv_nsec -= 1_000_000_000
                    end.tv_sec += 1
                }
                pthread_cond_timedwait(changed, mutex, &end)
            }
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
