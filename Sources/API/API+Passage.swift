import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Threads

/// The way of a request that has passed the gate, from thread to thread, to its one answer.
extension API {
    /// - Parameter store: the reader of this thread, a worker.
    func begin(_ prepared: PreparedRequest, _ store: Store, _ pending: PendingAnswer) {
        var prepared = prepared
        // Here, because the writer is not to be kept with what needs no store; whether the password will do, is told later.
        if let password = prepared.operation.password, let scheme = prepared.configuration.scheme(for: password.kind),
            !scheme.isSlow
        {
            prepared.computed.hash = prepared.configuration.hash(password.secret, scheme)
        }
        if prepared.needsAdmission {
            admit(prepared, store, pending)
        } else if prepared.route.changes {
            submit(prepared, pending)
        } else {
            read(prepared, store, pending)
        }
    }

    // MARK: Reads

    private func read(_ prepared: PreparedRequest, _ store: Store, _ pending: PendingAnswer) {
        store.reading {
            do {
                let reply = try prepared.read(on: store)
                if prepared.route.waitsForWriter { return askWriter(prepared, reply, pending) }
                pending.finish(Response(reply, prepared), prepared)
            } catch {
                refuse(error, prepared, pending)
            }
        }
    }

    /// Answers when the writer has shown that accounts can be changed.
    private func askWriter(_ prepared: PreparedRequest, _ reply: Reply, _ pending: PendingAnswer) {
        let json = reply.json ?? []
        let isQueued = writer.submit(
            { _ in },
            done: { [self] outcome in
                switch outcome {
                case .success: pending.finish(Response(Reply(data: .whole(json)), prepared), prepared)
                case .failure(let error): refuse(error, prepared, pending)
                }
            })
        if !isQueued { refuse(APIError.overloaded, prepared, pending) }
    }

    // MARK: Admission

    private func admit(_ prepared: PreparedRequest, _ store: Store, _ pending: PendingAnswer) {
        admit(prepared, pending) {
            try store.reading { try prepared.admit(on: store, isSessionFresh: true) }
        }
    }

    /// The same in the pool, for a request that has waited.
    private func admitAnew(_ prepared: PreparedRequest, _ pending: PendingAnswer) {
        inPool(prepared, pending) { [self] in
            admit(prepared, pending) {
                try reader.reading { try prepared.admit(on: $0, isSessionFresh: false) }
            }
        }
    }

    private func admit(
        _ prepared: PreparedRequest, _ pending: PendingAnswer, _ admission: () throws -> SlowWork?
    ) {
        do {
            if let work = try admission() { begin(work, prepared, pending) } else { proceed(prepared, pending) }
        } catch {
            fail(error, prepared, pending)
        }
    }

    // MARK: Work

    private func begin(_ work: SlowWork, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        var prepared = prepared
        guard case .check(_, let account, _) = work, !prepared.isFromOperator else {
            return inPool(prepared, pending) { [self, prepared] in compute(work, prepared, pending) }
        }
        let begun = loginGuard.begin(
            at: account.text, from: prepared.client, delays: prepared.configuration.settings[Settings.delaysLogins])
        guard let (attempt, wait) = begun else { return refuse(APIError.overloaded, prepared, pending) }
        prepared.attempt = attempt
        let check = { @Sendable [self, prepared] in
            inPool(prepared, pending) { [self] in compute(work, prepared, pending) }
        }
        guard wait > .zero else { return check() }
        if !delays.submit(after: wait, check) { refuse(APIError.overloaded, prepared, pending) }
    }

    private func compute(_ work: SlowWork, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        var prepared = prepared
        switch work {
        case .hash(let password, let scheme):
            prepared.computed.hash = prepared.configuration.hash(password, scheme)
        case .check(let password, let account, let stored):
            let isRight = prepared.configuration.check.verify(password, against: stored)
            prepared.attempt?.settle(isRight)
            // fail2ban reads this line: `postern print-config fail2ban`.
            if !isRight, prepared.attempt != nil {
                report("login refused: client=\(prepared.client) account=\(account)")
            }
            if isRight { prepared.computed.matched = stored }
            // The writer has nothing to do with it. Where nothing is changed, the session is looked at again first.
            if !isRight, prepared.route.changes { return refuse(APIError.invalidCredentials, prepared, pending) }
        }
        proceed(prepared, pending)
    }

