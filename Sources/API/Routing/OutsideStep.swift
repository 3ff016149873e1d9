import Mail

/// What an operation does outside the store, beside the change that it applies: makes a directory, asks another service.
/// The writer never waits for it: it is done in the pool.
///
/// A crash may come between the step and the change. What it leaves is put right by comparing both sides later, so a step
/// must stand being done when its result is there already.
struct OutsideStep<Input>: Sendable {
    /// Before the change is applied, once the request is admitted.
    /// - Returns: takes back what was done, and only that, if the change is refused after all; nil for nothing.
    /// - Throws: why the request is refused.
    var before: (@Sendable (PathValues, Input) throws -> Undo?)?
    /// After the change is on the disk, when the request cannot be refused any more; an error goes to the operator's log.
    var after: (@Sendable (PathValues, Input) throws -> Void)?
}

/// Takes back what a step before a change did.
typealias Undo = @Sendable () -> Void
