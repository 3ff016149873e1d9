import Glibc

/// A mutex with a condition variable, which waits by the monotonic clock (pthread_cond_wait(3)).
///
/// `@unchecked Sendable`: both are made for several threads, and their addresses never change.
package final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    package func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Releases the lock, waits for `signal` or `broadcast` or until `time`, and takes the lock again. May return
    /// without either, so call it in a loop that checks the condition; and only inside `locked`.
    ///
    /// - Parameter time: nil for no limit.
    func wait(until time: ContinuousClock.Instant? = nil) {
        guard let time else {
            pthread_cond_wait(changed, mutex)
            return
        }
        let (seconds, attoseconds) = (time - ContinuousClock.now).components
        guard seconds >= 0, attoseconds >= 0 else { return }
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

    /// Wakes one waiting thread.
    func signal() { pthread_cond_signal(changed) }

    /// Wakes all waiting threads.
    func broadcast() { pthread_cond_broadcast(changed) }
}
