import Glibc

/// A lock, and waiting for what changes under it.
///
/// `@unchecked Sendable`: the C library's mutex and condition are made for several threads; their places never move.
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

    /// Lets others in until one of them tells of a change, or `time` has come; sometimes for nothing. To be called under
    /// the lock.
    ///
    /// - Parameter time: nil for however long it takes.
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

    /// Wakes one who waits.
    func tellOne() { pthread_cond_signal(changed) }

    /// Wakes all who wait.
    func tellAll() { pthread_cond_broadcast(changed) }
}
