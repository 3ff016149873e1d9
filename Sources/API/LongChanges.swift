import Mail
import MailStore
import Synchronization
import Threads

/// Goes on with changes of whole domains, one turn after the other, and lets those wait who want to change the same domain
/// meanwhile. However many domains are being changed, only one turn is made at a time, so that the others' changes never
/// wait for more.
final class LongChanges: Sendable {
    private struct Waiting {
        let since: ContinuousClock.Instant
        /// Told whether the change is over; false after too long a wait.
        let resume: @Sendable (_ isOver: Bool) -> Void
    }

    private struct Change {
        /// When the request came that began it.
        var begun = ContinuousClock.now
        /// Sends the answer of that request; nil when there is none, or it has been sent.
        var answer: (@Sendable () -> Void)?
        var waiting: [Waiting] = []
    }

    private struct Queues {
        var changes: [DomainName: Change] = [:]
        /// Whose turn it is, in this order.
        var turns: [DomainName] = []
        var isTakingTurns = false
        var isLeaving = false
    }

    private let writer: Writer
    private let delays: DelayLine
    private let report: @Sendable (String) -> Void
    private let state = Mutex(Queues())

    /// The web server gives up a minute after a request. What is promised can be answered before it is done.
    private static let answerLimit = Duration.seconds(45)
    /// Likewise, for those who have not begun: what they want still takes some time.
    private static let waitLimit = Duration.seconds(40)
    /// How many may wait altogether.
    private static let capacity = 1024
    /// After a turn that failed: a full disk, say, or a lock of another program.
    private static let pause = Duration.seconds(1)

    init(writer: Writer, delays: DelayLine, report: @escaping @Sendable (String) -> Void) {
        self.writer = writer
        self.delays = delays
        self.report = report
    }

    /// Goes on with all that are there; what goes on already is not disturbed.
    func resumeAll() {
        _ = writer.submit({ store in try store.domainsUnderChange() }) { [self] outcome in
            switch outcome {
            case .success(let domains): for domain in domains { start(domain) { _ in } }
            // Asked again soon.
            case .failure(let error): report("deleting or changing whole domains is delayed: \(error)")
            }
        }
    }

    /// Goes on with a domain's change.
    /// - Parameters:
    ///   - begun: when its request came.
    ///   - answer: called when it is done, or when that takes longer than a client waits.
    func finish(_ domain: DomainName, begun: ContinuousClock.Instant, _ answer: @escaping @Sendable () -> Void) {
        start(domain) { change in
            change.begun = begun
            change.answer = answer
        }
    }

    /// - Parameters:
    ///   - begun: when the request came that waits.
    ///   - resume: called once; with false when it took too long, or too many wait.
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

    /// Ends as soon as the turn that is being made is over. Everybody is answered at once: what was begun is promised.
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

    /// Has the writer make the next turn, if it is not making one.
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

    /// - Parameter domain: whose turn comes again; nil for none.
    @discardableResult
    private func endTurn<Result>(_ domain: DomainName?, _ body: (inout Queues) -> Result) -> Result {
        state.withLock { state in
            state.isTakingTurns = false
            if let domain, state.changes[domain] != nil { state.turns.append(domain) }
            return body(&state)
        }
    }

    /// Where nobody can be asked to come back later, `resumeAll` does.
    private func later() {
        _ = delays.submit(after: Self.pause) { [self] in takeTurn(afterFailure: true) }
    }

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
