import Glibc

/// A point on the monotonic clock, at the kernel's tick resolution (some milliseconds), which is read without a
/// system call. Jumps of the wall clock do not touch it.
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

    /// From the clock's own zero, some time before this process started.
    var sinceStart: Span { Span(nanoseconds: nanoseconds) }

    /// Milliseconds from now until this moment, for `poll`; 0 when it has passed.
    var millisecondsLeft: Int32 {
        Int32(clamping: max(0, (nanoseconds - MonotonicTime.now.nanoseconds + 999_999) / 1_000_000))
    }

    /// A length of time as one machine word: `Duration`'s 128 bits are not for the path of every request.
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
