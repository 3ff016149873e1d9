import FastCGI
import Gateway
import Glibc
import Synchronization

/// A responder on a socket of its own, with everything it logged and was asked.
final class RunningResponder: Sendable {
    let path: String?
    let port: UInt16
    let responder: Responder
    let log = Collected<String>()
    let requests = Collected<Request>()
    /// How many requests were handled together, each time.
    let groups = Collected<Int>()

    enum Place { case local, tcp4, tcp6 }

    /// Answers every request with a line that says what it was.
    convenience init(
        _ place: Place = .local, workers: Int = 2, limits: ResponderLimits = .quick,
        allowing isPeerAllowed: @escaping @Sendable (UInt32) -> Bool = { _ in true }
    ) throws {
        try self.init(place, workers: workers, limits: limits, allowing: isPeerAllowed) { request, answer in
            answer(Response(headers: [("Content-Type", "text/plain")], body: .bytes(Array(Self.line(request).utf8))))
        }
    }

    init(
        _ place: Place = .local, workers: Int = 2, limits: ResponderLimits = .quick,
        allowing isPeerAllowed: @escaping @Sendable (UInt32) -> Bool = { _ in true }, collecting: Bool = true,
        together: Int = 1,
        handler: @escaping @Sendable (Request, @escaping Responder.Answer) -> Void
    ) throws {
        let socket: ListeningSocket
        switch place {
        case .local:
            path = Self.freshPath()
            socket = try .unix(path ?? "")
        case .tcp4:
            path = nil
            socket = try .tcp("127.0.0.1:0")
        case .tcp6:
            path = nil
            socket = try .tcp("[::1]:0")
        }
        port = socket.port ?? 0
        responder = try Responder(
            socket, workers: workers, limits: limits, isPeerAllowed: isPeerAllowed, log: { [log] in log.add($0) }
        ) { [requests, groups] in
            var added: [(Request, Responder.Answer)] = []
            return Responder.Handler(
                add: { request, answer in
                    if collecting { requests.add(request) }
                    added.append((request, answer))
                    return added.count < together
                },
                serve: {
                    let all = added
                    added = []
                    if !all.isEmpty { groups.add(all.count) }
                    for (request, answer) in all { handler(request, answer) }
                })
        }
        try responder.start()
    }

    static func freshPath() -> String { "/tmp/postern-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

    static func line(_ request: Request) -> String {
        let fault = request.fault.map { "\($0)" } ?? "sound"
        return "\(request.method.text) \(request.target) \(request.remoteAddress) \(request.body.count) \(fault)"
    }

    /// Nothing waits and nothing is in hand.
    var isQuiet: Bool { responder.statistics.waiting == 0 && responder.statistics.inHand == 0 }

    func peer() throws -> Peer { try path.map { try Peer(path: $0) } ?? Peer(port: port) }

    @discardableResult func stop(within limit: Duration = .seconds(5)) -> Bool { responder.stop(within: limit) }
}

extension ResponderLimits {
    /// Short enough to be waited for in a test.
    static var quick: ResponderLimits {
        var limits = ResponderLimits()
        limits.silence = .milliseconds(300)
        limits.wholeRequest = .milliseconds(700)
        limits.idle = .seconds(2)
        limits.stalledWrite = .milliseconds(300)
        limits.answerOnWorker = .seconds(2)
        limits.tick = .milliseconds(50)
        return limits
    }
}

/// Things added by any thread.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func add(_ element: Element) {
        elements.withLock { $0.append(element) }
    }
}

/// Waits until `condition` holds, five seconds at most; says whether it came to hold.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        usleep(5_000)
    }
    return condition()
}
