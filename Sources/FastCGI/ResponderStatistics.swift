/// What a responder has done since it started, and has in hand now.
package struct ResponderStatistics: Sendable, Hashable {
    /// Connections accepted.
    package internal(set) var connections = 0
    /// Requests answered in full.
    package internal(set) var served = 0
    /// Connections closed unread because of the peer's user.
    package internal(set) var refusedPeers = 0
    /// Connections dropped because of malformed FastCGI.
    package internal(set) var malformed = 0
    /// Connections dropped because a request did not arrive in time.
    package internal(set) var timeouts = 0
    /// Kept connections closed because no further request came.
    package internal(set) var idleClosed = 0
    /// Connections dropped to make room for others.
    package internal(set) var evicted = 0
    /// Answers that were cut short: the peer did not read, the stream failed, or nobody answered.
    package internal(set) var aborted = 0
    /// Times that accepting paused because the system had no descriptor or memory to give.
    package internal(set) var acceptPauses = 0
    /// Connections that wait now for a request or for the rest of one.
    package internal(set) var waiting = 0
    /// Connections whose request is in hand now.
    package internal(set) var inHand = 0
}
