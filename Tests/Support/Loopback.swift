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

    /// A port nobody listens on now, and that nobody here was given before: the kernel soon hands out a free one again.
    /// Another program could take it before the caller does; nothing prevents that.
    package static func freePort() throws -> UInt16 {
        while true {
            let socket = try makeSocket()
            defer { close(socket) }
            try bind(socket, to: "127.0.0.1")
            let port = try ownPort(of: socket)
            if given.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    private static let given = Mutex<Set<UInt16>>([])

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

    private static func bind(_ socket: Int32, to address: String) throws {
        let status = withAddress(address, port: 0) { Glibc.bind(socket, $0, $1) }
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
