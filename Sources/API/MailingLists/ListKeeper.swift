import FoundationEssentials
import Mail
import MailingLists
import MailStore
import PasswordHash
import Synchronization
import Threads

/// Keeps the rows of subscribable lists and their directories together.
///
/// A new list gets its directory first and its rows then; a crash between leaves an unconfirmed directory without rows,
/// which `reconcileSoon` puts aside. Any other change is queued in the transaction of the rows (`list_requests`) and done
/// after the commit, by `finish`: a crash, or a helper that is away, only delays it.
final class ListKeeper: Sendable {
    private let socket: Mutex<String>
    private let writer: Writer
    private let reader: SharedReader
    private let pool: HashPool
    private let turns: StepTurns
    private let clock: @Sendable () -> Moment
    private let report: @Sendable (String) -> Void
    /// Held while queued requests are done, so that none is done twice, or after a later one.
    private let queue = Monitor()
    private let state = Mutex(State())

    private struct State {
        /// Whether a thread of the pool does what is queued, or is about to.
        var isFinishing = false
        /// Whether it is to look once more.
        var isAskedAgain = false
        /// The last trouble reported; nil after a success.
        var trouble: String?
        var isLeaving = false
    }

    /// How long a request waits for what is queued. The rest is promised.
    private static let limit = Duration.seconds(20)
    /// How long a thread of the pool asks subscribers by mail, before others get it.
    private static let slowLimit = Duration.seconds(2)
    /// How long one request to the helper may take for which no client waits.
    private static let longest = Duration.seconds(120)

    /// - Parameters:
    ///   - socket: the helper's.
    ///   - pool: the threads that talk to the helper.
    init(
        socket: String, writer: Writer, reader: SharedReader, pool: HashPool, turns: StepTurns,
        clock: @escaping @Sendable () -> Moment, report: @escaping @Sendable (String) -> Void
    ) {
        self.socket = Mutex(socket)
        self.writer = writer
        self.reader = reader
        self.pool = pool
        self.turns = turns
        self.clock = clock
        self.report = report
    }

    func use(socket path: String) { socket.withLock { $0 = path } }

    private var helper: ListHelper {
        ListHelper(socket: socket.withLock(\.self), isEnding: { [self] in state.withLock(\.isLeaving) })
    }

    /// Leaves what is queued to the next process.
    func leave() { state.withLock { $0.isLeaving = true } }

    // MARK: For requests; all of these wait

    /// Makes sure that the helper is there, and that nothing queued is left to be done with lists of this domain.
    /// - Throws: `MAILING_LISTS_UNAVAILABLE`.
    func prepare(for domain: DomainName) throws {
        try refusing {
            try helper.send(.ping)
            let (failures, isDone) = try finish(.quick, before: .now + Self.limit, each: ListHelper.usualLimit)
            if let failure = failures[domain.text] ?? failures[""] { throw failure }
            guard isDone else {
                throw ListFailure(.failed, "too much is still to be done with mailing lists, or the server is ending")
            }
        }
    }

    /// What lies in a list's directory. A list without one gets one.
    /// - Throws: `MAILING_LISTS_UNAVAILABLE`.
    func state(of row: SubscribableListRow, withSubscribers: Bool) throws -> ListState {
        guard let list = ListAddress(row.address) else { throw APIError.noSuchAccount }
        return try refusing {
            do {
                return try show(list, withSubscribers)
            } catch let failure as ListFailure where failure.kind == .missing {
                guard try remake(list) else { throw failure }
                return try show(list, withSubscribers)
            }
        }
    }

    private func show(_ list: ListAddress, _ withSubscribers: Bool) throws -> ListState {
        guard case .list(let state) = try helper.send(.show(list, withSubscribers: withSubscribers)) else {
            throw ListFailure(.failed, "the helper for mailing lists is of another version")
        }
        return state
    }

