import Gateway
import Mail

/// A request that has passed the gate, with what its steps have found out so far. It goes from thread to thread.
struct ActiveRequest: Sendable {
    let request: PreparedRequest
    let answer: PendingAnswer
    var computed = Computed()
    /// Whether all that it reads was announced in `Store.sharing`.
    var isAnnounced = false
    /// Whether admission and slow work are done: only steps outside the store and the change are left.
    var isReady = false
    /// The check of a password, as the login guard counts it; nil without one, and for the operator.
    var attempt: LoginAttempt?
    /// The turn in which its steps outside the store are done; nil without steps.
    var turn: StepTurns.Turn?
    /// What came of its step before the change; nil before that and without one.
    var step: StepResult?

    /// Method and path, for the operator's log.
    var name: String { "\(request.route.method.text) \(request.route.path)" }

    /// Sends the answer of a success on this thread.
    /// - Parameter isPatient: as of `Response`.
    func finish(_ reply: Reply, isPatient: Bool = false) {
        var response = Response(reply, request)
        response.isPatient = isPatient
        answer.finish(response, word: nil, request.route, admin: request.username)
    }

    /// Sends the answer of a refusal on this thread.
    func finish(_ error: APIError) {
        let response = Response(error, isStrict: request.isStrict, isSecure: request.isSecure)
        answer.finish(response, word: error.word, request.route, admin: request.username)
    }
}

/// The answer that a request still has to get. `finish` is called exactly once.
final class PendingAnswer: Sendable {
    private let answer: API.Answer
    private let observe: @Sendable (RequestRecord) -> Void
    /// When the request came.
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

    /// Sends the answer on this thread, then hands over the request's record.
    /// - Parameters:
    ///   - word: of a refusal; nil for a success.
    ///   - route: nil when none was found.
    ///   - admin: the session's; nil without a session, and when the request was refused before it was looked up.
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

/// Counts the bytes of one answer, on the thread that sends it.
private final class ByteCounter {
    var count = 0
}
