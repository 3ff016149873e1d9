import CIdentity
import Glibc

/// A connection of a local stream socket that carries one message each way: the sender ends its message by shutting the
/// connection for writing. No call lasts longer than the time that is left; when too many wait to be accepted,
/// connecting fails at once.
struct LocalConnection {
    private let descriptor: Int32
    private let end: ContinuousClock.Instant
    /// Whether to give up now.
    private let isEnding: @Sendable () -> Bool

    /// The longest message, in bytes: all subscribers of a large list.
    static let limit = 64 << 20

    /// How often `isEnding` is asked.
    private static let look = Duration.milliseconds(200)

    struct Failure: Error {
        let reason: String
    }

    /// - Parameter descriptor: of a socket, which the connection owns from now on.
    init(_ descriptor: Int32, within limit: Duration, isEnding: @escaping @Sendable () -> Bool = { false }) {
        self.descriptor = descriptor
        self.isEnding = isEnding
        end = .now + limit
    }

    /// Connects to the socket at a path.
    init(to path: String, within limit: Duration, isEnding: @escaping @Sendable () -> Bool) throws(Failure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw Failure(reason: "the path is too long for a socket's (107 bytes)") }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, result == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw Failure(reason: reason)
        }
        self.init(descriptor, within: limit, isEnding: isEnding)
    }

    func close() { Glibc.close(descriptor) }

    /// User id of the process at the other end; nil when the kernel does not tell.
    var peer: uid_t? {
        var peer = peer_credentials()
        var length = socklen_t(MemoryLayout<peer_credentials>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.uid : nil
    }

    /// Sends a message and its end.
    func send(_ message: [UInt8]) throws(Failure) {
        var rest = message[...]
        while !rest.isEmpty {
            try wait(for: Int16(POLLOUT))
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw Failure(reason: String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The message of the other side.
    func receive() throws(Failure) -> [UInt8] {
        var message: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            try wait(for: Int16(POLLIN))
            let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
            if count == 0 { return message }
            message += piece.prefix(count)
            guard message.count <= Self.limit else { throw Failure(reason: "the message is too long") }
        }
    }

    private func wait(for event: Int16) throws(Failure) {
        while true {
            let left = end - .now
            guard left > .zero else { throw Failure(reason: "the time is over") }
            guard !isEnding() else { throw Failure(reason: "this process is ending") }
            let (seconds, attoseconds) = min(left, Self.look).components
            var entry = pollfd(fd: descriptor, events: event, revents: 0)
            let count = poll(&entry, 1, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw Failure(reason: String(cString: strerror(errno))) }
        }
    }
}