    /// Makes a list's directory.
    /// - Throws: `MAILING_LISTS_UNAVAILABLE`.
    func create(_ list: ListAddress, _ controls: [ControlChange], language: String) throws {
        try refusing { try helper.send(.create(list, controls, language: language)) }
    }

    /// Removes a directory that `create` has just made.
    func discard(_ list: ListAddress) {
        do {
            try helper.send(.remove(list, keepsFiles: false))
        } catch {
            report("mailing list \(list.address): its directory is left, and put aside later: \(error)")
        }
    }

    /// Does what is queued, and leaves to the pool what takes long. What fails is reported, and tried again later.
    func finish() {
        finish(.quick)
        finishSoon()
    }

    @discardableResult
    private func refusing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ListFailure {
            throw APIError.listsUnavailable(error)
        } catch let error as ListHelper.Unreachable {
            throw APIError.listsUnavailable(error)
        }
    }

    // MARK: What is queued

    /// Does all that is queued, on one thread of the pool; the others are left to requests. Does not wait.
    func finishSoon() {
        let isNew = state.withLock { state in
            guard !state.isLeaving else { return false }
            defer { (state.isFinishing, state.isAskedAgain) = (true, state.isFinishing) }
            return !state.isFinishing
        }
        guard isNew else { return }
        let isQueued = pool.submit(evenIfFull: true) { [self] in
            finish(.quick)
            // In pieces, so that what is quick does not wait behind what takes long.
            let isLeft = finish(.slow)
            let isAsked = state.withLock { state in
                defer { (state.isFinishing, state.isAskedAgain) = (false, false) }
                return state.isAskedAgain
            }
            if isLeft || isAsked { finishSoon() }
        }
        if !isQueued { state.withLock { $0.isFinishing = false } }
    }

    /// - Returns: whether the time was over before all was done.
    @discardableResult
    private func finish(_ pace: QueuedListRequest.Pace) -> Bool {
        do {
            let (failures, isDone) = try finish(
                pace, before: .now + (pace == .quick ? Self.limit : Self.slowLimit), each: Self.longest)
            for failure in failures.values { tell(of: failure) }
            return !isDone
        } catch {
            tell(of: error)
            return false
        }
    }

    /// Does queued requests in their order. One that fails holds back those about the same domain, and one about all
    /// domains all that follow.
    /// - Parameter limit: how long one request to the helper may take.
    /// - Returns: by domain, what failed; and whether nothing else is left.
    /// - Throws: `ListHelper.Unreachable`, and what the reader throws.
    private func finish(
        _ pace: QueuedListRequest.Pace, before end: ContinuousClock.Instant, each limit: Duration
    ) throws -> (failures: [String: ListFailure], isDone: Bool) {
        var failures: [String: ListFailure] = [:]
        var last = 0
        while .now < end, !state.withLock(\.isLeaving) {
            // Held for each request alone, so that nobody waits for many of them.
            let isOver = try queue.locked {
                guard let next = try reader.reading({ try $0.subscribableLists.queued(pace, after: last) }) else {
                    return true
                }
                last = next.ids.last ?? last
                guard failures[next.domain] == nil, failures[""] == nil else { return false }
                do {
                    try perform(next, within: limit)
                    try remove(next)
                    state.withLock { $0.trouble = nil }
                } catch let failure as ListFailure {
                    failures[next.domain] = failure
                }
                return false
            }
            if isOver { return (failures, true) }
        }
        return (failures, false)
    }

    private func perform(_ queued: QueuedListRequest, within limit: Duration) throws {
        guard let request = queued.request else {
            throw ListFailure(.failed, "request \(queued.ids) in list_requests is of another version of Postern")
        }
        do {
            try helper.send(request, within: limit)
        } catch let failure as ListFailure where failure.kind == .missing {
            guard let list = request.list, try remake(list) else {
                return report("mailing lists: \(failure), and no account; what was to be done with it is dropped")
            }
            try helper.send(request)
        }
    }

    /// Waits for the commit: else somebody could do it again, after a later request.
    private func remove(_ request: QueuedListRequest) throws {
        let outcome = Queue<Result<Void, any Error>>()
        let isQueued = writer.submit(
            { store in try store.subscribableLists.removeQueued(request.ids) }, done: { _ = outcome.put($0) })
        guard isQueued else { throw ListFailure(.failed, "the server is ending, or has too much to do") }
        for result in outcome.take() {
            do {
                try result.get()
            } catch {
                throw ListFailure(.failed, "\(error)")
            }
        }
    }

    /// Reports a trouble once, until something goes well again or something else goes wrong.
    private func tell(of error: any Error) {
        let text = "\(error)"
        let isNew = state.withLock { state in
            defer { state.trouble = text }
            return state.trouble != text
        }
        if isNew { report("mailing lists: what is still to be done is tried again: \(text)") }
    }

    // MARK: Comparing both sides

    /// Compares rows and directories, on a thread of the pool. Does not wait.
    func reconcileSoon() {
        _ = pool.submit(evenIfFull: true) { [self] in
            finish()
            do {
                try reconcile()
            } catch {
                let hasLists = (try? reader.reading { try $0.subscribableLists.hasAny() }) ?? true
                // Without lists nobody needs the helper.
                if hasLists { tell(of: error) }
            }
        }
    }

    private func reconcile() throws {
        guard case .inventory(let present, let unconfirmed) = try helper.send(.inventory, within: Self.longest) else {
            return
        }
        let wanted = Set(try reader.reading { try $0.subscribableLists.addresses() })
        let missing = wanted.subtracting(present)
        let left = Set(unconfirmed).subtracting(wanted)
        let foreign = Set(present).subtracting(wanted).subtracting(left)
        if let first = foreign.map(\.address).min() {
            // Of another server, of a state that was restored, or made by hand: no crash leaves these.
            report(
                "mailing lists: \(foreign.count) directories belong to no account here and stay, \(first) among them")
        }
        for (domain, lists) in Dictionary(grouping: missing.union(left), by: \.domain) {
            // A request may be making one of them just now.
            let isTaken = turns.take([domain]) { [self] turn in
                let isQueued = pool.submit(evenIfFull: true) { [self] in
                    for list in lists { mend(list) }
                    turn.end()
                }
                if !isQueued { turn.end() }
            }
            if !isTaken { report("mailing lists of \(domain) are compared later: too many requests wait") }
        }
    }

    private func mend(_ list: ListAddress) {
        do {
            if try reader.reading({ try $0.subscribableLists.find(list.address) }) == nil {
                try helper.send(.remove(list, keepsFiles: true))
                report("mailing list \(list.address) has a directory and no account; the directory is put aside")
            } else {
                do {
                    _ = try show(list, false)
                } catch let failure as ListFailure where failure.kind == .missing {
                    try remake(list)
                }
            }
        } catch {
            report("mailing list \(list.address) is not mended: \(error)")
        }
    }

    /// Makes the directory of a list whose rows are there.
    /// - Returns: false without rows, or without the domain.
    @discardableResult
    private func remake(_ list: ListAddress) throws -> Bool {
        let found = try reader.reading { store in
            // While a domain is being deleted its rows go one after the other; its lists have been put aside already.
            guard let domain = try store.domains.find(list.domain),
                let row = try store.subscribableLists.find(list.address)
            else { return (ListContents, String?)?.none }
            return (try ListContents(row, nil, store), domain.settings["default_language"])
        }
        guard case (var contents, let language)? = found else { return false }
        // How it was set is lost: nobody is to post or subscribe whom the old list would have refused.
        contents.switches.formUnion([.closedlist, .moderated])
        try helper.send(.remake(list, contents.controls, language: language ?? ""))
        report(
            "mailing list \(list.address) had no directory; it has a new one, closed, moderated, without subscribers")
        return true
    }
}
