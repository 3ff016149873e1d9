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
