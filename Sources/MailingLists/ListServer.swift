import FoundationEssentials
import Glibc

/// The helper's side of its socket: serves one connection after the other.
package struct ListServer: Sendable {
    private let spool: ListSpool
    private let clients: Set<UInt32>
    private let report: @Sendable (String) -> Void

    /// How long a client may take to send its request, and to take the answer.
    private static let limit = Duration.seconds(10)

    /// - Parameters:
    ///   - clients: user ids of the processes that are served.
    ///   - report: takes one line for the operator's log.
    package init(_ spool: ListSpool, clients: Set<UInt32>, report: @escaping @Sendable (String) -> Void) {
        self.spool = spool
        self.clients = clients
        self.report = report
    }

    /// Serves until nobody has connected for a while, or the socket is shut down. With a limit it also ends when mlmmj
    /// turns out not to be usable: a process that is started later sees what has been installed meanwhile.
    /// - Parameters:
    ///   - listener: a listening local stream socket.
    ///   - idle: how long; nil for ever.
    package func serve(on listener: Int32, untilIdleFor idle: Duration?) {
        while true {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            let count = poll(&entry, 1, idle.map { Int32(clamping: $0.components.seconds * 1000) } ?? -1)
            if count == 0 { return }
            guard count > 0 else { continue }
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINVAL || errno == EBADF { return }
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM { usleep(100_000) }
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if !serve(descriptor), idle != nil { return }
        }
    }

    /// - Returns: false when mlmmj is not usable.
    private func serve(_ descriptor: Int32) -> Bool {
        let connection = LocalConnection(descriptor, within: Self.limit)
        defer { connection.close() }
        guard let peer = connection.peer, clients.contains(peer) else {
            report("a process of user \(connection.peer.map(String.init) ?? "?") was turned away")
            return true
        }
        do {
            let message = try connection.receive()
            let answer = answer(to: message)
            // Its own time: the request may have taken long.
            try LocalConnection(descriptor, within: Self.limit).send(Array(try JSONEncoder().encode(answer)))
            if case .refused(let failure) = answer, failure.kind == .unusable { return false }
        } catch let failure as LocalConnection.Failure {
            report("a request was broken off: \(failure.reason)")
        } catch {
            report("an answer cannot be written: \(error)")
        }
        return true
    }

    private func answer(to message: [UInt8]) -> ListAnswer {
        guard let request = try? JSONDecoder().decode(ListRequest.self, from: Data(message)) else {
            return .refused(ListFailure(.failed, "the request cannot be read: both sides must be of one version"))
        }
        do throws(ListFailure) {
            return try spool.answer(request)
        } catch {
            if error.kind != .missing { report("\(error)") }
            return .refused(error)
        }
    }
}
