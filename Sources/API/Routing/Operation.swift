/// What a route does: its target, its parameters and its functions, with their types.
struct Operation<Value, Input: FormInput>: Sendable {
    let target: Target<Value>
    /// Checks all that may refuse the request, and says which slow work it needs before it is applied. It runs on a
    /// reader, and changes nothing. Nil for what never needs any.
    let admit: Admit?
    let outside: OutsideSteps<Input>
    /// Checks everything again, and does it: on a reader for what changes nothing, else on the writer, in its
    /// transaction. It may run more than once, what it did before undone, so it has no effect outside the store.
    let apply: Apply

    typealias Admit = @Sendable (Call, Value, Input) throws -> SlowWork?
    typealias Apply = @Sendable (Call, Value, Input) throws -> Reply
}

/// An operation with the parameters of one request. What is left to do needs a store, on whichever thread.
struct ParsedOperation: Sendable {
    /// Whether parsing found it wrong; `admit` tells why, in its turn.
    let isRefused: Bool
    let password: SentPassword?
    /// - Returns: the slow work to do first; nil for none.
    /// - Throws: why the request is refused.
    let admit: @Sendable (Call) throws -> SlowWork?
    let apply: @Sendable (Call) throws -> Reply
    var hasSteps: Bool { stepBefore != nil || stepAfter != nil }
    /// - Returns: takes it back; nil when there is nothing to take back.
    let stepBefore: (@Sendable (PathValues) throws -> Undo?)?
    let stepAfter: (@Sendable (PathValues) throws -> Void)?

    init<Value, Input>(_ operation: Operation<Value, Input>, _ form: ParsedForm<Input>) {
        isRefused = form.isRefused
        password = form.password
        // The order in which a request is refused: what it is about, an unreadable form, fields that are closed, the
        // rest.
        @Sendable func targetAndInput(_ call: Call) throws -> (Value, Input) {
            let value = try operation.target.find(call)
            return (value, try form.input { try operation.target.closed(call, value) })
        }
        admit = { call in
            let (value, input) = try targetAndInput(call)
            return try operation.admit?(call, value, input)
        }
        apply = { call in
            let (value, input) = try targetAndInput(call)
            return try operation.apply(call, value, input)
        }
        let (before, after) = (operation.outside.before, operation.outside.after)
        stepBefore = if let before { { path in try before(path, form.input()) } } else { nil }
        stepAfter = if let after { { path in try after(path, form.input()) } } else { nil }
    }
}
