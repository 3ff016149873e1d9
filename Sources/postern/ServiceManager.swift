import Glibc

/// The service manager (systemd) that started this process; or none, which every message is lost on.
///
/// Source: sd_notify(3), sd_watchdog_enabled(3), sd_pid_notify_with_fds(3).
struct ServiceManager: Sendable {
    /// Where it is told; nil when nobody listens.
    private let address: DatagramAddress?
    /// It ends and restarts a process that gives no sign of life for so long; nil when it does not.
    let watchdog: Duration?

    /// What the environment announces. The variables are removed: no child of ours is meant. So this belongs to the
    /// start, before there are other threads.
    static func fromEnvironment() -> ServiceManager {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { name in getenv(name).map { String(cString: $0) } }
        for name in names { unsetenv(name) }
        return ServiceManager(socket: values[0], watchdog: values[1], watchdogPID: values[2])
    }

    /// - Parameters:
    ///   - socket: a path, or with an `@` in front a name in the abstract name space.
    ///   - watchdog: microseconds.
    ///   - watchdogPID: for whom the watchdog is; nil for whoever reads this.
    init(socket: String?, watchdog: String?, watchdogPID: String?) {
        address = socket.flatMap(DatagramAddress.init)
        let isForUs = watchdogPID == nil || watchdogPID == String(getpid())
        self.watchdog = watchdog.flatMap(Int.init).flatMap { $0 > 0 && isForUs ? .microseconds($0) : nil }
    }

    var isThere: Bool { address != nil }

    /// Requests are answered from now on.
    func ready(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

    /// The settings are being read again; `ready` follows.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        tell(
            "RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)\nSTATUS=reading the settings")
    }

    func stopping() { tell("STOPPING=1\nSTATUS=finishing what is in hand") }

    /// The sign of life.
    func isAlive() { tell("WATCHDOG=1") }

    /// The start or the stop takes longer than usual, but is getting on.
    func needs(_ limit: Duration) { tell("EXTEND_TIMEOUT_USEC=\(limit.components.seconds * 1_000_000)") }

    /// Leaves open connections to the next process of this service, which finds them beside its listening socket. The
    /// manager drops them when the service is stopped rather than restarted.
    /// Needs `FileDescriptorStoreMax` in the unit.
    ///
    /// - Returns: false when nobody took them.
    func keep(_ connections: [Int32], named name: String) -> Bool {
        guard address != nil, !connections.isEmpty else { return false }
        for start in stride(from: 0, to: connections.count, by: DatagramAddress.mostDescriptors) {
            let part = connections[start..<min(start + DatagramAddress.mostDescriptors, connections.count)]
            guard tell("FDSTORE=1\nFDNAME=\(name)", passing: Array(part)) else { return false }
        }
        return true
    }

    /// The manager's copies of connections that were kept are closed: from now on their end is when we close them.
    func forget(named name: String) {
        tell("FDSTOREREMOVE=1\nFDNAME=\(name)")
        settle()
    }

    /// Waits until the manager has read what it was told before; not longer than two seconds.
    func settle() {
        var ends: [Int32] = [-1, -1]
        guard address != nil, pipe(&ends) == 0 else { return }
        defer { close(ends[0]) }
        let isSent = tell("BARRIER=1", passing: [ends[1]])
        close(ends[1])
        // It closes its copy of the other end when it comes to this message, and that hangs up ours.
        var end = pollfd(fd: ends[0], events: 0, revents: 0)
        if isSent { poll(&end, 1, 2000) }
    }

    /// One datagram.
    ///
    /// - Parameter descriptors: handed over with it; they stay open here.
    @discardableResult
    private func tell(_ message: String, passing descriptors: [Int32] = []) -> Bool {
        guard let address else { return false }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        // The manager reads at once or has worse trouble than us; waiting for it must not become ours.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let isSent = address.send(Array(message.utf8), passing: descriptors, from: socket)
        if !isSent { Postern.report("systemd was not told: \(String(cString: strerror(errno)))") }
        return isSent
    }
}
