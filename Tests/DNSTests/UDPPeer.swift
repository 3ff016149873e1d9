import Foundation
import Glibc
import Support
import Synchronization

/// What listens on a port and answers no question as a name server would: silence, or made-up bytes.
final class UDPPeer: Sendable {
    let port: UInt16
    var address: String { "127.0.0.1:\(port)" }
    private let descriptor: Int32
    /// Connections to it are taken by the system, and nobody ever reads or writes on them.
    private let listener: Int32
    private let count = Mutex(0)
    private let isOver = Mutex(false)

    /// How many packets have come.
    var received: Int { count.withLock(\.self) }

    /// - Parameters:
    ///   - takesConnections: whether TCP connections to the same port come about.
    ///   - answers: what is sent back for a packet, one packet each.
    init(takesConnections: Bool = false, _ answers: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws {
        port = try Loopback.freePort()
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        for socket in [descriptor, listener] {
            guard Self.bind(socket, to: port) == 0 else { throw Loopback.Failure(description: "bind: errno \(errno)") }
        }
        if takesConnections { listen(listener, 16) }
        var limit = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        Thread { [weak self] in
            while let peer = self, !peer.isOver.withLock(\.self) { peer.serve(answers) }
        }.start()
    }

    deinit {
        isOver.withLock { $0 = true }
        close(descriptor)
        close(listener)
    }

    private static func bind(_ descriptor: Int32, to port: UInt16) -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func serve(_ answers: ([UInt8]) -> [[UInt8]]) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                let length = recvfrom(descriptor, &buffer, buffer.count, 0, sender, &size)
                guard length > 0 else { return }
                count.withLock { $0 += 1 }
                for answer in answers(Array(buffer[..<length])) {
                    _ = sendto(descriptor, answer, answer.count, 0, sender, size)
                }
            }
        }
    }
}
