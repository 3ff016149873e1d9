import Mail
import MailStore
import Synchronization
import Threads

/// Goes on with changes of whole domains, turn by turn, and lets those wait who want to change the same domain meanwhile.
final class LongChanges: Sendable {
    private struct Waiting {
        let since: ContinuousClock.Instant
        /// Told whether the change is over; false after too long a wait.
        let resume: @Sendable (_ isOver: Bool) -> Void
    }

    private struct Change {
        let begun: ContinuousClock.Instant
        /// Sends the answer of the request that began it; nil when there is none, or it has been sent.
        var answer: (@Sendable () -> Void)?
        var waiting: [Waiting] = []
    }

    private struct State {
        var changes: [DomainName: Change] = [:]
        var isLeaving = false
    }

    private let writer: Writer
    private let delays: DelayLine
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// The web server gives up after a minute. What is promised can be answered before it is done.
    private static let answerLimit = Duration.seconds(45)
    /// Likewise, for those who have not begun.
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

    /// Goes on with all that are there.
    func resumeAll() {
        _ = writer.submit({ store in try store.domainsUnderChange() }) { [self] outcome in
            switch outcome {
            case .success(let domains): for domain in domains { start(domain) { _ in } }
            case .failure(let error): report("long changes: \(error)")
            }
        }
    }

    /// Goes on with a domain's change.
    /// - Parameter answer: called when it is done, or when that takes longer than a client waits.
    func finish(_ domain: DomainName, _ answer: @escaping @Sendable () -> Void) {
        start(domain) { change in change.answer = answer }
    }

    /// - Parameter resume: called once; with false when it took too long, or too many wait.
    func wait(for domain: DomainName, _ resume: @escaping @Sendable (_ isOver: Bool) -> Void) {
        let hasRoom = state.withLock { state in
            !state.isLeaving && state.changes.values.map(\.waiting.count).reduce(0, +) < Self.capacity
        }
        guard hasRoom else { return resume(false) }
        start(domain) { change in change.waiting.append(Waiting(since: .now, resume: resume)) }
    }

    /// Ends as soon as the turn that is being made is over. Everybody is answered at once: what was begun is promised.
    func leave() {
        let changes = state.withLock { state in
            state.isLeaving = true
            defer { state.changes = [:] }
            return state.changes
        }
        for change in changes.values { Self.end(change, isOver: false) }
    }

    private static func end(_ change: Change, isOver: Bool) {
        change.answer?()
        for waiting in change.waiting { waiting.resume(isOver) }
    }

    private func start(_ domain: DomainName, _ add: (inout Change) -> Void) {
        let (isNew, left) = state.withLock { state -> (Bool, Change?) in
            let isNew = state.changes[domain] == nil
            var change = state.changes[domain] ?? Change(begun: .now)
            add(&change)
            if state.isLeaving { return (false, change) }
            state.changes[domain] = change
            return (isNew, nil)
        }
        if let left { Self.end(left, isOver: false) }
        if isNew { step(domain) }
    }

    private func step(_ domain: DomainName, afterFailure: Bool = false) {
        let isQueued = writer.submit({ store in try store.continueChange(of: domain) }) { [self] outcome in
            switch outcome {
            case .success(true):
                let change = state.withLock { $0.changes.removeValue(forKey: domain) }
                if let change { Self.end(change, isOver: true) }
            case .success(false):
                answerTheLate(domain)
                step(domain)
            case .failure(let error):
                if !afterFailure { report("the change of all of \(domain) is held up: \(error)") }
                answerTheLate(domain)
                later(domain)
            }
        }
        if !isQueued { later(domain) }
    }

    private func later(_ domain: DomainName) {
        guard state.withLock({ !$0.isLeaving }) else { return }
        let isQueued = delays.submit(after: Self.pause) { [self] in step(domain, afterFailure: true) }
        guard !isQueued else { return }
        // Whoever wants to change the domain next, or the next start, goes on with it.
        let change = state.withLock { $0.changes.removeValue(forKey: domain) }
        if let change { Self.end(change, isOver: false) }
    }

    private func answerTheLate(_ domain: DomainName) {
        let now = ContinuousClock.now
        let late = state.withLock { state -> (answer: (@Sendable () -> Void)?, waiting: [Waiting]) in
            guard var change = state.changes[domain] else { return (nil, []) }
            let answer = now - change.begun > Self.answerLimit ? change.answer : nil
            if answer != nil { change.answer = nil }
            let late = change.waiting.filter { now - $0.since > Self.waitLimit }
            if !late.isEmpty { change.waiting.removeAll { now - $0.since > Self.waitLimit } }
            state.changes[domain] = change
            return (answer, late)
        }
        late.answer?()
        for waiting in late.waiting { waiting.resume(false) }
    }
}
