import Mail
import MailStore
import PasswordHash

/// What a route does: its target, its parameters and its functions, with their types.
struct Operation<Value, Input: FormInput>: Sendable {
    let target: Target<Value>
    /// Checks all that may refuse the request, changes nothing, and returns the slow work to do before `apply`; nil for
    /// none. Without this function there is never any.
    let admit: Admit?
    let outside: OutsideSteps<Value, Input>
    /// Checks everything again and does what is asked for: on the writer, in its transaction, or on a reader if the
    /// route changes nothing. It may run again after its changes were undone, so it has no effect outside the store.
    let apply: Apply

    typealias Admit = @Sendable (Call, Value, Input) throws -> SlowWork?
    typealias Apply = @Sendable (Call, Value, Input) throws -> Reply
}

/// An operation with the parameters of one request. Its functions may be called on any thread that has a store.
struct ParsedOperation: Sendable {
    /// Whether parsing found a fault. `admit` and `apply` throw it, after the refusals that come first.
    let isRefused: Bool
    let password: SentPassword?
    /// - Returns: the slow work to do first; nil for none.
    /// - Throws: why the request is refused.
    let admit: @Sendable (Call) throws -> SlowWork?
    let apply: @Sendable (Call) throws -> Reply
    /// As of `Target`.
    let announce: @Sendable (Store, PathValues, PreparedRequest) -> Void
    /// As of `OutsideSteps.before`; nil for no steps outside the store.
    let stepBefore: (@Sendable (Call) throws -> OutsideStep)?

    init<Value, Input>(_ operation: Operation<Value, Input>, _ form: ParsedForm<Input>) {
        isRefused = form.isRefused
        password = form.password
        announce = operation.target.announce
        // The order of refusals: target, unreadable form, closed fields, other faults of the form.
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
        stepBefore =
            if let before = operation.outside.before {
                { call in
                    let (value, input) = try targetAndInput(call)
                    return try before(call, value, input)
                }
            } else { nil }
    }
}

/// What an operation does outside the store beside its change, such as making a directory or asking another service.
/// A step runs on a thread of its own pool, so that neither the writer nor anybody else waits for it, and needs a time
/// limit of its own. Requests that change the same domain do their steps one after the other (`StepTurns`).
///
/// A crash between a step and the change leaves one without the other. So whoever adds a step also adds what compares
/// both sides later, and a step must succeed when its result is there already.
struct OutsideSteps<Value, Input>: Sendable {
    /// Checks anew, in the request's turn, all that may refuse it, and returns the step. Changes nothing itself. For an
    /// operation that only reads, the step finds out what it answers with.
    var before: (@Sendable (Call, Value, Input) throws -> OutsideStep)?
}

/// What is done before the change is applied.
/// - Throws: why the request is refused.
typealias OutsideStep = @Sendable () throws -> StepResult

/// What came of a step.
struct StepResult: Sendable {
    /// Called if the change is refused after all, to take back what was done and only that; nil for nothing.
    var undo: (@Sendable () -> Void)?
    /// What `Call.found` is when the change is applied; nil for nothing.
    var found: (any Sendable)?
    /// Called after the commit, when the request cannot be refused any more; an error goes to the operator's log. Nil
    /// for nothing.
    var after: (@Sendable () throws -> Void)?
}

/// Work too slow for a worker or the writer, done in the pool before a request is applied.
enum SlowWork: Sendable {
    case hash(Secret, PasswordScheme)
    /// Whether the password is the account's. Against nil, for no such account, the check takes as long and fails.
    case check(Secret, of: MailAddress, against: StoredPassword?)
}

/// What has been computed for a request so far.
struct Computed: Sendable {
    /// The hash of the new password that was sent, or why hashing failed; nil when none was made.
    var hash: Result<String, any Error>?
    /// The stored hash that the password has matched; nil when none was checked, or the password is wrong.
    var matched: StoredPassword?
    /// As of `StepResult`.
    var found: (any Sendable)?
}
