import CFastCGI
import Glibc

/// One accepted connection and the request that is arriving or in hand on it.
///
/// `@unchecked Sendable`: everything mutable here is touched only by the thread that has the connection in hand.
/// `ConnectionTable` gives it to one thread at a time, and its lock orders the hand-overs.
final class PeerConnection: @unchecked Sendable {
    let descriptor: Int32
    /// User id of the process at the other end of a local socket.
    let peer: UInt32?
    /// libfcgi's view of the request in hand; its memory is used for one request after the other.
    let request = ProtocolRequest()
    var scanner: RecordScanner
    /// When the request's first byte was seen; nil when there is none.
    var firstByte: MonotonicTime?
    var latestByte: MonotonicTime
    /// Whether the kernel skips what was peeked at before (SO_PEEK_OFF: local sockets since Linux 3.4, TCP since 6.9).
    /// Asked for when a request first comes in pieces.
    var peeksOnlyNewBytes = false
    /// Whether a request has been served on it.
    var hasServed = false
    /// Answered and shut for writing; what still comes is thrown away until the peer closes, lest closing with unread
    /// bytes destroys the answer on its way. Counts the bytes thrown away.
    var drained: Int?
    /// Whether a write waits for a peer that has no room; else it fails at once.
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

    /// Looks at what has arrived, without taking it out of the socket.
    ///
    /// - Parameter buffer: room for the longest request.
    func look(into buffer: UnsafeMutableBufferPointer<UInt8>, _ limits: ResponderLimits) -> Look {
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

    enum Look {
        case scanned(RecordScanner.Verdict)
        case closed
    }

    /// Whether something has arrived that `look` has not seen. To be asked of a connection that nobody has in hand.
    var hasUnseenBytes: Bool {
        var count: Int32 = 0
        return drained == nil && ioctl(descriptor, UInt(FIONREAD), &count) == 0 && Int(count) > scanner.consumed
    }

    /// Ready for the next request.
    func startOver(_ limits: ResponderLimits) {
        scanner = RecordScanner(limits)
        firstByte = nil
        latestByte = .now
        hasServed = true
    }

    /// Ends our side after an answer that did not wait for the whole request.
    func startDraining() {
        shutdown(descriptor, Int32(SHUT_WR))
        drained = 0
    }

    /// Throws away what has arrived. False when the peer has closed, or sends more than anybody sensible.
    func drain(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        while let total = drained {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { return true }
            guard count > 0, total < 1 << 20 else { return false }
            drained = total + count
        }
        return false
    }
}
