import Glibc
import Support

/// Local stream sockets.
enum LocalSocket {
    /// Makes a socket of nginx' group and listens on it, as `postern.socket` does.
    static func listen(at path: String, backlog: Int32 = 512) throws -> Int32 {
        let descriptor = try make()
        let status = withAddress(path) { bind(descriptor, $0, $1) }
        guard status == 0, Glibc.listen(descriptor, backlog) == 0 else {
            close(descriptor)
            throw Program.Failure(description: "\(path): \(String(cString: strerror(errno)))")
        }
        chown(path, 0, Accounts.webGroup)
        chmod(path, 0o660)
        return descriptor
    }

    /// A connection. Every read and write on it fails after `limit` seconds.
    static func connect(to path: String, limit: Int) throws -> Int32 {
        let descriptor = try make()
        setLimit(limit, on: descriptor)
        guard withAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw Program.Failure(description: "connect to \(path): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// The next connection that somebody makes; nil when nobody does within `limit` seconds.
    static func accept(on listener: Int32, limit: Int) -> Int32? {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Int32(limit * 1000)) == 1 else { return nil }
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        setLimit(limit, on: descriptor)
        return descriptor
    }

    private static func make() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Program.Failure(description: "socket: errno \(errno)") }
        return descriptor
    }

    private static func setLimit(_ seconds: Int, on descriptor: Int32) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func withAddress<Value>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
