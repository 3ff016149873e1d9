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
        // Here, because the writer is not to be kept with what needs no store; whether the password will do, is told later.
        if let password = passage.request.operation.password,
            let scheme = passage.request.configuration.scheme(for: password.kind),
            !scheme.isSlow
        {
            passage.computed.hash = passage.request.configuration.hash(password.secret, scheme)
        }
        if passage.request.needsAdmission {
            admit(passage, store)
        } else if passage.request.route.changes {
            submit(passage)
        } else {
            read(passage, store)
        }
    }

    // MARK: Reads

    private func read(_ passage: Passage, _ store: Store) {
        store.reading {
            do {
                let reply = try passage.request.read(on: store)
                if passage.request.route.waitsForWriter { return askWriter(passage, reply) }
                passage.finish(reply)
            } catch {
                refuse(error, passage)
            }
        }
    }

    /// Answers when the writer has shown that accounts can be changed.
    private func askWriter(_ passage: Passage, _ reply: Reply) {
        let json = reply.json ?? []
        let isQueued = writer.submit(
            { _ in },
            done: { [self] outcome in
                switch outcome {
                case .success: passage.finish(Reply(data: .whole(json)))
                case .failure(let error): refuse(error, passage)
                }
            })
        if !isQueued { refuse(APIError.overloaded, passage) }
    }

    // MARK: Admission

    private func admit(_ passage: Passage, _ store: Store) {
        admit(passage) {
            try store.reading { try passage.request.admit(on: store, isSessionFresh: true) }
        }
    }

    /// The same in the pool, for a request that has waited.
    private func admitAnew(_ passage: Passage) {
        inPool(passage) { [self] in
            admit(passage) {
                try reader.reading { try passage.request.admit(on: $0, isSessionFresh: false) }
            }
        }
    }

    private func admit(
        _ passage: Passage, _ admission: () throws -> SlowWork?
    ) {
        do {
            if let work = try admission() { begin(work, passage) } else { proceed(passage) }
        } catch {
            fail(error, passage)
        }
    }

    // MARK: Work

    private func begin(_ work: SlowWork, _ passage: Passage) {
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
        case .check(let password, let account, let stored):
            let isRight = passage.request.configuration.check.verify(password, against: stored)
            passage.attempt?.settle(isRight)
            // fail2ban reads this line: `postern print-config fail2ban`.
            if !isRight, passage.attempt != nil {
                report("login refused: client=\(passage.request.client) account=\(account)")
            }
            if isRight { passage.computed.matched = stored }
            // The writer has nothing to do with it. Where nothing is changed, the session is looked at again first.
            if !isRight, passage.request.route.changes { return refuse(APIError.invalidCredentials, passage) }
        }
        proceed(passage)
    }

    /// - Parameter body: runs on a thread of the pool.
    private func inPool(
        _ passage: Passage, _ body: @escaping @Sendable () -> Void
    ) {
        if !pool.submit(body) { refuse(APIError.overloaded, passage) }
    }

    /// Goes on with a request that is admitted and needs no more work.
    private func proceed(_ passage: Passage) {
        var passage = passage
        passage.isAdmitted = true
        guard passage.request.route.changes else { return confirm(passage) }
        guard let step = passage.request.operation.stepBefore, !passage.request.isDryRun else { return submit(passage) }
        inPool(passage) { [self, passage] in
            var passage = passage
            do {
                passage.undo = try step(passage.request.path.get())
                submit(passage)
            } catch {
                refuse(error, passage)
            }
        }
    }

    /// Applies what changes nothing, on this thread of the pool.
    private func confirm(_ passage: Passage) {
        do {
            let reply = try reader.reading { try passage.request.apply(on: $0, passage.computed) }
            passage.finish(reply)
        } catch {
            refuse(error, passage)
        }
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
        if reply.leftover { longChanges.resumeAll() }
        if let domain = reply.unfinished {
            // It is promised, and cannot be refused any more: a bare success, as of every change.
            return longChanges.finish(domain, begun: passage.answer.begun) {
                passage.finish(Reply())
            }
        }
        guard let step = passage.request.operation.stepAfter, !passage.request.isDryRun else {
            return passage.finish(reply)
        }
        let json = reply.json
        let isQueued = pool.submit { [self] in
            do {
                try step(passage.request.path.get())
            } catch {
                report(
                    "\(passage.name): done, but not outside the store: \(error)")
            }
            passage.finish(Reply(data: json.map { .whole($0) }))
        }
        guard !isQueued else { return }
        report("\(passage.name): done, but not outside the store: no time for it")
        passage.finish(reply)
    }

    /// Goes on after a request could not be admitted or applied: lets it wait for the domain's change, or refuses it.
    private func fail(_ error: any Error, _ passage: Passage) {
        guard let change = error as? DomainUnderChange else { return refuse(error, passage) }
        longChanges.wait(for: change.domain, since: passage.answer.begun) { [self] isOver in
            guard isOver else { return refuse(APIError.domainBusy, passage) }
            if passage.request.needsAdmission, !passage.isAdmitted {
                admitAnew(passage)
            } else {
                submit(passage)
            }
        }
    }

    // MARK: Refusals

    private func refuse(_ error: any Error, _ passage: Passage) {
        let error = APIError(error)
        passage.attempt?.settle(nil)
        if error.word == APIError.loginRequired.word, let session = passage.request.session {
            // The admin is gone or disabled: the session must not come back to life with a later account of that name.
            inPassing { store in try store.sessions.end(session) }
        }
        note(error, passage.request.route.method, passage.request.route.path)
        guard let undo = passage.undo else { return passage.finish(error) }
        let isQueued = pool.submit {
            undo()
            passage.finish(error)
        }
        if !isQueued {
            report("\(passage.name): refused, but not undone outside the store")
            passage.finish(error)
        }
    }
}
