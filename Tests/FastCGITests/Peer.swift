import Glibc
import Testing

/// A web server's end of a connection. Every wait ends after five seconds.
final class Peer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What came back for one request.
    struct Answer: Equatable {
        let id: UInt16
        let output: [UInt8]

        var text: String { String(decoding: output, as: UTF8.self) }
        var head: String { text.components(separatedAt: "\r\n\r\n").first }
        var body: String { text.components(separatedAt: "\r\n\r\n").rest }
    }

    let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try connect(&address)
    }

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try connect(&address)
    }

    init(port6 port: UInt16) throws {
        descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        inet_pton(AF_INET6, "::1", &address.sin6_addr)
        try connect(&address)
    }

    deinit { close(descriptor) }

    private func connect<Address>(_ address: inout Address) throws {
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard code == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// The next answer, to its END_REQUEST; nil when the connection ends before.
    func answer() throws -> Answer? {
        var output: [UInt8] = []
        while let header = try read(8) {
            let content = try read(Int(header[4]) << 8 | Int(header[5]))
            guard let content, try read(Int(header[6])) != nil else { return nil }
            switch header[1] {
            case 6: output += content
            case 3: return Answer(id: UInt16(header[2]) << 8 | UInt16(header[3]), output: output)
            default: throw Failure(description: "record of type \(header[1])")
            }
        }
        return nil
    }

    func exchange(_ bytes: [UInt8]) throws -> Answer? {
        try send(bytes)
        return try answer()
    }

    /// Whether the other side closes within five seconds; what it sends before is thrown away.
    func seesClose() throws -> Bool {
        while true {
            guard let bytes = try read(1, atMost: 64 * 1024) else { return true }
            if bytes.isEmpty { return false }
        }
    }

    /// Exactly `count` bytes, or nil at the end of the connection.
    private func read(_ count: Int) throws -> [UInt8]? { try read(count, atMost: count) }

    private func read(_ least: Int, atMost most: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < least {
            var room = [UInt8](repeating: 0, count: most - bytes.count)
            let got = recv(descriptor, &room, room.count, 0)
            if got == 0 || got < 0 && errno == ECONNRESET { return nil }
            guard got > 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
            bytes += room.prefix(got)
        }
        return bytes
    }
}

extension String {
    fileprivate func components(separatedAt separator: String) -> (first: String, rest: String) {
        guard let range = firstRange(of: separator) else { return (self, "") }
        return (String(self[..<range.lowerBound]), String(self[range.upperBound...]))
    }
}
