import Gateway
import Mail

/// A request on its way from thread to thread to its one answer.
struct ActiveRequest: Sendable {
    let request: PreparedRequest
    let answer: PendingAnswer
    var computed = Computed()
    /// Whether it is admitted and its slow work is done: only the step outside and the change are left.
    var isReady = false
    /// The check of a password that somebody may be guessing.
    var attempt: LoginAttempt?
    /// Of its steps outside the store.
    var turn: StepTurns.Turn?
    /// Takes back what was done outside the store.
    var undo: Undo?

    /// For the operator's log.
    var name: String { "\(request.route.method.text) \(request.route.path)" }

    /// Sends the answer of a success on this thread.
    func finish(_ reply: Reply) {
        answer.finish(Response(reply, request), word: nil, request.route, admin: request.username)
    }

    /// Sends the answer of a refusal on this thread.
    func finish(_ error: APIError) {
        let response = Response(error, isStrict: request.isStrict, isSecure: request.isSecure)
        answer.finish(response, word: error.word, request.route, admin: request.username)
    }
}

/// An answer that is owed, and what will be told of it. `finish` is called once.
final class PendingAnswer: Sendable {
    private let answer: API.Answer
    private let observe: @Sendable (RequestRecord) -> Void
    let begun = ContinuousClock.now
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
    /// - Parameters:
    ///   - word: of a refusal; nil for a success.
    ///   - route: nil when none was found.
    ///   - admin: who asked; nil for nobody, and when the request did not come so far.
    func finish(_ response: Response, word: String?, _ route: Route?, admin: MailAddress?) {
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
                id: id, client: client, admin: admin?.text, method: method.text, route: route?.path,
                status: response.status, word: word, duration: ContinuousClock.now - begun, bytes: counter.count))
    }
}

/// Of one answer, on the thread that sends it.
private final class ByteCounter {
    var count = 0
}
