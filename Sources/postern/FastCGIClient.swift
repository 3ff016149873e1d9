import Gateway
import Glibc

/// Sends requests of the operator's tools to the running server, over FastCGI as a web server does.
struct FastCGIClient {
    private let path: String

    /// - Throws: for a path that is too long for a socket.
    init(_ path: String) throws {
        guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw ExitError("\(path) is too long for a socket's path (107 bytes)", code: .usage)
        }
        self.path = path
    }

    /// Sends one request, on a connection of its own.
    ///
    /// - Returns: the answer's body.
    /// - Throws: `OperatorChannel.Unreachable`.
    func send(_ request: Request) throws -> [UInt8] {
        let descriptor = try connected()
        defer { close(descriptor) }
        var parameters: [UInt8] = []
        for (name, value) in [
            ("REQUEST_METHOD", request.method.text), ("REQUEST_URI", request.target), ("REMOTE_ADDR", ""),
            ("CONTENT_LENGTH", String(request.body.count)), ("POSTERN_OPERATOR", "1"),
        ] {
            parameters += Self.length(name) + Self.length(value) + Array(name.utf8) + Array(value.utf8)
        }
        // The role of a responder, and no flag FCGI_KEEP_CONN.
        var message = Self.record(.begin, [0, 1, 0, 0, 0, 0, 0, 0])
        for (type, content) in [(RecordType.parameters, parameters), (.input, request.body)] {
            var rest = content[...]
            while !rest.isEmpty {
                message += Self.record(type, Array(rest.prefix(65_535)))
                rest = rest.dropFirst(65_535)
            }
            message += Self.record(type, [])
        }
        try write(message, to: descriptor)
        return try body(of: readAll(from: descriptor))
    }

    private func connected() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, result == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw OperatorChannel.Unreachable("cannot reach the server at \(path): \(reason)")
        }
        return descriptor
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                throw OperatorChannel.Unreachable(
                    "the server at \(path) closed the connection; the request may have been carried "
                        + "out or not")
            }
            sent += count
        }
    }

    /// Everything until the server closes.
    private func readAll(from descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw OperatorChannel.Unreachable("the server at \(path) does not answer") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// What follows the headers in the records of the output.
    private func body(of bytes: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= 8 {
            let start = rest.startIndex
            let length = Int(rest[start + 4]) << 8 | Int(rest[start + 5])
            if rest[start + 1] == RecordType.output.rawValue { output += rest.dropFirst(8).prefix(length) }
            rest = rest.dropFirst(8 + length + Int(rest[start + 6]))
        }
        let end: [UInt8] = [13, 10, 13, 10]
        guard let split = output.indices.first(where: { output[$0...].starts(with: end) }) else {
            throw OperatorChannel.Unreachable(
                "the server at \(path) refused the connection; ask as root or as its own user")
        }
        return Array(output[(split + 4)...])
    }

    /// The types of records that are sent or read here.
    private enum RecordType: UInt8 {
        /// FCGI_BEGIN_REQUEST.
        case begin = 1
        /// FCGI_PARAMS.
        case parameters = 4
        /// FCGI_STDIN.
        case input = 5
        /// FCGI_STDOUT.
        case output = 6
    }

    /// A record of request 1, without padding.
    private static func record(_ type: RecordType, _ content: [UInt8]) -> [UInt8] {
        [1, type.rawValue, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xff), 0, 0] + content
    }

    /// The length of a name or value: one byte, or four with the highest bit set.
    private static func length(_ text: String) -> [UInt8] {
        let count = UInt32(text.utf8.count)
        return count < 128 ? [UInt8(count)] : withUnsafeBytes(of: (count | 0x8000_0000).bigEndian) { Array($0) }
    }
}
