/// What the responder puts up with. The defaults are those of `Security.md` 1.
package struct ResponderLimits: Sendable {
    /// Bytes of all names and values together. A longer request is dropped unanswered.
    package var parameterBytes = 32 * 1024
    /// Number of parameters. A request with more is dropped unanswered.
    package var parameters = 100
    /// Bytes of the body. A longer one reaches the handler as `Request.Fault.tooLarge`.
    package var bodyBytes = 128 * 1024
    /// Connections that are not being served. A further one is let in when the one that has waited longest without a
    /// request has been dropped for it, and else waits in the socket. Those in hand meanwhile come on top of it.
    package var waitingConnections = 256
    /// An incomplete request may be this long without a new byte. So may a connection that never sent one.
    package var silence: Duration = .seconds(5)
    /// From a request's first byte to its last.
    package var wholeRequest: Duration = .seconds(30)
    /// A kept connection may wait this long for its next request. Longer than nginx's `keepalive_timeout` for
    /// upstreams (60 s), so that nginx closes first and never sends into a closing connection.
    package var idle: Duration = .seconds(90)
    /// One write of a worker may wait this long for a peer that does not read.
    package var stalledWrite: Duration = .seconds(5)
    /// A whole answer given by the worker that took the request.
    package var answerOnWorker: Duration = .seconds(30)
    /// How often the time limits on waiting connections are looked at. At most half a second.
    package var tick: Duration = .milliseconds(250)

    package init() {}
}

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
