import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Threads

/// The way of a request that has passed the gate, from thread to thread, to its one answer.
extension API {
    /// - Parameter store: the reader of this thread, a worker.
    func begin(_ passage: Passage, _ store: Store) {
        var passage = passage
        let request = passage.request
        // Here, to spare the writer. Whether the password will do is told where its rules are checked.
        if let password = request.operation.password {
            passage.computed.hash = request.configuration.fastHash(password)
        }
        if request.needsAdmission {
            admit(passage, store)
        } else if request.route.changes {
            submit(passage)
        } else {
            read(passage, store)
        }
    }

    // MARK: Reads

    private func read(_ passage: Passage, _ store: Store) {
        guard passage.request.route.usesStore else { return readNow(passage, store) }
        store.reading { readNow(passage, store) }
    }

    private func readNow(_ passage: Passage, _ store: Store) {
        do {
            let reply = try passage.request.apply(on: store, isSessionFresh: true)
            if passage.request.route.waitsForWriter { return askWriter(passage, reply) }
            passage.finish(reply)
        } catch {
            refuse(error, passage)
        }
    }

    /// Answers when the writer has shown that accounts can be changed.
    private func askWriter(_ passage: Passage, _ reply: Reply) {
        let json = reply.json
        let isQueued = writer.submit(
            { _ in },
            done: { [self] outcome in
                switch outcome {
                case .success: passage.finish(Reply(json: json))
                case .failure(let error): refuse(error, passage)
                }
            })
        if !isQueued { refuse(APIError.overloaded, passage) }
    }

    /// The same on this thread of the pool, after slow work.
    private func readInPool(_ passage: Passage) {
        do {
            let reply = try reader.reading { try passage.request.apply(on: $0, passage.computed) }
            settle(passage, isRight: true)
            passage.finish(reply)
        } catch {
            refuse(error, passage)
        }
    }

    // MARK: Admission

    private func admit(_ passage: Passage, _ store: Store) {
        afterAdmission(passage) {
            try store.reading { try passage.request.admit(on: store, isSessionFresh: true) }
        }
    }

    /// The same on the writer, for a request that has waited: it has room for as many as may wait.
    private func admitAnew(_ passage: Passage) {
        let isQueued = writer.submit(
            { store in try passage.request.admit(on: store) },
            done: { [self] outcome in afterAdmission(passage) { try outcome.get() } })
        if !isQueued { refuse(APIError.overloaded, passage) }
    }

    private func afterAdmission(_ passage: Passage, _ admit: () throws -> SlowWork?) {
        do {
            if let work = try admit() { start(work, passage) } else { proceed(passage) }
        } catch {
            fail(error, passage)
        }
    }

    // MARK: Work

    private func start(_ work: SlowWork, _ passage: Passage) {
        var passage = passage
        guard case .check(_, let account, _) = work, !passage.request.isFromOperator else {
            return inPool(passage) { [self, passage] in compute(work, passage) }
        }
        let begun = loginGuard.begin(
            at: account.text, from: passage.request.client,
            delays: passage.request.configuration.settings[Settings.delaysLogins])
        guard let (attempt, wait) = begun else { return refuse(APIError.overloaded, passage) }
        passage.attempt = attempt
        let check = { @Sendable [self, passage] in
            inPool(passage) { [self] in compute(work, passage) }
        }
        guard wait > .zero else { return check() }
        if !delays.submit(after: wait, check) { refuse(APIError.overloaded, passage) }
    }

    private func compute(_ work: SlowWork, _ passage: Passage) {
        var passage = passage
        switch work {
        case .hash(let password, let scheme):
            passage.computed.hash = passage.request.configuration.hash(password, scheme)
        case .check(let password, _, let stored):
            // A wrong one goes on as well: it is refused where a right one is applied, and takes as long.
            if passage.request.configuration.check.verify(password, against: stored) {
                passage.computed.matched = stored
            } else {
                settle(passage, isRight: false)
            }
        }
        proceed(passage)
    }

    /// Tells the guard how the check of a password went, unless it knows already.
    private func settle(_ passage: Passage, isRight: Bool?) {
        guard let attempt = passage.attempt, attempt.settle(isRight), isRight == false else { return }
        // fail2ban reads this line: `postern print-config fail2ban`.
        report("login refused: client=\(attempt.client) account=\(attempt.account)")
    }

