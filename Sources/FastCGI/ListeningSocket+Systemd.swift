import Glibc

extension ListeningSocket {
    /// The socket that systemd passes (`postern.socket`), and the connections that were kept over a restart; nil when
    /// systemd passes none. Source: sd_listen_fds(3).
    ///
    /// Removes the variables that announce it from the environment. Call it before other threads start, because the
    /// environment is the whole process's.
    ///
    /// - Throws: when the variables cannot be read, or what is passed is no listening socket.
    package static func fromSystemd() throws(Failure) -> (socket: ListeningSocket, kept: [Int32])? {
        let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
        let values = variables.map { name in getenv(name).map { String(cString: $0) } }
        for name in variables { unsetenv(name) }
        let kept = kept(pid: values[0], count: values[1], names: values[2], first: 3)
        let count = kept.isEmpty ? values[1] : "1"
        return try handedOver(pid: values[0], count: count, first: 3).map { ($0, kept) }
    }

    /// The first descriptor as a listening socket; nil when nothing is passed to this process.
    ///
    /// - Parameters:
    ///   - pid: `LISTEN_PID`: for which process the descriptors are.
    ///   - count: `LISTEN_FDS`: how many there are.
    ///   - first: the first of them, 3 by convention.
    package static func handedOver(pid: String?, count: String?, first: Int32) throws(Failure) -> ListeningSocket? {
        guard let pid, let count else { return nil }
        guard let owner = pid_t(pid), let sockets = Int(count), sockets >= 0 else {
            throw Failure("LISTEN_PID=\(pid) LISTEN_FDS=\(count) cannot be read")
        }
        guard owner == getpid(), sockets > 0 else { return nil }
        guard sockets == 1 else { throw Failure("systemd hands over \(sockets) sockets where one is expected") }
        guard option(SO_ACCEPTCONN, of: first) == 1, option(SO_TYPE, of: first) == Int32(SOCK_STREAM.rawValue) else {
            throw Failure("descriptor \(first) from systemd is not a listening stream socket")
        }
        let family = option(SO_DOMAIN, of: first)
        guard family == AF_UNIX || family == AF_INET || family == AF_INET6 else {
            throw Failure("the socket from systemd is neither local nor TCP")
        }
        guard fcntl(first, F_SETFD, FD_CLOEXEC) == 0,
            fcntl(first, F_SETFL, fcntl(first, F_GETFL) | O_NONBLOCK) == 0
        else { throw Failure("the socket from systemd cannot be set up", errno) }
        return ListeningSocket(descriptor: first, isLocal: family == AF_UNIX)
    }

    /// The name (`FDNAME`) under which systemd keeps the connections of an earlier process.
    package static let keptName = "kept"

    /// The connections that an earlier process has left with systemd. Their descriptors follow the listening socket's.
    /// The parameters are those of `handedOver`, with `LISTEN_FDNAMES`.
    package static func kept(pid: String?, count: String?, names: String?, first: Int32) -> [Int32] {
        guard let pid, pid_t(pid) == getpid(), let count = count.flatMap(Int32.init), count > 1 else { return [] }
        let names = (names ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard names.count == Int(count), names.dropFirst().allSatisfy({ $0 == keptName }) else { return [] }
        return (1..<count).map { first + $0 }
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}
