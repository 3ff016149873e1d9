import Mail
import MailStore
import Synchronization
import Threads

/// Has the writer finish changes of whole domains (`LongChange`), one turn after the other, and lets requests wait that
/// want to change the same domain meanwhile. Only one turn is queued at a time, however many domains are being changed,
/// so that no other change waits for more than one. See `Storage.md` 8.
final class LongChanges: Sendable {
    private struct Waiting {
        let since: ContinuousClock.Instant
        /// Called with true when the change is over, with false when the request can wait no longer.
        let resume: @Sendable (_ isOver: Bool) -> Void
    }

    private struct Change {
        /// When the request came that began the change.
        var begun = ContinuousClock.now
        /// Sends the answer of that request; nil when there is none, or it has been sent.
        var answer: (@Sendable () -> Void)?
        var waiting: [Waiting] = []
    }

    private struct Queues {
        var changes: [DomainName: Change] = [:]
        /// Domains that wait for their next turn, in this order.
        var turns: [DomainName] = []
        var isTakingTurns = false
        var isLeaving = false
    }

    private let writer: Writer
    private let delays: DelayedTasks
    private let report: @Sendable (String) -> Void
    private let state = Mutex(Queues())

    /// nginx gives up 60 s after a request. A change that is promised is answered before that, even if it is not done.
    private static let answerLimit = Duration.seconds(45)
    /// Shorter, because a request that has waited still needs time for its own change.
    private static let waitLimit = Duration.seconds(40)
    /// How many requests may wait, for all domains together.
    private static let capacity = 1024
    /// How long to wait after a turn that failed, for example because of a full disk or another program's lock.
    private static let pause = Duration.seconds(1)

    init(writer: Writer, delays: DelayedTasks, report: @escaping @Sendable (String) -> Void) {
        self.writer = writer
        self.delays = delays
        self.report = report
    }

    /// Continues every change that is stored as unfinished. Those already in progress are not disturbed.
    func resumeAll() {
        _ = writer.submit({ store in try store.domainsUnderChange() }) { [self] outcome in
            switch outcome {
            case .success(let domains): for domain in domains { start(domain) { _ in } }
            // Not tried again here: the service calls this once a minute.
            case .failure(let error): report("deleting or changing whole domains is delayed: \(error)")
            }
        }
    }

    /// Continues the change of a domain that a request has begun.
    /// - Parameters:
    ///   - begun: when that request came.
    ///   - answer: called once: when the change is done, after `answerLimit`, or when the server stops.
    func finish(_ domain: DomainName, begun: ContinuousClock.Instant, _ answer: @escaping @Sendable () -> Void) {
        start(domain) { change in
            change.begun = begun
            change.answer = answer
        }
    }

    /// Lets a request wait until the change of a domain is over.
    /// - Parameters:
    ///   - begun: when that request came.
    ///   - resume: called once: with true when the change is over, with false after `waitLimit`, when too many requests
    ///     wait, or when the server stops.
    func wait(
        for domain: DomainName, since begun: ContinuousClock.Instant,
        _ resume: @escaping @Sendable (_ isOver: Bool) -> Void
    ) {
        let hasRoom = state.withLock { state in
            !state.isLeaving && state.changes.values.map(\.waiting.count).reduce(0, +) < Self.capacity
        }
        guard hasRoom, ContinuousClock.now - begun < Self.waitLimit else { return resume(false) }
        start(domain) { change in change.waiting.append(Waiting(since: begun, resume: resume)) }
    }

    /// Makes no further turn, and answers at once: with success where a request began a change, because that is
    /// promised, with a refusal where a request waits.
    func leave() {
        let changes = state.withLock { state in
            state.isLeaving = true
            defer { (state.changes, state.turns) = ([:], []) }
            return state.changes
        }
        for change in changes.values { Self.end(change, isOver: false) }
    }

    private static func end(_ change: Change, isOver: Bool) {
        change.answer?()
        for waiting in change.waiting { waiting.resume(isOver) }
    }

    private func start(_ domain: DomainName, _ add: (inout Change) -> Void) {
        let left = state.withLock { state -> Change? in
            let isNew = state.changes[domain] == nil
            var change = state.changes[domain] ?? Change()
            add(&change)
            if state.isLeaving { return change }
            state.changes[domain] = change
            if isNew { state.turns.append(domain) }
            return nil
        }
        if let left { Self.end(left, isOver: false) }
        takeTurn()
    }

    /// Has the writer make the next turn, unless it is making one.
    private func takeTurn(afterFailure: Bool = false) {
        let next = state.withLock { state -> DomainName? in
            guard !state.isLeaving, !state.isTakingTurns, !state.turns.isEmpty else { return nil }
            state.isTakingTurns = true
            return state.turns.removeFirst()
        }
        guard let domain = next else { return }
        let isQueued = writer.submit({ store in try store.continueChange(of: domain) }) { [self] outcome in
            switch outcome {
            case .success(true):
                let change = endTurn(nil) { $0.changes.removeValue(forKey: domain) }
                if let change { Self.end(change, isOver: true) }
                answerTheLate()
                takeTurn()
            case .success(false):
                endTurn(domain) { _ in }
                answerTheLate()
                takeTurn()
            case .failure(let error):
                if !afterFailure {
                    report("deleting or changing all of \(domain) is delayed and tried again: \(error)")
                }
                endTurn(domain) { _ in }
                answerTheLate()
                later()
            }
        }
        guard !isQueued else { return }
        endTurn(domain) { _ in }
        later()
    }

    /// - Parameter domain: gets another turn; nil when its change is over.
    @discardableResult
    private func endTurn<Result>(_ domain: DomainName?, _ body: (inout Queues) -> Result) -> Result {
        state.withLock { state in
            state.isTakingTurns = false
            if let domain, state.changes[domain] != nil { state.turns.append(domain) }
            return body(&state)
        }
    }

    /// Tries again after a pause; if nothing more can be delayed, the next `resumeAll` does.
    private func later() {
        _ = delays.submit(after: Self.pause) { [self] in takeTurn(afterFailure: true) }
    }

    /// Answers requests whose limit has passed.
    private func answerTheLate() {
        let now = ContinuousClock.now
        let late = state.withLock { state -> [Change] in
            var late: [Change] = []
            for (domain, change) in state.changes {
                var told = Change()
                if now - change.begun > Self.answerLimit { told.answer = change.answer }
                told.waiting = change.waiting.filter { now - $0.since > Self.waitLimit }
                guard told.answer != nil || !told.waiting.isEmpty else { continue }
                late.append(told)
                if told.answer != nil { state.changes[domain]?.answer = nil }
                state.changes[domain]?.waiting.removeAll { now - $0.since > Self.waitLimit }
            }
            return late
        }
        for told in late { Self.end(told, isOver: false) }
    }
}

/// The request cannot go on before a change of the whole domain is done (`LongChange`).
struct DomainUnderChange: Error {
    let domain: DomainName
}
