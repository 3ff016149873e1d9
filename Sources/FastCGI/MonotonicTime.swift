import Glibc

/// A point in time of CLOCK_MONOTONIC_COARSE, exact to some milliseconds, which is read without a system call. Changes
/// of the wall clock do not affect it.
struct MonotonicTime: Comparable, Sendable {
    private let nanoseconds: Int64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func + (moment: MonotonicTime, span: Span) -> MonotonicTime {
        MonotonicTime(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Since the clock's zero, which is before the start of this process.
    var sinceClockZero: Span { Span(nanoseconds: nanoseconds) }

    /// Milliseconds from now until this moment, for `poll`; 0 when it has passed.
    var millisecondsLeft: Int32 {
        Int32(clamping: max(0, (nanoseconds - MonotonicTime.now.nanoseconds + 999_999) / 1_000_000))
    }

    /// A length of time in 64 bits, cheaper to compute with than the 128 bits of `Duration`.
    struct Span: Sendable {
        let nanoseconds: Int64

        fileprivate init(nanoseconds: Int64) {
            self.nanoseconds = nanoseconds
        }

        init(_ duration: Duration) {
            let (seconds, attoseconds) = duration.components
            nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }

        var asTimeval: timeval {
            timeval(tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1_000))
        }

        var asTimespec: timespec {
            timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        }
    }
}
