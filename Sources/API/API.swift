package import Gateway
package import Mail
package import MailStore
package import PasswordHash
import Synchronization
package import Threads

/// The whole API, from a request to its answer, without a socket.
///
/// The way of a request (`API+Gate.swift`, then `API+ActiveRequest.swift`):
///
///     gate     address, route, session                              a worker
///     parse    the form becomes a typed input; asks no store        the same worker
///     hash     of a new password, where the scheme is fast          the same worker
///     admit    all that refuses; only before slow work or a step,   the same worker; after a wait, the pool
///              or if parsing has refused it already
///     work     a slow hash, or the check of a password              the pool
///     before   a step outside the store                             the pool
///     apply    everything checked again, then the change            the writer, in its transaction
///     after    a step outside the store                             the pool
///     answer   short and without waiting, unless a worker gives it  whoever has it
///
/// A read is applied by its worker; the check of a password, which changes nothing either, by the pool.
package final class API: Sendable {
    /// Sends the answer of one request; called exactly once, on whichever thread has it.
    package typealias Answer = @Sendable (Response) -> Void

    /// What the router knows beside them: the operator's own.
    package static let allRoutes =
        routes + Operator.routes + SPFWhitelisting.routes + DomainClaims.routes + Observing.operatorRoutes

    /// Everything that is served, by resource, in the order of the documentation.
    package static let groups = [
        RouteGroup(name: "Sessions", summary: "Logging in and out.", routes: Sessions.routes),
        RouteGroup(name: "Domains", summary: "Mail domains, and who manages them.", routes: Domains.routes),
        RouteGroup(name: "Admins", summary: "Standalone admins: admins without a mailbox here.", routes: Admins.routes),
        RouteGroup(name: "Users", summary: "Mail users: one mailbox each.", routes: Mailboxes.routes),
        RouteGroup(
            name: "Passwords", summary: "Whether a password is the right one, without a login.",
            routes: PasswordChecks.routes),
        RouteGroup(
            name: "Aliases", summary: "Alias accounts and mailing lists: addresses that stand for their members.",
            routes: Aliases.routes),
        RouteGroup(
            name: "Spam policies", summary: "What amavisd does with spam, viruses, banned attachments and bad headers.",
            routes: SpamPolicies.routes),
        RouteGroup(
            name: "Throttling", summary: "How much mail may be sent or received in a period.",
            routes: Throttles.routes),
        RouteGroup(
            name: "Greylisting", summary: "Whether mail from unknown senders is turned away at first.",
            routes: Greylisting.routes),
        RouteGroup(
            name: "White- and blacklists", summary: "Who may write to an account, and to whom it may write.",
            routes: SenderLists.routes),
        RouteGroup(
            name: "Explanations", summary: "Why mail to or from an account is treated as it is.",
            routes: Explanations.routes),
        RouteGroup(name: "LDIF", summary: "Accounts as LDIF, for the LDAP edition of iRedMail.", routes: LDIF.routes),
        RouteGroup(name: "Log", summary: "Who changed what, and when.", routes: AdminLog.routes),
        RouteGroup(name: "Monitoring", summary: "Health and figures of the service.", routes: Observing.routes),
        RouteGroup(name: "Contract", summary: "What this API takes and answers.", routes: Contract.routes),
    ]

    package static let routes = groups.flatMap(\.routes)

    private let configuration: Mutex<Configuration>
    let writer: Writer
    let pool: HashPool
    /// For the pool's threads, which have no store of their own.
    let reader: SharedReader
    let operators: Set<UInt32>
    let delays: DelayLine
    let loginGuard = LoginGuard()
    let longChanges: LongChanges
    let stepTurns = StepTurns()
    let figures: Figures
    let clock: @Sendable () -> Moment
    let report: @Sendable (String) -> Void
    private let log: @Sendable (RequestRecord) -> Void

    /// - Parameters:
    ///   - openReader: opens a reader of the state, when one is needed beside the workers' own.
    ///   - pool: for slow hashes, and what else would keep the writer.
    ///   - delays: where attempts to log in wait that came too often, and changes of whole domains after a failure.
    ///   - operators: user ids whose processes may ask as the operator: root and the service's own user.
    ///   - clock: the wall clock.
    ///   - gauges: what else the figures of the service show; asked whenever they are wanted.
    ///   - report: takes one line for the operator's log.
    ///   - log: is told of each request when its answer is sent, if the settings want that.
    package init(
        configuration: Configuration, writer: Writer, openReader: @escaping @Sendable () throws -> Store,
        pool: HashPool, delays: DelayLine, operators: Set<UInt32> = [],
        clock: @escaping @Sendable () -> Moment, gauges: @escaping @Sendable () -> [Gauge] = { [] },
        report: @escaping @Sendable (String) -> Void, log: @escaping @Sendable (RequestRecord) -> Void = { _ in }
    ) {
        self.configuration = Mutex(configuration)
        self.writer = writer
        reader = SharedReader(openReader)
        self.pool = pool
        self.delays = delays
        longChanges = LongChanges(writer: writer, delays: delays, report: report)
        figures = Figures(metrics: Metrics(), readGauges: gauges)
        self.operators = operators
        self.clock = clock
        self.report = report
        self.log = log
    }

    /// Takes new settings; requests already begun keep theirs.
    package func reconfigure(_ new: Configuration) {
        configuration.withLock { $0 = new }
    }

    /// Makes the documents of the contract on another thread, so that no request waits for them.
    package func makeDocuments() {
        let contract = configuration.withLock(\.contract)
        _ = pool.submit { _ = (contract.openAPI, contract.reference) }
    }

    /// Goes on with what a process before this one had begun and promised (`LongChange`).
    package func resumeLongChanges() { longChanges.resumeAll() }

    /// Leaves what is not done of such changes to the next process, so that nobody's answer waits for it.
    package func leaveLongChanges() { longChanges.leave() }

    /// The figures of the service as `GET /postern/status` has them: a JSON object.
    package var status: [UInt8] { figures.json }

    /// Serves one request.
    /// - Parameters:
    ///   - store: the calling thread's own reader.
    ///   - isDryRun: whether a change is undone again; the answer then says what it would have changed.
    package func handle(_ request: Request, _ store: Store, isDryRun: Bool = false, _ answer: @escaping Answer) {
        let configuration = configuration.withLock(\.self)
        let isLogged = configuration.logsRequests
        let pending = PendingAnswer(request, answer) { [figures, log] record in
            figures.metrics.add(record)
            if isLogged { log(record) }
        }
        var route: Route?
        do {
            let prepared = try prepare(request, store, configuration, isDryRun: isDryRun, &route)
            begin(ActiveRequest(request: prepared, answer: pending), store)
        } catch {
            let error = APIError(error)
            note(error, request.method, request.target)
            let response = Response(
                error, isStrict: request.prefersStrictHandling, isSecure: request.isSecure, forgetsSession: true)
            pending.finish(response, word: error.word, route, admin: nil)
        }
    }

    /// A small change of a session nobody waits for; one that cannot be queued is made at the next occasion.
    func changeSession(_ change: @escaping @Sendable (Store) throws -> Void) {
        _ = writer.submit(usesAccounts: false, change) { [report] outcome in
            if case .failure(let error) = outcome, !(error is Writer.Damaged) { report("session: \(error)") }
        }
    }

    /// The operator learns what a client is not told.
    func note(_ error: APIError, _ method: Method, _ path: String) {
        if let cause = error.cause { report("\(method.text) \(path.prefix { $0 != "?" }): \(cause)") }
    }
}
