import FastCGI
import Glibc
import Testing

extension SocketTests {
    @Suite struct ListeningSocketTests {
        static func failure(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "no failure"
            } catch {
                return "\(error)"
            }
        }

        @Test func aLocalSocketHasItsModeAndGoesAway() throws {
            let path = RunningResponder.freshPath()
            do {
                let socket = try ListeningSocket.unix(path, mode: 0o600)
                var file = stat()
                #expect(lstat(path, &file) == 0)
                #expect(file.st_mode & 0o7777 == 0o600)
                _ = try Peer(path: path)
                withExtendedLifetime(socket) {}
            }
            #expect(access(path, F_OK) != 0)
        }

        @Test func aStaleSocketIsReplaced() throws {
            let path = RunningResponder.freshPath()
            let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0)
            close(dead)
            let socket = try ListeningSocket.unix(path)
            _ = try Peer(path: path)
            withExtendedLifetime(socket) {}
        }

        @Test func aSocketInUseIsLeftAlone() throws {
            let path = RunningResponder.freshPath()
            let first = try ListeningSocket.unix(path)
            #expect(Self.failure { _ = try ListeningSocket.unix(path) } == "another process listens on \(path)")
            _ = try Peer(path: path)
            withExtendedLifetime(first) {}
        }

        @Test func whatIsNotASocketIsLeftAlone() throws {
            let path = RunningResponder.freshPath()
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            defer { unlink(path) }
            #expect(Self.failure { _ = try ListeningSocket.unix(path) } == "\(path) exists and is not a socket")
            #expect(access(path, F_OK) == 0)
        }

        @Test(arguments: ["", String(repeating: "x", count: 108)])
        func anImpossiblePathIsRefused(_ path: String) {
            #expect(
                Self.failure { _ = try ListeningSocket.unix(path) }
                    == "\(path) is empty or too long for a socket's path (107 bytes)")
        }

        @Test func aMissingDirectoryIsNamed() {
            #expect(
                Self.failure { _ = try ListeningSocket.unix("/nowhere/at/all.sock") }
                    == "cannot bind /nowhere/at/all.sock: No such file or directory")
        }

        @Test(arguments: [
            "0.0.0.0:9000", "192.0.2.1:9000", "[::]:9000", "localhost:9000", "127.0.0.1", "127.0.0.1:",
            "127.0.0.1:65536",
            "127.0.0.1:+1", "127.1:9000", "::1:9000", "[::1]", ":9000", "",
        ])
        func onlyLoopbackAddressesAreTaken(_ text: String) {
            #expect(
                Self.failure { _ = try ListeningSocket.tcp(text) }
                    == "\(text) is not a loopback address with a port, such as 127.0.0.1:9000 or [::1]:9000")
        }

        @Test func aPortInUseIsNamed() throws {
            let first = try ListeningSocket.tcp("127.0.0.1:0")
            let text = "127.0.0.1:\(first.port ?? 0)"
            #expect(
                Self.failure { _ = try ListeningSocket.tcp(text) }
                    == "cannot listen on \(text): Address already in use")
            withExtendedLifetime(first) {}
        }

        @Test func systemdsSocketIsTakenOver() throws {
            let port = try #require(try ListeningSocket.tcp("127.0.0.1:0").port)
            let descriptor = try listeningDescriptor(port)
            let socket = try ListeningSocket.handedOver(pid: "\(getpid())", count: "1", first: descriptor)
            #expect(socket != nil)
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
            _ = try Peer(port: port)
            withExtendedLifetime(socket) {}
        }

        @Test(arguments: [(nil, nil), ("1", "1"), (nil, "1")] as [(String?, String?)])
        func withoutSystemdThereIsNone(_ pid: String?, _ count: String?) throws {
            #expect(try ListeningSocket.handedOver(pid: pid, count: count, first: 3) == nil)
        }

        @Test func whatSystemdShouldNotHandOverIsRefused() throws {
            let pid = "\(getpid())"
            #expect(
                Self.failure { _ = try ListeningSocket.handedOver(pid: pid, count: "2", first: 3) }
                    == "systemd hands over 2 sockets where one is expected")
            #expect(
                Self.failure { _ = try ListeningSocket.handedOver(pid: pid, count: "one", first: 3) }
                    == "LISTEN_PID=\(pid) LISTEN_FDS=one cannot be read")
            let file = open("/dev/null", O_RDONLY)
            defer { close(file) }
            #expect(
                Self.failure { _ = try ListeningSocket.handedOver(pid: pid, count: "1", first: file) }
                    == "descriptor \(file) from systemd is not a listening stream socket")
        }

        @Test func systemdsVariablesAreRemoved() throws {
            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "1", 1)
            #expect(try ListeningSocket.fromSystemd() == nil)
            #expect(getenv("LISTEN_PID") == nil && getenv("LISTEN_FDS") == nil)
        }

        private func listeningDescriptor(_ port: UInt16) throws -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(bound == 0 && listen(descriptor, 8) == 0)
            return descriptor
        }
    }
}
