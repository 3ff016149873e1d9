import Glibc
import Synchronization

/// Since when a worker has been at what it does now, for those who want to know whether it hangs.
final class Pulse: Sendable {
    /// Nanoseconds of the monotonic clock; 0 while the worker waits for something to do.
    private let busySince = Atomic<Int64>(0)

    func begin() { busySince.store(Moment.now.sinceStart.nanoseconds, ordering: .relaxed) }

    func end() { busySince.store(0, ordering: .relaxed) }

    /// How long the worker has been at it; zero while it waits.
    var span: Duration {
        let since = busySince.load(ordering: .relaxed)
        return since == 0 ? .zero : .nanoseconds(max(0, Moment.now.sinceStart.nanoseconds - since))
    }
}
