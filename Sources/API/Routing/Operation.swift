import Mail
import PasswordHash

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

/// What an operation does outside the store, beside the change that it applies: makes a directory, asks another service.
/// The writer never waits for it: it takes a thread of the pool, so it needs a time limit of its own. Requests about one
/// domain do their steps one after the other (`StepTurns`).
///
/// A crash may come between a step and the change. What it leaves stays, until something compares both sides: whoever adds
/// a step adds that, and a step must stand being done when its result is there already.
struct OutsideSteps<Input>: Sendable {
    /// Before the change is applied, once the request is admitted.
    /// - Returns: takes back what was done, and only that, if the change is refused after all; nil for nothing.
    /// - Throws: why the request is refused.
    var before: (@Sendable (PathValues, Input) throws -> Undo?)?
    /// After the change is on the disk, when the request cannot be refused any more; an error goes to the operator's log.
    var after: (@Sendable (PathValues, Input) throws -> Void)?
}

/// Takes back what a step before a change did.
typealias Undo = @Sendable () -> Void

/// Work too slow for a worker or the writer, done in the pool before a request is applied.
enum SlowWork: Sendable {
    case hash(Secret, PasswordScheme)
    /// Whether the password is the account's. Without an account (nil) the check takes as long and fails.
    case check(Secret, of: MailAddress, against: StoredPassword?)
}

/// What has been computed for a request so far.
struct Computed: Sendable {
    /// The hash of the new password that was sent, or why there is none.
    var hash: Result<String, any Error>?
    /// The stored password that the one sent has matched.
    var matched: StoredPassword?
}
