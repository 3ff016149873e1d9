import CResolv
import Glibc
import Mail

/// A UDP or TCP socket connected to one server. No call waits beyond the deadline. Closed with the last reference.
final class ServerSocket {
    enum Failure: Error {
        case timeout
        /// With the system's error message.
        case unreachable(String)
        /// The server ended the connection before the answer was complete.
        case ended
    }

    enum TransportProtocol { case udp, tcp }

    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant

    /// Connects, also with UDP, so that only packets of this server arrive and an unreachable port is an error.
    init(_ transport: TransportProtocol, to server: ServerAddress, until deadline: ContinuousClock.Instant)
        throws(Failure)
    {
        self.deadline = deadline
        let type = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
        descriptor = socket(
            server.address.isIPv4 ? AF_INET : AF_INET6,
            Int32(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        guard Self.connect(descriptor, to: server) != 0 else { return }
        guard errno == EINPROGRESS else { throw Self.failure(errno) }
        try wait(for: POLLOUT)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { throw Self.failure(code) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func send(_ bytes: [UInt8]) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else {
                try retry(after: errno, POLLOUT)
            }
        }
    }

    /// The next bytes: one UDP packet, or what has arrived over TCP. Empty when the server has closed the connection.
    func receive(atMost limit: Int) throws(Failure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            // Checked before each read: packets that are no answer may arrive faster than they are read.
            guard ContinuousClock.now < deadline else { throw .timeout }
            let count = recv(descriptor, &buffer, limit, 0)
            if count >= 0 { return Array(buffer[..<count]) }
            try retry(after: errno, POLLIN)
        }
    }

    /// Exactly `count` bytes of a TCP connection.
    func receive(exactly count: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(atMost: count - bytes.count)
            guard !more.isEmpty else { throw .ended }
            bytes += more
        }
        return bytes
    }

    private func retry(after code: Int32, _ events: Int32) throws(Failure) {
        if code == EINTR { return }
        guard code == EAGAIN else { throw Self.failure(code) }
        try wait(for: events)
    }

    private func wait(for events: Int32) throws(Failure) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .timeout }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&entry, 1, Int32(clamping: milliseconds)) > 0 { return }
        }
    }

    private static func connect(_ descriptor: Int32, to server: ServerAddress) -> Int32 {
        let text = server.address.description
        if server.address.isIPv4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = server.port.bigEndian
            inet_pton(AF_INET, text, &name.sin_addr)
            return connect(descriptor, &name)
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = server.port.bigEndian
        inet_pton(AF_INET6, text, &name.sin6_addr)
        return connect(descriptor, &name)
    }

    private static func connect<Name>(_ descriptor: Int32, _ name: UnsafePointer<Name>) -> Int32 {
        name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
        }
    }

    private static func failure(_ code: Int32) -> Failure { .unreachable(String(cString: strerror(code))) }
}
