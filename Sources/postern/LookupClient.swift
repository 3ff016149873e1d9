import API
import Glibc
import Mail
import Synchronization
import Threads

/// Has domains looked up in the DNS at once, by `systemd/postern-spf-now.socket`: the server itself has no network.
///
/// The names go there, a line each; what comes back is one `SPFLookups.Outcome` on a line. The servers that were found
/// are not taken from these lines: that process hands them over like every run of `postern spf-refresh`. Source:
/// `Contract.md` 16.3, `Security.md` 4.
final class LookupClient: Sendable {
    private struct Job {
        let domains: [SPFDomain]
        let end: ContinuousClock.Instant
        let answer: @Sendable (SPFLookups) -> Void
    }

    private let path: String
    private let jobs = Queue<Job>(capacity: 16)
    private let isEnding = Atomic(false)
    private let threads = Mutex<[WorkerThread]>([])

    /// From the request to its answer. nginx gives up after 60 s.
    private static let limit = Duration.seconds(20)
    /// The service may serve more: `MaxConnections` of the unit.
    private static let concurrentLookups = 2
    /// How often a thread that waits looks whether the server ends.
    private static let pause = Duration.milliseconds(100)
    /// Unit: bytes. A thousand domains fit.
    private static let longestAnswer = 1 << 20

    /// - Parameter path: of the service's socket. It need not be there.
    init(_ path: String) throws {
        self.path = path
        do {
            for number in 1...Self.concurrentLookups {
                let thread = try WorkerThread(named: "look-ups \(number)") { [unowned self] in run() }
                threads.withLock { $0.append(thread) }
            }
        } catch {
            stop()
            throw error
        }
    }

    /// Calls `answer` once, on another thread or at once, after 20 seconds at the latest.
    func ask(_ domains: [SPFDomain], _ answer: @escaping @Sendable (SPFLookups) -> Void) {
        let job = Job(domains: domains, end: .now + Self.limit, answer: answer)
        if !jobs.put(job) {
            answer(
                SPFLookups(
                    of: domains, found: [], othersPending: "Too many look-ups were asked for, or the server is ending.")
            )
        }
    }

    /// Gives up what is not answered, and returns when the threads have ended.
    func stop() {
        isEnding.store(true, ordering: .releasing)
        jobs.close()
        for thread in threads.withLock({ threads in
            defer { threads = [] }
            return threads
        }) { thread.join() }
    }

    private func run() {
        while let job = jobs.take(atMost: 1).first {
            let (found, reason) = lookUp(job.domains, until: job.end)
            job.answer(SPFLookups(of: job.domains, found: found, othersPending: reason))
        }
    }

    /// - Returns: what the service said, and what holds for the domains of which it said nothing.
    private func lookUp(
        _ domains: [SPFDomain], until end: ContinuousClock.Instant
    ) -> ([SPFLookups.Outcome], String) {
        guard let descriptor = connected() else { return ([], "The service for look-ups does not run.") }
        defer { close(descriptor) }
        let names = Array(domains.map { "\($0)\n" }.joined().utf8)
        var answer: [UInt8] = []
        var reason = "The look-up ended early."
        do throws(Interruption) {
            try send(names, to: descriptor, until: end)
            shutdown(descriptor, Int32(SHUT_WR))
            try receive(&answer, from: descriptor, until: end)
        } catch {
            switch error {
            case .timeout: reason = "There was no answer in time."
            case .ending: reason = "The server is ending."
            }
        }
        let asked = Set(domains)
        let found = String(decoding: answer, as: UTF8.self).split(separator: "\n").compactMap {
            SPFLookups.Outcome(line: $0)
        }
        return (found.filter { asked.contains($0.domain) }, reason)
    }

    private enum Interruption: Error { case timeout, ending }

    /// Nil when nobody listens there.
    private func connected() -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return nil }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private func send(
        _ bytes: [UInt8], to descriptor: Int32, until end: ContinuousClock.Instant
    ) throws(Interruption) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT, on: descriptor, until: end)
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A peer that reads no further may have answered all the same.
            guard count > 0 || errno == EAGAIN || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Everything until the peer closes.
    private func receive(
        _ bytes: inout [UInt8], from descriptor: Int32, until end: ContinuousClock.Instant
    ) throws(Interruption) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < Self.longestAnswer {
            try wait(for: POLLIN, on: descriptor, until: end)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR) else { return }
            bytes += buffer[..<max(0, count)]
        }
    }

    private func wait(
        for events: Int32, on descriptor: Int32, until end: ContinuousClock.Instant
    ) throws(Interruption) {
        while true {
            guard !isEnding.load(ordering: .acquiring) else { throw .ending }
            let left = end - .now
            guard left > .zero else { throw .timeout }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let milliseconds = min(left, Self.pause) / .milliseconds(1)
            if poll(&entry, 1, Int32(milliseconds.rounded(.up))) > 0 { return }
        }
    }
}
