import Synchronization

/// Passes on at most one line of a kind within `pause`, so that a hostile or broken peer cannot fill the log.
final class LogThrottle: Sendable {
    enum Kind: Hashable { case refusedPeer, malformed, acceptPause, badHeader, tooLong, notKept }

    private struct Past {
        var silentUntil: MonotonicTime
        var suppressed = 0
    }

    private let past = Mutex<[Kind: Past]>([:])
    private let pause: MonotonicTime.Span
    private let log: @Sendable (String) -> Void

    init(pause: Duration = .seconds(10), _ log: @escaping @Sendable (String) -> Void) {
        self.pause = MonotonicTime.Span(pause)
        self.log = log
    }

    /// - Parameter line: must hold no secret.
    func say(_ kind: Kind, _ line: @autoclosure () -> String) {
        let now = MonotonicTime.now
        let suppressed: Int? = past.withLock { past in
            if let earlier = past[kind], now < earlier.silentUntil {
                past[kind]?.suppressed += 1
                return nil
            }
            defer { past[kind] = Past(silentUntil: now + pause) }
            return past[kind]?.suppressed ?? 0
        }
        guard let suppressed else { return }
        log(suppressed == 0 ? line() : "\(line()) (and \(suppressed) times more before)")
    }
}
