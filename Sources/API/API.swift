package import Gateway
package import Mail
package import MailStore
package import PasswordHash
import SQLite
import Settings
import Synchronization
package import Threads

/// The whole API, from a request to its answer, without a socket.
///
/// A request that changes nothing is answered by the worker that has it; another one goes to the writer as a value and
/// is answered after the commit. Slow hashes are done in between, in their own pool.
package final class API: Sendable {
    /// Sends the answer of one request; called exactly once, on whichever thread has it.
    package typealias Answer = @Sendable (Response) -> Void

    /// What the router knows beside them: the operator's own.
    static let allRoutes = routes + Operator.routes + SPFSenders.routes + DomainClaims.routes + Observing.operatorRoutes

    /// Everything that is served: the resources' tables, in the order of the documentation.
    package static let routes =
        Sessions.routes + Domains.routes + Admins.routes + Mailboxes.routes
        + PasswordChecks.routes + Aliases.routes + SpamPolicies.routes + Throttles.routes + Greylisting.routes
        + SenderLists.routes + Explanations.routes + LDIF.routes + AdminLog.routes + Observing.routes

    private let configuration: Mutex<Configuration>
    private let writer: Writer
    private let pool: HashPool
    private let operators: Set<UInt32>
    private let delays: DelayLine
    private let loginGuard = LoginGuard()
    private let longChanges: LongChanges
    private let figures: Figures
    private let clock: @Sendable () -> Moment
    private let report: @Sendable (String) -> Void
    private let log: @Sendable (RequestRecord) -> Void

    /// - Parameters:
    ///   - pool: for slow hashes.
    ///   - delays: where attempts to log in wait that came too often.
    ///   - operators: user ids whose processes may ask as the operator: root and the service's own user.
    ///   - clock: the wall clock.
    ///   - gauges: what else the figures of the service show; asked whenever they are wanted.
    ///   - report: takes one line for the operator's log.
    ///   - log: is told of each request when its answer is sent, if the settings want that.
    package init(
        configuration: Configuration, writer: Writer, pool: HashPool, delays: DelayLine, operators: Set<UInt32> = [],
        clock: @escaping @Sendable () -> Moment, gauges: @escaping @Sendable () -> [Gauge] = { [] },
        report: @escaping @Sendable (String) -> Void, log: @escaping @Sendable (RequestRecord) -> Void = { _ in }
    ) {
        self.configuration = Mutex(configuration)
        self.writer = writer
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

    /// Goes on with what a process before this one had begun and promised (`LongChange`).
    package func resumeLongChanges() { longChanges.resumeAll() }

    /// Leaves what is not done of such changes to the next process, so that nobody's answer waits for it.
    package func leaveLongChanges() { longChanges.leave() }

    /// The figures of the service as `GET /postern/status` has them: a JSON object.
    package var status: [UInt8] { figures.json }

    /// Serves one request.
    /// - Parameter store: the calling thread's own reader.
    package func handle(_ request: Request, _ store: Store, _ answer: @escaping Answer) {
        let configuration = configuration.withLock(\.self)
        let isStrict = request.prefersStrictHandling
        let isLogged = configuration.logsRequests
        let pending = PendingAnswer(request, answer) { [figures, log] record in
            figures.metrics.add(record)
            if isLogged { log(record) }
        }
        var route: Route?
        do throws(APIError) {
            let prepared = try prepare(request, store, configuration, isStrict, &route)
            if prepared.route.changes {
                change(prepared, store, pending)
            } else {
                read(prepared, store, pending)
            }
        } catch {
            note(error, request.method, request.target)
            pending.finish(
                Response(error, isStrict: isStrict, isSecure: request.isSecure), word: error.word, nil, route)
        }
    }

    private func read(_ prepared: PreparedRequest, _ store: Store, _ pending: PendingAnswer) {
        store.reading {
            do throws(APIError) {
                let reply = try prepared.run(on: store)
                // The writer's sign of life is that it runs the same.
                if prepared.route.waitsForWriter { return submit(prepared, pending) }
                pending.finish(Response(reply, prepared), prepared)
            } catch {
                refuse(error, prepared, pending)
            }
        }
    }

    /// The checks that come before anybody's rights: gate, soundness, route, method, origin, session.
    /// - Parameter found: set as soon as the route is known.
    private func prepare(
        _ request: Request, _ store: Store, _ configuration: Configuration, _ isStrict: Bool, _ found: inout Route?
    ) throws(APIError) -> PreparedRequest {
        let origin = try origin(of: request, configuration)
        let client = try origin == .client ? configuration.gate.admit(request) : ""
        switch request.fault {
        case .malformed: throw .unreadable
        case .tooLarge: throw .tooLarge
        case nil: break
        }
        let route: Route
        let path: PathParameters
        let (rawPath, query) = request.pathAndQuery
        switch configuration.router.match(request.method, rawPath) {
        case .route(let match, let parameters): (route, path) = (match, parameters)
        case .methodNotAllowed(let allowed): throw .methodNotAllowed(allowed)
        case .notFound: throw .notFound
        }
        if route.access.isForTools, origin == .client { throw .notFound }
        if origin == .lookup, route.access != .lookup { throw .notAuthorized }
        found = route
        if route.method != .get, request.isCrossSite { throw .permissionDenied }
        let now = clock()
        let isOpen =
            route.access == .open || route.access == .monitor && configuration.isMonitor(client)
        let login =
            isOpen || origin != .client ? nil : try session(of: request, client, store, configuration.sessionRules, now)
        return PreparedRequest(
            route: route, path: path, rawPath: rawPath,
            source: Form.Source(
                query: query, body: route.method == .post || route.method == .put ? request.body : nil,
                contentType: request.contentType),
            session: isOpen ? SessionID(cookie: request.cookie)?.hash : login?.hash, username: login?.row.username,
            isFromOperator: origin != .client, client: client, isSecure: request.isSecure,
            isStrict: isStrict, now: now, configuration: configuration, figures: figures)
    }

    private enum Origin {
        /// A web server, for a client.
        case client
        /// A tool that reads the DNS: what it says of itself counts for nothing beyond its few routes.
        case lookup
        case `operator`
    }

    /// - Throws: when somebody else claims to be the operator, and when such a tool claims to be a web server: it could
    ///   name any client address.
    private func origin(of request: Request, _ configuration: Configuration) throws(APIError) -> Origin {
        if let peer = request.peer, !operators.contains(peer), configuration.lookupUsers.contains(peer) {
            guard request.isFromOperator else { throw .notAuthorized }
            return .lookup
        }
        guard request.isFromOperator else { return .client }
        guard let peer = request.peer, operators.contains(peer) else { throw .notAuthorized }
        return .operator
    }

    private func session(
        of request: Request, _ client: String, _ store: Store, _ rules: SessionRules, _ now: Moment
    ) throws(APIError) -> (hash: String, row: SessionRow) {
        guard let id = SessionID(cookie: request.cookie) else { throw .loginRequired }
        let hash = id.hash
        let row = try stored { try store.sessions.find(hash, now: now) }
        guard let row else { throw .loginRequired }
        switch rules.judge(row, client: client, now: now) {
        case .good: break
        case .goodButOld: inPassing { (store) throws(SQLiteError) in try store.sessions.use(hash, now: now) }
        case .over:
            inPassing { (store) throws(SQLiteError) in try store.sessions.end(hash) }
            throw .loginRequired
        }
        return (hash, row)
    }

    /// A small change nobody waits for; one that cannot be queued is made at the next occasion.
    private func inPassing(_ change: @escaping @Sendable (Store) throws(SQLiteError) -> Void) {
        _ = writer.submit(usesAccounts: false, change) { [report] outcome in
            if case .failure(let error) = outcome, !(error is Writer.Damaged) { report("session: \(error)") }
        }
    }

    // MARK: Changes

    private func change(_ prepared: PreparedRequest, _ store: Store, _ pending: PendingAnswer) {
        guard prepared.mayWait else { return submit(prepared, pending) }
        // A rehearsal on the reader: whatever refuses the request before its slow work is found out without the writer.
        // It ends at the slow work, or at the first change.
        let outcome = store.reading { () -> APIError? in
            do throws(APIError) {
                _ = try prepared.run(on: store)
                return nil
            } catch {
                return error
            }
        }
        guard let outcome, (outcome.cause as? SQLiteError)?.needsWriter != true else {
            return submit(prepared, pending)
        }
        resume(prepared, after: outcome, pending)
    }

    private func submit(_ prepared: PreparedRequest, _ pending: PendingAnswer) {
        let isQueued = writer.submit(
            { store in try Self.undoing { () throws(APIError) in try prepared.run(on: store) } },
            done: { [self] outcome in
                switch outcome {
                case .success(let reply):
                    if reply.leftover { longChanges.resumeAll() }
                    guard let domain = reply.unfinished else {
                        return pending.finish(Response(reply, prepared), prepared)
                    }
                    // It is promised, and cannot be refused any more: a bare success, as of every change.
                    longChanges.finish(domain, begun: pending.begun) {
                        pending.finish(Response(Reply(), prepared), prepared)
                    }
                case .failure(let error): resume(prepared, after: APIError(error), pending)
                }
            })
        if !isQueued { refuse(.overloaded, prepared, pending) }
    }

    /// The writer must see what SQLite itself refused: it decides whether the whole group can still be trusted.
    private static func undoing(_ run: () throws(APIError) -> Reply) throws -> Reply {
        do throws(APIError) {
            return try run()
        } catch {
            throw error.cause as? SQLiteError ?? error
        }
    }

    /// Goes on after a run ended early: does the slow work it waits for, or refuses the request.
    private func resume(_ prepared: PreparedRequest, after error: APIError, _ pending: PendingAnswer) {
        if let change = error.cause as? DomainUnderChange {
            return longChanges.wait(for: change.domain, since: pending.begun) { [self] isOver in
                isOver ? submit(prepared, pending) : refuse(.domainBusy, prepared, pending)
            }
        }
        guard let task = error.cause as? SlowTask else { return refuse(error, prepared, pending) }
        guard let account = task.guessedAccount?.text, !prepared.isFromOperator else {
            return compute(task, prepared, pending)
        }
        guard prepared.configuration.settings[Settings.delaysLogins] else {
            return check(task, of: account, prepared, pending)
        }
        guard let wait = loginGuard.wait(for: account, from: prepared.client) else {
            return refuse(.overloaded, prepared, pending)
        }
        guard wait > .zero else { return check(task, of: account, prepared, pending) }
        let isQueued = delays.submit(after: wait) { [self] in check(task, of: account, prepared, pending) }
        if !isQueued {
            loginGuard.finished(nil, account, from: prepared.client)
            refuse(.overloaded, prepared, pending)
        }
    }

    /// Checks a password that somebody may be guessing.
    private func check(_ task: SlowTask, of account: String, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        compute(task, prepared, pending) { [self] result in
            var isRight: Bool?
            if case .verified(let verified) = result { isRight = verified }
            loginGuard.finished(isRight, account, from: prepared.client)
            // fail2ban reads this line: `postern print-config fail2ban`.
            if isRight == false { report("login refused: client=\(prepared.client) account=\(account)") }
        }
    }

    /// - Parameter done: told the result before the handler goes on with it; nil when there is none.
    private func compute(
        _ task: SlowTask, _ prepared: PreparedRequest, _ pending: PendingAnswer,
        done: @escaping @Sendable (SlowResult?) -> Void = { _ in }
    ) {
        let isQueued = pool.submit { [self] in
            do throws(APIError) {
                var prepared = prepared
                let result = try prepared.configuration.compute(task)
                done(result)
                prepared.computed[task] = result
                submit(prepared, pending)
            } catch {
                done(nil)
                refuse(error, prepared, pending)
            }
        }
        if !isQueued {
            done(nil)
            refuse(.overloaded, prepared, pending)
        }
    }

    // MARK: Refusals

    private func refuse(_ error: APIError, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        if error.word == APIError.loginRequired.word, let session = prepared.session {
            // The admin is gone or disabled: the session must not come back to life with a later account of that name.
            inPassing { (store) throws(SQLiteError) in try store.sessions.end(session) }
        }
        note(error, prepared.route.method, prepared.route.path)
        pending.finish(
            Response(error, isStrict: prepared.isStrict, isSecure: prepared.isSecure), word: error.word, prepared)
    }

    /// The operator learns what a client is not told.
    private func note(_ error: APIError, _ method: Method, _ path: String) {
        if let cause = error.cause { report("\(method.text) \(path.prefix { $0 != "?" }): \(cause)") }
    }
}

extension PreparedRequest {
    /// Whether a slow hash is likely to be needed: a check always costs one, a new password may.
    fileprivate var mayWait: Bool {
        route.secrets.contains(.checked)
            || configuration.userScheme.isSlow && route.secrets.contains(.user)
            || configuration.adminScheme.isSlow && route.secrets.contains(.admin)
    }
}

extension Request {
    /// What stands before the first `?` of the target, and what follows it, as sent.
    fileprivate var pathAndQuery: (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target[...], "") }
        return (target[..<mark], target[mark...].dropFirst())
    }

    /// RFC 7240: `Prefer: handling=strict`, alone or among others.
    var prefersStrictHandling: Bool {
        guard let prefer else { return false }
        return prefer.lowercased().utf8.split(separator: UInt8(ascii: ",")).contains { preference in
            preference.prefix { $0 != UInt8(ascii: ";") }
                .lazy.filter { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") }.elementsEqual(
                    "handling=strict".utf8)
        }
    }
}
