import Glibc

/// The service manager (systemd) that started this process. Without one, messages go nowhere.
///
/// Source: sd_notify(3), sd_watchdog_enabled(3), sd_pid_notify_with_fds(3).
struct ServiceManager: Sendable {
    /// The manager's socket; nil without a manager.
    private let address: DatagramAddress?
    /// The manager restarts the process when `pingWatchdog` is not called for so long; nil without a watchdog.
    let watchdog: Duration?

    /// The manager that the environment announces. The variables are removed, so that no child process takes them for
    /// its own. That changes the environment, so call it at the start, before there are other threads.
    static func fromEnvironment() -> ServiceManager {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { name in getenv(name).map { String(cString: $0) } }
        for name in names { unsetenv(name) }
        return ServiceManager(socket: values[0], watchdog: values[1], watchdogPID: values[2])
    }

    /// - Parameters:
    ///   - socket: as `DatagramAddress` takes it.
    ///   - watchdog: microseconds.
    ///   - watchdogPID: the process that the watchdog is for; nil for this one.
    init(socket: String?, watchdog: String?, watchdogPID: String?) {
        address = socket.flatMap(DatagramAddress.init)
        let isForUs = watchdogPID == nil || watchdogPID == String(getpid())
        self.watchdog = watchdog.flatMap(Int.init).flatMap { $0 > 0 && isForUs ? .microseconds($0) : nil }
    }

    var isPresent: Bool { address != nil }

    /// Requests are answered from now on.
    func ready(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

    /// The settings are being read again; `ready` follows.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        tell(
            "RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)\nSTATUS=reading the settings")
    }

    func stopping() { tell("STOPPING=1\nSTATUS=finishing requests") }

    /// The sign of life.
    func pingWatchdog() { tell("WATCHDOG=1") }

    /// The start or the stop may take so long from now on.
    func extendTimeout(_ limit: Duration) { tell("EXTEND_TIMEOUT_USEC=\(limit.components.seconds * 1_000_000)") }

    /// Leaves open connections to the next process of this service, which gets them together with its listening socket.
    /// When the service is stopped and not restarted, the manager closes them. The unit needs `FileDescriptorStoreMax`.
    ///
    /// - Returns: false when the manager was not told of all of them.
    func store(_ connections: [Int32], named name: String) -> Bool {
        guard address != nil, !connections.isEmpty else { return false }
        for start in stride(from: 0, to: connections.count, by: DatagramAddress.mostDescriptors) {
            let part = connections[start..<min(start + DatagramAddress.mostDescriptors, connections.count)]
            guard tell("FDSTORE=1\nFDNAME=\(name)", passing: Array(part)) else { return false }
        }
        return true
    }

    /// Has the manager close its copies of kept connections, and waits for that. From then on a connection ends when
    /// this process closes it.
    func removeStored(named name: String) {
        tell("FDSTOREREMOVE=1\nFDNAME=\(name)")
        barrier()
    }

    /// Waits until the manager has read what it was told before; two seconds at most.
    func barrier() {
        var ends: [Int32] = [-1, -1]
        guard address != nil, pipe(&ends) == 0 else { return }
        defer { close(ends[0]) }
        let isSent = tell("BARRIER=1", passing: [ends[1]])
        close(ends[1])
        // When the manager comes to this message, it closes its copy of the writing end. That ends poll(2) on ours.
        var end = pollfd(fd: ends[0], events: 0, revents: 0)
        if isSent { poll(&end, 1, 2000) }
    }

    /// Sends one message.
    ///
    /// - Parameter descriptors: sent along as copies; they stay open here.
    /// - Returns: false when there is no manager, or it did not take the message.
    @discardableResult
    private func tell(_ message: String, passing descriptors: [Int32] = []) -> Bool {
        guard let address else { return false }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        // A manager that does not read must not stop the server.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let isSent = address.send(Array(message.utf8), passing: descriptors, from: socket)
        if !isSent { Postern.report("systemd was not told: \(String(cString: strerror(errno)))") }
        return isSent
    }
}
