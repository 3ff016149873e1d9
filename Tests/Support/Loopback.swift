import Glibc
import Synchronization

/// TCP on this machine only.
package enum Loopback {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// Whether this machine has ::1.
    package static let hasIPv6: Bool = {
        let socket = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }()

    /// A port nobody listens on now, and that nobody else was given: in this process, or in another one of tests, which
    /// may run beside it. A program that is no test could take it before the caller does; nothing prevents that.
    package static func freePort() throws -> UInt16 { try ports.withLock { try $0.next() } }

    private static let ports = Mutex(Ports())

    /// The ports of this process. They lie below those that the kernel hands out to whoever asks for any.
    private struct Ports {
        /// In blocks, each of which belongs to one process.
        private static let all: Range<UInt16> = 12_000..<32_000
        private static let block: UInt16 = 500
        private var first = Self.all.lowerBound
        private var left: ArraySlice<UInt16> = []

        mutating func next() throws -> UInt16 {
            while true {
                while let port = left.popFirst() {
                    let socket = try Loopback.makeSocket()
                    defer { close(socket) }
                    if (try? Loopback.bind(socket, to: "127.0.0.1", port: port)) != nil { return port }
                }
                try claim()
            }
        }

        /// Takes the next block that is nobody's.
        private mutating func claim() throws {
            while first < Self.all.upperBound {
                defer { first += Self.block }
                if try Self.isOurs(first) {
                    left = Array(first..<first + Self.block)[...]
                    return
                }
            }
            throw Failure(description: "all ports of \(Self.all) have been given")
        }

        /// Whether nobody had this block: it belongs to whoever has the abstract socket of its name, which goes with the
        /// process, and which the same processes see that share the ports.
        private static func isOurs(_ block: UInt16) throws -> Bool {
            let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard socket >= 0 else { throw Failure(description: "socket: errno \(errno)") }
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            // Behind the first byte, which is 0.
            let text = Array("postern-tests-ports-\(block)".utf8)
            withUnsafeMutableBytes(of: &name.sun_path) { $0[1...].copyBytes(from: text) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + text.count)
            let status = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(socket, $0, length) }
            }
            if status != 0 { close(socket) }
            return status == 0
        }
    }

    /// A connection to a port of 127.0.0.1. Every read and write on it fails after `limit` seconds.
    ///
    /// - Parameter source: our own address; 127.0.0.2 makes us a stranger to the server, 127.0.0.1 a local client.
    package static func connect(to port: UInt16, from source: String, limit: Int) throws -> Int32 {
        let socket = try makeSocket()
        var time = timeval(tv_sec: limit, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        // Lets connect() choose our port: it may take one that an earlier connection to another port still blocks.
        let isPortLeftOpen: Int32 = 24  // IP_BIND_ADDRESS_NO_PORT, whose declaration is hidden from Swift
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_IP), isPortLeftOpen, &one, socklen_t(MemoryLayout<Int32>.size))
        do {
            try bind(socket, to: source)
            let status = withAddress("127.0.0.1", port: port) { Glibc.connect(socket, $0, $1) }
            guard status == 0 else { throw Failure(description: "connect to port \(port): errno \(errno)") }
            // Where nobody listens, a socket can connect to itself.
            guard try ownPort(of: socket) != port else { throw Failure(description: "nobody listens on port \(port)") }
            return socket
        } catch {
            close(socket)
            throw error
        }
    }

    /// Whether somebody accepts connections to a port of 127.0.0.1.
    package static func hasListener(on port: UInt16) -> Bool {
        guard let socket = try? connect(to: port, from: "127.0.0.1", limit: 1) else { return false }
        close(socket)
        return true
    }

    private static func ownPort(of socket: Int32) throws -> UInt16 {
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        guard status == 0 else { throw Failure(description: "getsockname: errno \(errno)") }
        return UInt16(bigEndian: name.sin_port)
    }

    private static func makeSocket() throws -> Int32 {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failure(description: "socket: errno \(errno)") }
        return number
    }

    private static func bind(_ socket: Int32, to address: String, port: UInt16 = 0) throws {
        let status = withAddress(address, port: port) { Glibc.bind(socket, $0, $1) }
        guard status == 0 else { throw Failure(description: "bind to \(address): errno \(errno)") }
    }

    private static func withAddress<Value>(
        _ address: String, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr(address)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
