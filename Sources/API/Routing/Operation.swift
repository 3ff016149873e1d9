import Gateway

/// What a route does: its target, its parameters and its handler, with their types.
struct Operation<Value, Input: FormInput>: Sendable {
    let target: Target<Value>
    /// Checks all that may refuse the request, and says which slow work it needs before it is applied. It runs on a
    /// reader, and changes nothing. Nil for what never needs any.
    let admission: Admission?
    let outside: OutsideStep<Input>
    /// Checks everything again, and does it: on a reader for what changes nothing, else on the writer, in its transaction.
    /// It may run more than once, what it did before undone, so it has no effect outside the store.
    let handler: Handler

    typealias Admission = @Sendable (Call, Value, Input) throws -> SlowWork?
    typealias Handler = @Sendable (Call, Value, Input) throws -> Reply
}

/// An operation with the parameters of one request. What is left to do needs a store, on whichever thread.
protocol ParsedOperation: Sendable {
    /// Whether parsing alone has found why nobody may do this; `admit` tells it.
    var isRefused: Bool { get }
    /// The password that was sent.
    var password: SentPassword? { get }
    var hasStepBefore: Bool { get }
    var hasStepAfter: Bool { get }

    /// - Returns: the slow work to do first; nil for none.
    /// - Throws: why the request is refused.
    func admit(_ call: Call) throws -> SlowWork?
    func apply(_ call: Call) throws -> Reply
    /// - Returns: takes it back; nil when there is nothing to take back.
    func doStepBefore(_ path: PathValues) throws -> Undo?
    func doStepAfter(_ path: PathValues) throws
}

/// The same, with its types.
struct OperationInHand<Value, Input: FormInput>: ParsedOperation {
    private let operation: Operation<Value, Input>
    private let form: ParsedForm<Input>

    init(_ operation: Operation<Value, Input>, _ form: ParsedForm<Input>) {
        self.operation = operation
        self.form = form
    }

    var isRefused: Bool { form.isRefused }
    var password: SentPassword? { form.password }
    var hasStepBefore: Bool { operation.outside.before != nil }
    var hasStepAfter: Bool { operation.outside.after != nil }

    func admit(_ call: Call) throws -> SlowWork? {
        let (value, input) = try targetAndInput(call)
        return try operation.admission?(call, value, input)
    }

    func apply(_ call: Call) throws -> Reply {
        let (value, input) = try targetAndInput(call)
        return try operation.handler(call, value, input)
    }

    func doStepBefore(_ path: PathValues) throws -> Undo? {
        try operation.outside.before?(path, form.input { [] })
    }

    func doStepAfter(_ path: PathValues) throws { try operation.outside.after?(path, form.input { [] }) }

    /// The order in which a request is refused: what it is about, an unreadable form, fields that are closed, the rest.
    private func targetAndInput(_ call: Call) throws -> (Value, Input) {
        let value = try operation.target.find(call)
        return (value, try form.input { try operation.target.closedProfiles(call, value) })
    }
}
