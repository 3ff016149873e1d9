import Glibc
import Support

/// Where a service tells its manager how it is, as systemd listens.
final class NotificationSocket {
    /// For `NOTIFY_SOCKET`.
    let name: String
    private let descriptor: Int32

    /// - Parameter name: a path, or with an `@` in front a name in the abstract name space.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: bytes)
            if name.hasPrefix("@") { room[0] = 0 }
        }
        // An abstract name has no end but the address's.
        let length = name.hasPrefix("@") ? 2 + bytes.count : MemoryLayout<sockaddr_un>.size
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard status == 0 else { throw Program.Failure(description: "\(name): \(String(cString: strerror(errno)))") }
        if !name.hasPrefix("@") { chmod(name, 0o777) }
    }

    deinit { close(descriptor) }

    /// The lines of the next message; nil when none comes in time.
    func next(within limit: Duration = .seconds(5)) -> [String]? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let (seconds, attoseconds) = limit.components
        guard poll(&entry, 1, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000)) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The lines of the next message that has a line with this beginning; nil when none comes in time.
    func next(_ beginning: String, within limit: Duration = .seconds(5)) -> [String]? {
        let end = ContinuousClock.now + limit
        while let message = next(within: max(.zero, end - .now)) {
            if message.contains(where: { $0.hasPrefix(beginning) }) { return message }
        }
        return nil
    }
}
