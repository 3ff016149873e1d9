import Glibc

/// One accepted connection and the request that is arriving or in hand on it.
///
/// `@unchecked Sendable`: only the thread that has the connection in hand uses what is mutable. `ConnectionTable` gives
/// the connection to one thread at a time, under its lock.
final class PeerConnection: @unchecked Sendable {
    let descriptor: Int32
    /// User id of the process at the other end; nil on TCP.
    let peer: UInt32?
    /// The request in hand as libfcgi reads it; used again for each request.
    let request = ProtocolRequest()
    var scanner: RecordScanner
    /// When the first byte of the request that is arriving was seen; nil before that.
    var firstByte: MonotonicTime?
    var latestByte: MonotonicTime
    /// Whether MSG_PEEK skips the bytes that were peeked at before (SO_PEEK_OFF: local sockets since Linux 3.4, TCP
    /// since 6.9). Set when a request first comes in pieces.
    var peeksOnlyNewBytes = false
    /// Whether a request has been answered on this connection.
    var hasServed = false
    /// Bytes read and thrown away since `startDiscarding`; nil before it. After an answer to a request that was not
    /// read to its end, the connection is shut for writing and drained until the peer closes it: closing a socket with
    /// unread bytes would destroy the answer on its way.
    var discardedBytes: Int?
    /// Whether a write waits while the socket's buffer is full; otherwise it fails at once.
    var writesBlock = true {
        didSet { _ = fcntl(descriptor, F_SETFL, writesBlock ? 0 : O_NONBLOCK) }
    }

    init(descriptor: Int32, peer: UInt32?, _ limits: ResponderLimits) {
        self.descriptor = descriptor
        self.peer = peer
        scanner = RecordScanner(limits)
        latestByte = .now
    }

    func close() { Glibc.close(descriptor) }

    /// Checks what has arrived and leaves it in the socket.
    ///
    /// - Parameter buffer: room for the longest request.
    func peek(into buffer: UnsafeMutableBufferPointer<UInt8>, _ limits: ResponderLimits) -> Peek {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count != 0 else { return .closed }
        guard count > 0 else { return errno == EAGAIN || errno == EINTR ? .scanned(.incomplete) : .closed }
        let known = peeksOnlyNewBytes ? 0 : scanner.consumed
        guard count > known else { return .scanned(.incomplete) }
        latestByte = .now
        if firstByte == nil { firstByte = latestByte }
        let verdict = scanner.feed(buffer.span.extracting(known..<count))
        if verdict == .incomplete, !peeksOnlyNewBytes {
            var offset = Int32(scanner.consumed)
            peeksOnlyNewBytes =
                setsockopt(descriptor, SOL_SOCKET, SO_PEEK_OFF, &offset, socklen_t(MemoryLayout<Int32>.size)) == 0
        }
        return .scanned(verdict)
    }

    enum Peek {
        case scanned(RecordScanner.Verdict)
        case closed
    }

    /// Whether bytes have arrived that `peek` has not seen. Only for a connection that no thread has in hand.
    var hasUnseenBytes: Bool {
        var count: Int32 = 0
        return discardedBytes == nil && ioctl(descriptor, UInt(FIONREAD), &count) == 0 && Int(count) > scanner.consumed
    }

    /// Makes the connection ready for its next request.
    func prepareForNextRequest(_ limits: ResponderLimits) {
        scanner = RecordScanner(limits)
        firstByte = nil
        latestByte = .now
        hasServed = true
    }

    /// Shuts the connection for writing, after an answer to a request that was not read to its end; see
    /// `discardedBytes`.
    func startDiscarding() {
        shutdown(descriptor, Int32(SHUT_WR))
        discardedBytes = 0
    }

    /// Throws away what has arrived. False when the peer has closed the connection, or has sent more than 1 MiB.
    func discardArrived(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        while let total = discardedBytes {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { return true }
            guard count > 0, total < 1 << 20 else { return false }
            discardedBytes = total + count
        }
        return false
    }
}
