import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Threads

/// Takes a request that has passed the gate through its other steps, from thread to thread, to its one answer:
/// `RequestLife.md` 3.4 to 3.7.
extension API {
    /// Begins on a worker.
    /// - Parameter store: the worker's own reader.
    func begin(_ active: ActiveRequest, _ store: Store) {
        var active = active
        let request = active.request
        // Hashed here to spare the writer. Whether the password fits the rules is checked later, with the rules.
        if let password = request.operation.password {
            active.computed.hash = request.configuration.fastHash(password)
        }
        if request.needsAdmission {
            admit(active, store)
        } else if request.route.changes {
            submit(active)
        } else {
            read(active, store)
        }
    }

    // MARK: Reads

    private func read(_ active: ActiveRequest, _ store: Store) {
        guard active.request.route.usesStore else { return readNow(active, store) }
        if active.request.route.mayReadFromStandby, readFromStandby(active, store) { return }
        store.reading(isAnnounced: active.isAnnounced) { readNow(active, store) }
    }

    private func readNow(_ active: ActiveRequest, _ store: Store) {
        do {
            let reply = try active.request.apply(on: store, isSessionFresh: true)
            if active.request.route.waitsForWriter { return askWriter(active, reply) }
            active.finish(reply)
        } catch {
            refuse(error, active)
        }
    }

    /// Answers after the writer has done an empty job, which shows that accounts can be changed.
    private func askWriter(_ active: ActiveRequest, _ reply: Reply) {
        let json = reply.json
        let isQueued = writer.submit(
            { _ in },
            done: { [self] outcome in
                switch outcome {
                case .success: active.finish(Reply(json: json))
                case .failure(let error): refuse(error, active)
                }
            })
        if !isQueued { refuse(APIError.overloaded, active) }
    }

    /// As `readNow`, but on a thread of the pool, after slow work.
    private func readInPool(_ active: ActiveRequest) {
        do {
            let reply = try reader.reading { try active.request.apply(on: $0, active.computed) }
            settle(active, isRight: true)
            active.finish(reply)
        } catch {
            refuse(error, active)
        }
    }

    // MARK: Admission

    private func admit(_ active: ActiveRequest, _ store: Store) {
        afterAdmission(active) {
            try store.reading { try active.request.admit(on: store, isSessionFresh: true) }
        }
    }

    /// As `admit`, for a request that has waited for a change of its domain. On the writer, because its queue has room
    /// for all that may wait.
    private func admitAnew(_ active: ActiveRequest) {
        let isQueued = writer.submit(
            { store in try active.request.admit(on: store) },
            done: { [self] outcome in afterAdmission(active) { try outcome.get() } })
        if !isQueued { refuse(APIError.overloaded, active) }
    }

    private func afterAdmission(_ active: ActiveRequest, _ admit: () throws -> SlowWork?) {
        do {
            if let work = try admit() { start(work, active) } else { proceed(active) }
        } catch {
            fail(error, active)
        }
    }

    // MARK: Work

    private func start(_ work: SlowWork, _ active: ActiveRequest) {
        var active = active
        guard case .check(_, let account, _) = work, !active.request.isFromTool else {
            return inPool(active) { [self, active] in compute(work, active) }
        }
        let begun = loginGuard.begin(
            at: account.text, from: active.request.client,
            delays: active.request.configuration.settings[Settings.delaysLogins])
        guard let (attempt, wait) = begun else { return refuse(APIError.overloaded, active) }
        active.attempt = attempt
        let check = { @Sendable [self, active] in
            inPool(active) { [self] in compute(work, active) }
        }
        guard wait > .zero else { return check() }
        if !delays.submit(after: wait, check) { refuse(APIError.overloaded, active) }
    }

    private func compute(_ work: SlowWork, _ active: ActiveRequest) {
        var active = active
        switch work {
        case .hash(let password, let scheme):
            active.computed.hash = active.request.configuration.hash(password, scheme)
        case .check(let password, _, let stored):
            // After a wrong password the request goes on too, and is refused by `apply`: so it takes as long.
            if active.request.configuration.check.verify(password, against: stored) {
                active.computed.matched = stored
            } else {
                settle(active, isRight: false)
            }
        }
        proceed(active)
    }

    /// Tells the login guard what came of the check of a password. Only the first call counts.
    /// - Parameter isRight: nil when the password was not checked after all.
    private func settle(_ active: ActiveRequest, isRight: Bool?) {
        guard let attempt = active.attempt, attempt.settle(isRight), isRight == false else { return }
        // The filter that `postern print-config fail2ban` prints matches this line.
        report("login refused: client=\(attempt.client) account=\(attempt.account)")
    }

    /// Runs `body` on a thread of the pool. Refuses the request when the pool is full.
    private func inPool(_ active: ActiveRequest, _ body: @escaping @Sendable () -> Void) {
        if !pool.submit(body) { refuse(APIError.overloaded, active) }
    }

    // MARK: Steps outside the store

