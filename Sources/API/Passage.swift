import Gateway

/// A request on its way from thread to thread to its one answer.
struct Passage: Sendable {
    let request: PreparedRequest
    let answer: PendingAnswer
    var computed = Computed()
    /// Whether a reader has admitted it, and its slow work is done.
    var isAdmitted = false
    /// The check of a password that somebody may be guessing.
    var attempt: LoginAttempt?
    /// Takes back what was done outside the store.
    var undo: Undo?

    /// Of the operator's log.
    var name: String { "\(request.route.method.text) \(request.route.path)" }

    /// Sends the answer of a success on this thread.
    func finish(_ reply: Reply) { answer.finish(Response(reply, request), request) }

    /// Sends the answer of a refusal on this thread.
    func finish(_ error: APIError) {
        answer.finish(
            Response(error, isStrict: request.isStrict, isSecure: request.isSecure), word: error.word, request)
    }
}
