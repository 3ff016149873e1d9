package import Gateway
package import Mail
package import MailStore
package import PasswordHash
import Settings
import Synchronization
package import Threads

/// The whole API, from a request to its answer, without a socket.
///
///     api.handle(request, reader) { response in send(response) }
///
/// Each folder beside this file is a resource with a table of its operations (`Route`). `Routing` has what all of them
/// use, and `Contract` makes the documentation of the API from the tables.
///
/// `handle` runs on a worker. `API+Prepare.swift` checks address, route and session, and parses the form into a
/// `PreparedRequest`. `API+ActiveRequest.swift` takes it from thread to thread to its one answer. The steps and their
/// threads: `RequestLife.md` 3.
package final class API: Sendable {
    /// Sends the answer of one request. Called exactly once, on the thread that has the answer.
    package typealias Answer = @Sendable (Response) -> Void

    /// `routes` and those of the operator's tools (`Contract.md` 3.6): all that the router knows.
    package static let allRoutes =
        routes + Operator.routes + SPFWhitelisting.routes + DomainClaims.routes + Observing.operatorRoutes

    /// The API by resource, in the order of the reference page.
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
            name: "Subscribable lists", summary: "Mailing lists of mlmmj: people subscribe and unsubscribe by mail.",
            routes: SubscribableLists.routes),
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

    /// The API without what only the operator's tools use.
    package static let routes = groups.flatMap(\.routes)

    private let configuration: Mutex<Configuration>
    let writer: Writer
    let pool: HashPool
    /// For the pool's threads, which have no store of their own.
    let reader: SharedReader
    let operators: Set<UInt32>
    let delays: DelayedTasks
    let loginGuard = LoginGuard()
    let longChanges: LongChanges
    /// For steps outside the store, which may wait for other programs.
    let outside: HashPool
    let stepTurns = StepTurns()
    let lists: ListKeeper
    let lookUp: LookUp
    let figures: Figures
    let clock: @Sendable () -> Moment
    let report: @Sendable (String) -> Void
    private let log: @Sendable (RequestRecord) -> Void

    /// - Parameters:
    ///   - openReader: opens a reader of the databases for the pool's threads, when one is first needed.
    ///   - pool: for slow hashes and other work that would block the writer.
    ///   - outside: for steps outside the store; nil for `pool`.
    ///   - delays: makes logins wait after failures, and tries changes of whole domains again.
    ///   - lookUp: has domains looked up at once; the usual one says of all that they are pending.
    ///   - operators: user ids of the processes that may act as the operator: root and the service's own user.
    ///   - clock: the wall clock.
    ///   - gauges: further figures of the service; called whenever the figures are asked for.
    ///   - report: takes one line for the operator's log.
    ///   - log: called for each request after its answer, while `LOG_REQUESTS` is on.
    package init(
        configuration: Configuration, writer: Writer, openReader: @escaping @Sendable () throws -> Store,
        pool: HashPool, outside: HashPool? = nil, delays: DelayedTasks, lookUp: LookUp? = nil,
        operators: Set<UInt32> = [],
        clock: @escaping @Sendable () -> Moment, gauges: @escaping @Sendable () -> [Gauge] = { [] },
        report: @escaping @Sendable (String) -> Void, log: @escaping @Sendable (RequestRecord) -> Void = { _ in }
    ) {
        self.configuration = Mutex(configuration)
        self.writer = writer
        reader = SharedReader(openReader)
        self.pool = pool
        self.delays = delays
        self.outside = outside ?? pool
        longChanges = LongChanges(writer: writer, delays: delays, report: report)
        lists = ListKeeper(
            socket: configuration.settings[Settings.mailingListSocket], writer: writer, reader: reader,
            pool: self.outside, turns: stepTurns, clock: clock, report: report)
        self.lookUp =
            lookUp ?? { domains, answer in
                answer(SPFLookups(of: domains, found: [], othersPending: "No service looks them up at once here."))
            }
        figures = Figures(metrics: Metrics(), readGauges: gauges)
        self.operators = operators
        self.clock = clock
        self.report = report
        self.log = log
    }

    /// Applies new settings. Requests that have begun keep the old ones.
    package func reconfigure(_ new: Configuration) {
        configuration.withLock { $0 = new }
        lists.use(socket: new.settings[Settings.mailingListSocket])
    }

    /// Makes the OpenAPI document and the reference page in the pool, so that no request waits for them.
    package func makeDocuments() {
        let contract = configuration.withLock(\.contract)
        _ = pool.submit { _ = (contract.openAPI, contract.reference) }
    }

    /// Continues unfinished changes of whole domains (`LongChange`), also those of an earlier process. Does not wait.
    package func resumeLongChanges() { longChanges.resumeAll() }

    /// Does what is left to be done with mailing lists outside the databases. Does not wait.
    package func finishLists() { lists.finishSoon() }

    /// Compares the mailing lists in the databases with those that mlmmj has, and mends what a crash has left. Does not
    /// wait.
    package func reconcileLists() { lists.reconcileSoon() }

    /// Leaves unfinished changes of whole domains, and of mailing lists outside the databases, to the next process.
    /// Requests that wait for a change of a whole domain are answered now.
    package func leave() {
        longChanges.leave()
        lists.leave()
    }

    /// The figures of the service as `GET /postern/status` shows them: a JSON object.
    package var status: [UInt8] { figures.json }

    /// Serves one request.
    /// - Parameters:
    ///   - store: the calling thread's own reader.
    ///   - isDryRun: whether to undo a change; `_data` then has the rows it would have changed, as in `log.changes`.
    package func handle(_ request: Request, _ store: Store, isDryRun: Bool = false, _ answer: @escaping Answer) {
        guard let routed = route(request, isDryRun: isDryRun, answer),
            let active = activate(routed, request, store)
        else { return }
        begin(active, store)
    }

    /// Finds out what a request is about.
    /// - Returns: nil when it was refused.
    func route(_ request: Request, isDryRun: Bool = false, _ answer: @escaping Answer) -> RoutedRequest? {
        let configuration = configuration.withLock(\.self)
        let isLogged = configuration.logsRequests
        let pending = PendingAnswer(request, answer) { [figures, log] record in
            figures.metrics.add(record)
            if isLogged { log(record) }
        }
        var route: Route?
        do {
            return try routed(request, pending, configuration, isDryRun: isDryRun, &route)
        } catch {
            refuse(error, request, pending, route)
            return nil
        }
    }

    /// Looks its session up, and parses it.
    /// - Returns: nil when it was refused.
    func activate(_ routed: RoutedRequest, _ request: Request, _ store: Store) -> ActiveRequest? {
        do {
            return ActiveRequest(request: try prepared(routed, request, store), answer: routed.answer)
        } catch {
            refuse(error, request, routed.answer, routed.route)
            return nil
        }
    }

    private func refuse(_ error: any Error, _ request: Request, _ answer: PendingAnswer, _ route: Route?) {
        let error = APIError(error)
        note(error, request.method, request.target)
        let response = Response(
            error, isStrict: request.prefersStrictHandling, isSecure: request.isSecure, forgetsSession: true)
        answer.finish(response, word: error.word, route, admin: nil)
    }

    /// Queues a small change of a session, for which no answer waits. It is dropped when the queue is full: the next
    /// request with that session asks for it again.
    func changeSession(_ change: @escaping @Sendable (Store) throws -> Void) {
        _ = writer.submit(usesAccounts: false, change) { [report] outcome in
            if case .failure(let error) = outcome, !(error is Writer.Damaged) { report("session: \(error)") }
        }
    }

    /// Writes the cause of a failure, which no client is told, to the operator's log.
    func note(_ error: APIError, _ method: Method, _ path: String) {
        if let cause = error.cause { report("\(method.text) \(path.prefix { $0 != "?" }): \(cause)") }
    }
}
