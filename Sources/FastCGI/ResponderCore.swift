import CFastCGI
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
    /// Accepting rests until the next tick.
    private let isAcceptingPaused = Atomic(false)
    /// Held while connections are accepted: every worker is woken for one, and no more connections may be closed to make
    /// room than are accepted in their place.
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

    /// Until when `connection`, whose request is incomplete, may wait.
    func deadline(for connection: PeerConnection) -> MonotonicTime {
        guard let firstByte = connection.firstByte else {
            let isKept = connection.hasServed && connection.drained == nil
            return connection.latestByte + (isKept ? idle : silence)
        }
        return min(connection.latestByte + silence, firstByte + wholeRequest)
    }

    /// The response, or a bare 500 in place of one whose headers would become something else on the wire.
    func safe(_ response: Response) -> Response {
        if response.hasSafeHeaders { return response }
        log.say(.badHeader, "an answer was replaced by 500: a header of it cannot be sent")
        return Response(.internalError)
    }

    /// Accepts the connections that are pending, as far as there is room, and makes room for one when there is none.
    ///
    /// - Returns: the first of them, in hand of the caller. Nil when there is none any more, or no room for it: then it
    ///   waits in the socket until one of the others has been served.
    func acceptConnections() -> (PeerConnection, ConnectionID)? {
        accepting.withLock { _ in
            guard table.hasRoom || socket.hasPendingConnection && table.makeRoom(), let connection = accept() else {
                return nil
            }
            let id = table.insert(connection)
            // The connections behind it report by themselves from now on. Were they left to the listener's next turns,
            // each would wait until every busy kept connection has had another turn.
            for _ in 0..<Self.mostAcceptedAtOnce {
                guard table.hasRoom, let other = accept() else { break }
                table.park(table.insert(other), until: deadline(for: other))
            }
            return (connection, id)
        }
    }

    /// How many connections are taken in at a time besides the one that is served. Another event comes for the others.
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
        prepare(descriptor)
        return PeerConnection(descriptor: descriptor, peer: peer, limits)
    }

    /// A connection that an earlier process has accepted, looked at and perhaps served, and then kept for this one.
    func adopt(_ descriptor: Int32) -> PeerConnection? {
        let peer = socket.isLocal ? peer(behind: descriptor) : nil
        // The settings may have changed; and what is no such socket has no peer.
        guard !socket.isLocal || isAllowed(peer), fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            close(descriptor)
            return nil
        }
        prepare(descriptor)
        // The earlier process may have looked at the beginning of a request; here it is new again.
        var offset: Int32 = -1
        setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &offset, socklen_t(MemoryLayout<Int32>.size))
        let connection = PeerConnection(descriptor: descriptor, peer: peer, limits)
        connection.hasServed = true
        return connection
    }

    private func prepare(_ descriptor: Int32) {
        // Else urgent bytes are left out of what is peeked at, and come back when the next ones follow: libfcgi would
        // read other bytes than were vetted.
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_OOBINLINE, &one, socklen_t(MemoryLayout<Int32>.size))
        // libfcgi only reads what is there; should that ever be wrong, it must not wait for ever.
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

    /// Takes the socket out of the poll until the next tick: it stays ready, and would be reported without end.
    private func pauseAccepting(_ code: Int32) {
        poller.remove(listener: socket.descriptor)
        isAcceptingPaused.store(true, ordering: .releasing)
        table.count { $0.acceptPauses += 1 }
        log.say(.acceptPause, "accepting connections pauses: \(String(cString: strerror(code)))")
    }

    func tick() {
        poller.readClock()
        table.sweep()
        guard isAcceptingPaused.exchange(false, ordering: .acquiringAndReleasing) else { return }
        // Already there when two workers paused at the same time.
        guard poller.add(listener: socket.descriptor) || errno == EEXIST else {
            isAcceptingPaused.store(true, ordering: .releasing)
            return
        }
    }
}
