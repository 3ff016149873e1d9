import Glibc
import Synchronization

/// The listening stream socket to which web servers connect, non-blocking and closed on exec.
package final class ListeningSocket: Sendable {
    /// A socket in the file system: the kernel tells the user id of its peers.
    let isLocal: Bool
    /// The TCP port; nil for a local socket.
    package let port: UInt16?
    /// The socket's file, which `close` removes; nil for a socket from systemd or TCP.
    private let path: String?
    private let open: Atomic<Int32>

    init(descriptor: Int32, isLocal: Bool, port: UInt16? = nil, removing path: String? = nil) {
        self.isLocal = isLocal
        self.port = port
        self.path = path
        open = Atomic(descriptor)
    }

    deinit { close() }

    /// -1 after `close`.
    package var descriptor: Int32 { open.load(ordering: .acquiring) }

    /// Whether a connection waits to be accepted.
    var hasPendingConnection: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Closes the socket. Connecting is still possible when another process (systemd) has it open too.
    func close() {
        let descriptor = open.exchange(-1, ordering: .acquiringAndReleasing)
        guard descriptor >= 0 else { return }
        if let path { unlink(path) }
        Glibc.close(descriptor)
    }

    /// Why there is no socket to listen on: one line for the operator.
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
    /// How many connections the kernel queues until they are accepted. The same as in `postern.socket`.
    static let backlog: Int32 = 512

    /// A new stream socket of `family`, non-blocking and closed on exec.
    static func make(_ family: Int32) throws(Failure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw Failure("no socket can be made", errno) }
        return descriptor
    }

    /// Calls `body` with `address` as a `sockaddr` and its length.
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
