package import Gateway
import Mail

/// What became of one request, for the operator's log and figures. Free of secrets: no parameter, cookie or query.
package struct RequestRecord: Sendable {
    /// The web server's; nil when it gave none.
    package let id: String?
    /// `REMOTE_ADDR`, as the web server gave it.
    package let client: String
    /// Whose session it was; nil without one.
    package let admin: String?
    package let method: String
    /// The route's path as published; nil when no route was found.
    package let route: String?
    package let status: HTTPStatus
    /// `_msg` of a refusal; nil for a success.
    package let word: String?
    package let duration: Duration
    /// Of the body as sent.
    package let bytes: Int

    /// One line of `name=value` pairs; what may hold anything is kept to printable ASCII without spaces.
    package var line: String {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return "request id=\(clean(id)) client=\(clean(client)) admin=\(clean(admin)) method=\(clean(method)) "
            + "route=\(route ?? "-") status=\(status.rawValue) word=\(word ?? "-") us=\(microseconds) bytes=\(bytes)"
    }

    private func clean(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "-" }
        return String(decoding: text.utf8.prefix(300).map { (0x21...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// An answer that is owed, and what will be told of it. `finish` is called once.
struct PendingAnswer: Sendable {
    let answer: API.Answer
    let observe: @Sendable (RequestRecord) -> Void
    private let begun = ContinuousClock.now
    private let id: String?
    private let client: String
    private let method: Method

    init(_ request: Request, _ answer: @escaping API.Answer, _ observe: @escaping @Sendable (RequestRecord) -> Void) {
        self.answer = answer
        self.observe = observe
        id = request.requestID
        client = request.isFromOperator ? "operator" : request.remoteAddress
        method = request.method
    }

    /// Sends the answer on this thread, then tells of it.
    /// - Parameter route: what was asked for, when the request was not even prepared.
    func finish(_ response: Response, word: String? = nil, _ prepared: PreparedRequest?, _ route: Route? = nil) {
        var response = response
        let counter = ByteCounter()
        switch response.body {
        case .bytes(let bytes): counter.count = bytes.count
        case .stream(let stream):
            response.body = .stream { send in
                try stream { piece in
                    try send(piece)
                    counter.count += piece.count
                }
            }
        }
        answer(response)
        observe(
            RequestRecord(
                id: id, client: client, admin: prepared?.username?.text, method: method.text,
                route: (prepared?.route ?? route)?.path, status: response.status, word: word, duration: ContinuousClock.now - begun,
                bytes: counter.count))
    }
}

/// Of one answer, on the thread that sends it.
private final class ByteCounter {
    var count = 0
}

