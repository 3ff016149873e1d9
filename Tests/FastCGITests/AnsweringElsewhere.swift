import FastCGI
import Gateway
import Glibc
import Testing
import Threads

/// A responder whose answers are all given by one thread that is no worker of it, as the writer gives them.
final class AnsweringElsewhere {
    let responder: Responder
    let log = Collected<String>()
    /// What has been asked and answered, or given up, by its target.
    let answered = Collected<String>()
    private let path: String?
    private let port: UInt16
    private let owed = Queue<(target: String, answer: Responder.Answer)>()
    private let thread: WorkerThread

    /// - Parameter respond: what the other thread answers to a target.
    init(_ place: RunningResponder.Place, respond: @escaping @Sendable (String) -> Response) throws {
        let socket: ListeningSocket
        if place == .local {
            (path, port) = (RunningResponder.freshPath(), 0)
            socket = try .unix(path ?? "")
        } else {
            path = nil
            (socket, port) = try Self.narrowSocket()
        }
        // With the limits of the real service: nothing here waits for one of them.
        responder = try Responder(
            socket, workers: 2, isPeerAllowed: { _ in true }, log: { [log] in log.add($0) }
        ) { [owed] in Responder.Handler { request, answer in _ = owed.put((request.target, answer)) } }
        thread = try WorkerThread(named: "elsewhere") { [owed, answered] in
            while let (target, answer) = owed.take(atMost: 1).first {
                answer(respond(target))
                answered.add(target)
            }
        }
        try responder.start()
    }

    func peer() throws -> Peer { try path.map { try Peer(path: $0) } ?? Peer(port: port) }

    /// To be called when the peers are gone, lest the thread waits for them.
    func stop() {
        _ = responder.stop(within: .seconds(30))
        owed.close()
        thread.join()
    }

    /// TCP; what is sent by an accepted connection and not read soon fills it.
    private static func narrowSocket() throws -> (ListeningSocket, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var room: Int32 = 64 * 1024
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | listen(descriptor, 256) | getsockname(descriptor, $0, &length)
            }
        }
        let socket = try ListeningSocket.handedOver(pid: "\(getpid())", count: "1", first: descriptor)
        return (try #require(code == 0 ? socket : nil), UInt16(bigEndian: address.sin_port))
    }
}
