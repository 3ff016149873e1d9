import Glibc
import Support

/// A UDP port of the test's own, on which nobody ever answers.
final class SilentPort {
    private let descriptor: Int32
    private let port: UInt16
    var address: String { "127.0.0.1:\(port)" }

    init() throws {
        port = try Loopback.freePort()
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Loopback.Failure(description: "bind: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Whether a packet has come.
    var hasReceived: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) >= 0
    }
}
