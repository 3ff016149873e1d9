import CFastCGI
import CIdentity
import Gateway
import Glibc
import Synchronization

/// What the workers of one responder share.
final class ResponderCore: Sendable {
    let limits: ResponderLimits
    let table: ConnectionTable
    let poller: Poller
    let socket: ListeningSocket
    let log: LogThrottle
    let isPeerAllowed: @Sendable (UInt32) -> Bool
    let silence: MonotonicTime.Span
    let wholeRequest: MonotonicTime.Span
    let idle: MonotonicTime.Span
    let stalledWrite: MonotonicTime.Span
    let answerOnWorker: MonotonicTime.Span
    /// No connection is accepted until the next tick.
    private let isAcceptingPaused = Atomic(false)
    /// Held while connections are accepted. Several workers may be woken for one connection; without the lock each
    /// could close a waiting connection to make room for it.
    private let accepting = Mutex(())

    init(
        _ socket: ListeningSocket, _ poller: Poller, _ limits: ResponderLimits, _ log: LogThrottle,
        isPeerAllowed: @escaping @Sendable (UInt32) -> Bool
    ) {
        self.socket = socket
        self.poller = poller
        self.limits = limits
        self.log = log
        self.isPeerAllowed = isPeerAllowed
        table = ConnectionTable(poller: poller, waitingLimit: limits.waitingConnections)
        silence = MonotonicTime.Span(limits.silence)
        wholeRequest = MonotonicTime.Span(limits.wholeRequest)
        idle = MonotonicTime.Span(limits.idle)
        stalledWrite = MonotonicTime.Span(limits.stalledWrite)
        answerOnWorker = MonotonicTime.Span(limits.answerOnWorker)
    }

    /// Until when `connection` may wait for the rest of its request or for the next one.
    func deadline(for connection: PeerConnection) -> MonotonicTime {
        guard let firstByte = connection.firstByte else {
            let isKept = connection.hasServed && connection.discardedBytes == nil
            return connection.latestByte + (isKept ? idle : silence)
        }
        return min(connection.latestByte + silence, firstByte + wholeRequest)
    }

    /// The response, or a bare 500 in place of one that has not `hasSafeHeaders`.
    func safe(_ response: Response) -> Response {
        if response.hasSafeHeaders { return response }
        log.say(.badHeader, "an answer was replaced by 500: a header of it cannot be sent")
        return Response(.internalError)
    }

    /// Accepts the pending connections for which there is room; makes room for the first.
    ///
    /// - Returns: the first, in hand of the caller; the others are parked. Nil when none is pending, or there is no
    ///   room: it then stays in the socket's queue until another connection has been served.
    func acceptConnections() -> (PeerConnection, ConnectionID)? {
        accepting.withLock { _ in
            guard table.hasRoom || socket.hasPendingConnection && table.makeRoom(), let connection = accept() else {
                return nil
            }
            let id = table.insert(connection)
            // The poller reports the others from now on. Left in the socket's queue, each would wait for the listener's
            // next event, and busy kept connections would come before it.
            for _ in 0..<Self.mostAcceptedAtOnce {
                guard table.hasRoom, let other = accept() else { break }
                table.park(table.insert(other), until: deadline(for: other))
            }
            return (connection, id)
        }
    }

    /// How many connections are accepted at a time besides the first. Another event comes for the rest.
    private static let mostAcceptedAtOnce = 64

    private func accept() -> PeerConnection? {
        let descriptor = accept4(socket.descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
        guard descriptor >= 0 else {
            if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(errno) { pauseAccepting(errno) }
            return nil
        }
        let peer = socket.isLocal ? peer(behind: descriptor) : nil
        guard !socket.isLocal || isAllowed(peer) else {
            close(descriptor)
            return nil
        }
        setSocketOptions(descriptor)
        return PeerConnection(descriptor: descriptor, peer: peer, limits)
    }

    /// Takes over a connection that an earlier process has accepted; nil, and closed, when its peer is not allowed.
    func adopt(_ descriptor: Int32) -> PeerConnection? {
        let peer = socket.isLocal ? peer(behind: descriptor) : nil
        // The settings may have changed since, and the descriptor may be no such socket; then it has no peer.
        guard !socket.isLocal || isAllowed(peer), fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            close(descriptor)
            return nil
        }
        setSocketOptions(descriptor)
        // The earlier process may have peeked at the beginning of a request: peek from the first byte again.
        var offset: Int32 = -1
        setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &offset, socklen_t(MemoryLayout<Int32>.size))
        let connection = PeerConnection(descriptor: descriptor, peer: peer, limits)
        connection.hasServed = true
        return connection
    }

    private func setSocketOptions(_ descriptor: Int32) {
        // Urgent bytes stay in their place. Otherwise libfcgi would read bytes that were not checked (`Security.md` 1).
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_OOBINLINE, &one, socklen_t(MemoryLayout<Int32>.size))
        // libfcgi reads only what has arrived. Should that ever fail, it must not wait for ever.
        for (option, span) in [(SO_SNDTIMEO, stalledWrite), (SO_RCVTIMEO, silence)] {
            var limit = span.asTimeval
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        if !socket.isLocal {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private func peer(behind descriptor: Int32) -> UInt32? {
        var peer = peer_credentials()
        var length = socklen_t(MemoryLayout<peer_credentials>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.uid : nil
    }

    private func isAllowed(_ peer: UInt32?) -> Bool {
        if let peer, isPeerAllowed(peer) { return true }
        table.count { $0.refusedPeers += 1 }
        log.say(.refusedPeer, "a connection was refused: peer of user id \(peer.map { "\($0)" } ?? "unknown")")
        return false
    }

    /// Stops watching the listening socket until the next tick: it stays ready and would be reported without end.
    private func pauseAccepting(_ code: Int32) {
        poller.remove(listener: socket.descriptor)
        isAcceptingPaused.store(true, ordering: .releasing)
        table.count { $0.acceptPauses += 1 }
        log.say(.acceptPause, "accepting connections pauses: \(String(cString: strerror(code)))")
    }

    func tick() {
        poller.readTimer()
        table.sweep(wholeRequest)
        guard isAcceptingPaused.exchange(false, ordering: .acquiringAndReleasing) else { return }
        // EEXIST: two workers had paused at the same time.
        guard poller.add(listener: socket.descriptor) || errno == EEXIST else {
            isAcceptingPaused.store(true, ordering: .releasing)
            return
        }
    }
}