    /// - Parameter body: runs on a thread of the pool.
    private func inPool(_ passage: Passage, _ body: @escaping @Sendable () -> Void) {
        if !pool.submit(body) { refuse(APIError.overloaded, passage) }
    }

    // MARK: Steps outside the store

    /// Goes on with a request that is admitted and needs no more work.
    private func proceed(_ passage: Passage) {
        var passage = passage
        passage.isReady = true
        let request = passage.request
        guard request.route.changes else { return readInPool(passage) }
        guard request.operation.hasSteps, !request.isDryRun else { return submit(passage) }
        let domains = Set((try? request.path.get().domains) ?? [])
        let isTaken = stepTurns.take(domains) { [self, passage] turn in
            var passage = passage
            passage.turn = turn
            if let step = request.operation.stepBefore { doStepBefore(step, passage) } else { submit(passage) }
        }
        if !isTaken { refuse(APIError.overloaded, passage) }
    }

    private func doStepBefore(_ step: @escaping @Sendable (PathValues) throws -> Undo?, _ passage: Passage) {
        inPool(passage) { [self] in
            var passage = passage
            do {
                passage.undo = try step(passage.request.path.get())
                submit(passage)
            } catch {
                refuse(error, passage)
            }
        }
    }

    /// The change is on the disk, and the request cannot be refused any more.
    private func doStepAfter(
        _ step: @escaping @Sendable (PathValues) throws -> Void, _ reply: Reply, _ passage: Passage
    ) {
        let json = reply.json
        let isQueued = pool.submit(evenIfFull: true) { [self] in
            do {
                try step(passage.request.path.get())
            } catch {
                report("\(passage.name) \(passage.request.rawPath): done, but not outside the store: \(error)")
            }
            passage.turn?.end()
            passage.finish(Reply(json: json))
        }
        guard !isQueued else { return }
        report("\(passage.name) \(passage.request.rawPath): done, but not outside the store: the server is ending")
        passage.finish(Reply(json: json))
    }

    // MARK: Changes

    private func submit(_ passage: Passage) {
        let isQueued = writer.submit(
            isKept: !passage.request.isDryRun, { store in try passage.request.apply(on: store, passage.computed) },
            done: { [self] outcome in
                switch outcome {
                case .success(let reply): committed(reply, passage)
                case .failure(let error): fail(error, passage)
                }
            })
        if !isQueued { refuse(APIError.overloaded, passage) }
    }

    private func committed(_ reply: Reply, _ passage: Passage) {
        settle(passage, isRight: true)
        if reply.leftover { longChanges.resumeAll() }
        if let domain = reply.unfinished {
            // It is promised, and cannot be refused any more: a bare success, as of every change.
            longChanges.finish(domain, begun: passage.answer.begun) { passage.finish(Reply()) }
        } else if let step = passage.request.operation.stepAfter, !passage.request.isDryRun {
            doStepAfter(step, reply, passage)
        } else {
            passage.finish(reply)
        }
    }

    /// Goes on after a request could not be admitted or applied: lets it wait for the domain's change, or refuses it.
    private func fail(_ error: any Error, _ passage: Passage) {
        guard let change = error as? DomainUnderChange else { return refuse(error, passage) }
        longChanges.wait(for: change.domain, since: passage.answer.begun) { [self] isOver in
            guard isOver else { return refuse(APIError.domainBusy, passage) }
            if passage.request.needsAdmission, !passage.isReady {
                admitAnew(passage)
            } else {
                submit(passage)
            }
        }
    }

    // MARK: Refusals

    private func refuse(_ error: any Error, _ passage: Passage) {
        let error = APIError(error)
        // Before the answer: whoever sees it may try again at once. What was right of a hash that is no longer stored counts
        // as wrong.
        let isMatched = passage.computed.matched != nil
        settle(passage, isRight: isMatched ? error.word != APIError.invalidCredentials.word : nil)
        if error.word == APIError.loginRequired.word, let session = passage.request.session {
            // The session is over, or its admin is gone or disabled: it must not come back to life with a later account of
            // that name.
            changeSession { store in try store.sessions.end(session) }
        }
        note(error, passage.request.route.method, passage.request.route.path)
        guard let undo = passage.undo else { return passage.finish(error) }
        let isQueued = pool.submit(evenIfFull: true) {
            undo()
            passage.turn?.end()
            passage.finish(error)
        }
        if !isQueued {
            report("\(passage.name) \(passage.request.rawPath): refused, but not undone outside the store")
            passage.finish(error)
        }
    }
}
