import CFastCGI
import Glibc
import Synchronization

/// Where web servers connect: a listening stream socket, non-blocking and closed on exec.
package final class ListeningSocket: Sendable {
    /// Whose peers the kernel can name: a socket in the file system.
    let isLocal: Bool
    /// The TCP port; nil for a local socket.
    package let port: UInt16?
    /// The file to remove with the socket, when we made it.
    private let path: String?
    private let open: Atomic<Int32>

    init(descriptor: Int32, isLocal: Bool, port: UInt16? = nil, removing path: String? = nil) {
        self.isLocal = isLocal
        self.port = port
        self.path = path
        open = Atomic(descriptor)
    }

    deinit { close() }

    /// -1 when closed.
    var descriptor: Int32 { open.load(ordering: .acquiring) }

    /// Whether a connection waits to be accepted.
    var hasPendingConnection: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Nobody can connect any more, unless another process (systemd) holds the socket too.
    func close() {
        let descriptor = open.exchange(-1, ordering: .acquiringAndReleasing)
        guard descriptor >= 0 else { return }
        if let path { unlink(path) }
        Glibc.close(descriptor)
    }

    /// Why there is no socket to listen on: one sentence for the administrator.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }

        /// - Parameter code: an `errno` value.
        init(_ description: String, _ code: Int32) {
            self.description = "\(description): \(String(cString: strerror(code)))"
        }
    }
}

extension ListeningSocket {
    /// Connections the kernel keeps for us until they are accepted. The same as in `postern.socket`.
    static let backlog: Int32 = 512

    /// A new stream socket of `family`, non-blocking and closed on exec.
    static func make(_ family: Int32) throws(Failure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw Failure("no socket can be made", errno) }
        return descriptor
    }

    /// Calls `body` with `address` as the socket functions want it.
    static func withAddress<Address, Result>(
        _ address: inout Address, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