    /// - Parameter body: runs on a thread of the pool.
    private func inPool(
        _ prepared: PreparedRequest, _ pending: PendingAnswer, _ body: @escaping @Sendable () -> Void
    ) {
        if !pool.submit(body) { refuse(APIError.overloaded, prepared, pending) }
    }

    /// Goes on with a request that is admitted and needs no more work.
    private func proceed(_ prepared: PreparedRequest, _ pending: PendingAnswer) {
        var prepared = prepared
        prepared.isAdmitted = true
        guard prepared.route.changes else { return confirm(prepared, pending) }
        guard prepared.operation.hasStepBefore, !prepared.isDryRun else { return submit(prepared, pending) }
        inPool(prepared, pending) { [self, prepared] in
            var prepared = prepared
            do {
                prepared.undo = try prepared.operation.doStepBefore(prepared.path.get())
                submit(prepared, pending)
            } catch {
                refuse(error, prepared, pending)
            }
        }
    }

    /// Applies what changes nothing, on this thread of the pool.
    private func confirm(_ prepared: PreparedRequest, _ pending: PendingAnswer) {
        do {
            let reply = try reader.reading { try prepared.apply(on: $0) }
            pending.finish(Response(reply, prepared), prepared)
        } catch {
            refuse(error, prepared, pending)
        }
    }

    // MARK: Changes

    private func submit(_ prepared: PreparedRequest, _ pending: PendingAnswer) {
        let isQueued = writer.submit(
            isKept: !prepared.isDryRun, { store in try prepared.apply(on: store) },
            done: { [self] outcome in
                switch outcome {
                case .success(let reply): committed(reply, prepared, pending)
                case .failure(let error): fail(error, prepared, pending)
                }
            })
        if !isQueued { refuse(APIError.overloaded, prepared, pending) }
    }

    private func committed(_ reply: Reply, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        if reply.leftover { longChanges.resumeAll() }
        if let domain = reply.unfinished {
            // It is promised, and cannot be refused any more: a bare success, as of every change.
            return longChanges.finish(domain, begun: pending.begun) {
                pending.finish(Response(Reply(), prepared), prepared)
            }
        }
        guard prepared.operation.hasStepAfter, !prepared.isDryRun else {
            return pending.finish(Response(reply, prepared), prepared)
        }
        let json = reply.json
        let isQueued = pool.submit { [self] in
            do {
                try prepared.operation.doStepAfter(prepared.path.get())
            } catch {
                report(
                    "\(prepared.route.method.text) \(prepared.route.path): done, but not outside the store: \(error)")
            }
            pending.finish(Response(Reply(data: json.map { .whole($0) }), prepared), prepared)
        }
        guard !isQueued else { return }
        report("\(prepared.route.method.text) \(prepared.route.path): done, but not outside the store: no time for it")
        pending.finish(Response(reply, prepared), prepared)
    }

    /// Goes on after a request could not be admitted or applied: lets it wait for the domain's change, or refuses it.
    private func fail(_ error: any Error, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        guard let change = error as? DomainUnderChange else { return refuse(error, prepared, pending) }
        longChanges.wait(for: change.domain, since: pending.begun) { [self] isOver in
            guard isOver else { return refuse(APIError.domainBusy, prepared, pending) }
            if prepared.needsAdmission, !prepared.isAdmitted {
                admitAnew(prepared, pending)
            } else {
                submit(prepared, pending)
            }
        }
    }

    // MARK: Refusals

    private func refuse(_ error: any Error, _ prepared: PreparedRequest, _ pending: PendingAnswer) {
        let error = APIError(error)
        prepared.attempt?.settle(nil)
        if error.word == APIError.loginRequired.word, let session = prepared.session {
            // The admin is gone or disabled: the session must not come back to life with a later account of that name.
            inPassing { store in try store.sessions.end(session) }
        }
        note(error, prepared.route.method, prepared.route.path)
        let answer = { @Sendable in
            pending.finish(
                Response(error, isStrict: prepared.isStrict, isSecure: prepared.isSecure), word: error.word, prepared)
        }
        guard let undo = prepared.undo else { return answer() }
        let isQueued = pool.submit {
            undo()
            answer()
        }
        if !isQueued {
            report("\(prepared.route.method.text) \(prepared.route.path): refused, but not undone outside the store")
            answer()
        }
    }
}
