/// The limits of a responder: `Security.md` 1 and F2.
package struct ResponderLimits: Sendable {
    /// Bytes of all PARAMS content together. Beyond it the connection is dropped unanswered.
    package var parameterBytes = 32 * 1024
    /// Number of parameters. Beyond it the connection is dropped unanswered.
    package var parameters = 100
    /// Bytes of the body. A request with a longer one reaches the handler without it, with the fault `tooLarge`.
    package var bodyBytes = 128 * 1024
    /// Connections that wait, besides those in hand. At the limit, a new connection takes the place of the one that has
    /// waited longest without unread bytes; when there is none, it stays in the socket's queue.
    package var waitingConnections = 256
    /// How long an incomplete request may go without a new byte, and a new connection without its first.
    package var silence: Duration = .seconds(5)
    /// The time from a request's first byte to its last.
    package var wholeRequest: Duration = .seconds(30)
    /// How long a kept connection may wait for its next request. Longer than nginx's `keepalive_timeout` for upstreams
    /// (60 s), so that nginx closes first.
    package var idle: Duration = .seconds(90)
    /// How long one write of a worker may wait for a peer that does not read.
    package var stalledWrite: Duration = .seconds(5)
    /// How long a worker may take to send one answer.
    package var answerOnWorker: Duration = .seconds(30)
    /// How often the time limits of waiting connections are checked. At most half a second.
    package var tick: Duration = .milliseconds(250)

    package init() {}
}

/// What a responder has done since it started, and how many connections it has now.
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
    /// Requests without a whole answer: the peer did not read, the stream failed, or the handler gave none.
    package internal(set) var aborted = 0
    /// How often accepting paused for want of descriptors or memory.
    package internal(set) var acceptPauses = 0
    /// Connections that now wait for a request or for the rest of one.
    package internal(set) var waiting = 0
    /// Connections that a thread has in hand now.
    package internal(set) var inHand = 0
}