    /// Continues with a request that is admitted and whose slow work is done.
    private func proceed(_ active: ActiveRequest) {
        var active = active
        active.isReady = true
        let request = active.request
        let hasStep = request.operation.stepBefore != nil && !request.isDryRun
        guard hasStep else { return request.route.changes ? submit(active) : readInPool(active) }
        // A malformed path does not come here: admission refuses it.
        let domains = Set((try? request.path.get().domains) ?? [])
        let isTaken = stepTurns.take(domains) { [self, active] turn in
            var active = active
            active.turn = turn
            doStepBefore(active)
        }
        if !isTaken { refuse(APIError.overloaded, active) }
    }

    private func doStepBefore(_ active: ActiveRequest) {
        let isQueued = outside.submit { [self] in
            var active = active
            do {
                // The step is made on the reader and done without it, because others use the reader meanwhile.
                guard let step = try reader.reading({ try active.request.step(on: $0) }) else { return submit(active) }
                let result = try step()
                active.step = result
                active.computed.found = result.found
                if active.request.route.changes { return submit(active) }
                let computed = active.computed
                let reply = try reader.reading { try active.request.apply(on: $0, computed) }
                // Not held up by anybody else: these threads may wait for a client, as a worker may.
                active.finish(reply, isPatient: true)
            } catch {
                fail(error, active)
            }
        }
        if !isQueued { refuse(APIError.overloaded, active) }
    }

    /// Does what follows the commit. The request cannot be refused any more, so an error is only reported.
    private func doStepAfter(_ step: @escaping @Sendable () throws -> Void, _ reply: Reply, _ active: ActiveRequest) {
        let json = reply.json
        let isQueued = outside.submit(evenIfFull: true) { [self] in
            do {
                try step()
            } catch {
                report("\(active.name) \(active.request.rawPath): done, but not outside the store: \(error)")
            }
            active.turn?.end()
            active.finish(Reply(json: json))
        }
        guard !isQueued else { return }
        report("\(active.name) \(active.request.rawPath): done, but not outside the store: the server is ending")
        active.finish(Reply(json: json))
    }

    // MARK: Changes

    private func submit(_ active: ActiveRequest) {
        let isQueued = writer.submit(
            isKept: !active.request.isDryRun,
            announcement: active.request.announcement,
            { store in try active.request.apply(on: store, active.computed) },
            done: { [self] outcome in
                switch outcome {
                case .success(let reply): committed(reply, active)
                case .failure(let error): fail(error, active)
                }
            })
        if !isQueued { refuse(APIError.overloaded, active) }
    }

    private func committed(_ reply: Reply, _ active: ActiveRequest) {
        settle(active, isRight: true)
        if reply.hasBegunLongChanges { longChanges.resumeAll() }
        if active.request.mayLeaveWorkForLists { lists.finishSoon() }
        if let domain = reply.unfinishedDomain {
            // The change is promised and cannot be refused any more. A bare success, like that of every change.
            longChanges.finish(domain, begun: active.answer.begun) { active.finish(Reply()) }
        } else if !reply.lookups.isEmpty {
            answer(active, afterLookingUp: reply.lookups)
        } else if let step = active.step?.after {
            doStepAfter(step, reply, active)
        } else {
            active.finish(reply)
        }
    }

    /// For a request that could not be admitted or applied: it waits if its domain is being changed as a whole, and is
    /// refused for any other reason.
    private func fail(_ error: any Error, _ active: ActiveRequest) {
        guard let change = error as? DomainUnderChange else { return refuse(error, active) }
        longChanges.wait(for: change.domain, since: active.answer.begun) { [self] isOver in
            guard isOver else { return refuse(APIError.domainBusy, active) }
            if active.request.needsAdmission, !active.isReady {
                admitAnew(active)
            } else if active.turn != nil, active.step == nil {
                doStepBefore(active)
            } else {
                submit(active)
            }
        }
    }

    // MARK: Refusals

    func refuse(_ error: any Error, _ active: ActiveRequest) {
        let error = APIError(error)
        // Told before the answer is sent, because the client may try again at once. A password that matched a hash
        // counts as wrong when the hash was replaced meanwhile.
        let isMatched = active.computed.matched != nil
        settle(active, isRight: isMatched ? error.word != APIError.invalidCredentials.word : nil)
        if error.word == APIError.loginRequired.word, let session = active.request.session {
            // The session is over, or its admin is gone or disabled. Its row is removed, so that no later account of
            // the same name gets the session (`Security.md` A11).
            changeSession { store in try store.sessions.end(session) }
        }
        note(error, active.request.route.method, active.request.route.path)
        guard let undo = active.step?.undo else { return active.finish(error) }
        let isQueued = outside.submit(evenIfFull: true) {
            undo()
            active.turn?.end()
            active.finish(error)
        }
        if !isQueued {
            report("\(active.name) \(active.request.rawPath): refused, but not undone outside the store")
            active.finish(error)
        }
    }
}
