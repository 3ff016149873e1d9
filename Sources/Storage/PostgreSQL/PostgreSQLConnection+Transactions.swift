import CLibPQ
import Glibc

extension PostgreSQLConnection {
    /// True while no transaction is open; also after the connection was lost.
    package var isOutsideTransaction: Bool { state == .outside || state == .gone }

    /// Begins a transaction as the only one, of all instances of this program, that writes to this database: it locks
    /// the table `postern_schema`, which others may go on reading. An advisory lock would be anybody's who may connect.
    ///
    /// - Throws: an error that `isBusy` when another one does for longer than half a second.
    package func beginWriting() throws {
        if state == .gone { state = .outside }
        forgetChanges()
        try retrying(true) {
            do {
                let result = try send(
                    """
                    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                    LOCK TABLE postern_schema IN SHARE ROW EXCLUSIVE MODE; SELECT pg_current_xact_id()
                    """)
                state = .writing(result.text(0, 0))
            } catch {
                if handle != nil { _ = try? send("ROLLBACK") }
                throw error
            }
        }
    }

    static let settingSavepoint = (name: "set", text: "SAVEPOINT job")
    static let releasingSavepoint = (name: "release", text: "RELEASE job")

    /// Every job sets and releases one: a third of that is parsing.
    func prepareSavepoints() throws {
        guard mode == .writer || mode == .command else { return }
        for (name, text) in [Self.settingSavepoint, Self.releasingSavepoint] {
            try check(library.sendPrepare(handle, name, text, 0, nil))
            _ = try answer()
        }
    }

    /// Sets a savepoint; sent together with the next statement.
    package func setSavepoint() {
        deferred.append(.setSavepoint)
    }

    /// Ends the savepoint, with what was done since; sent together with the next statement.
    package func releaseSavepoint() {
        if deferred.last?.isSavepoint == true { deferred.removeLast() } else { deferred.append(.releaseSavepoint) }
    }

    /// Undoes what was done since the savepoint, and ends it.
    package func undoSavepoint() throws {
        announcements.forget()
        forgetChanges()
        if let savepoint = deferred.lastIndex(where: \.isSavepoint) {
            deferred.removeSubrange(savepoint...)
        } else {
            try requireTransaction()
            deferred = []
            try send("ROLLBACK TO job; RELEASE job")
        }
    }

    func requireTransaction() throws {
        if isOutsideTransaction { throw PostgreSQLError("the transaction is gone", database: database, isLost: true) }
    }

    /// Commits. When the connection ends meanwhile, the server is asked what has become of the transaction.
    ///
    /// - Throws: an error that `isLost` when nothing was committed, one that `isOutcomeUnknown` when that cannot be told.
    package func commit() throws {
        try requireTransaction()
        guard case .writing(let transaction) = state else { return }
        // Of such a transaction COMMIT is a ROLLBACK, and no error.
        guard library.transactionStatus(handle) != PQTRANS_INERROR else {
            throw PostgreSQLError("the transaction has failed", database: database)
        }
        try settle()
        // What else is deferred ends with the transaction.
        deferred = []
        announcements.forget()
        let life = life
        do {
            try send("COMMIT")
            state = .outside
        } catch let error as PostgreSQLError where error.isLost {
            state = .outside
            try findOut(transaction, of: life, after: error)
        }
    }

    /// INVALID_PARAMETER_VALUE: to `pg_xact_status`, a number that is still to come.
    static let invalidParameter = "22023"

    /// How long the server is asked what has become of a transaction.
    static let longestAsking = Duration.seconds(10)

    /// - Parameters:
    ///   - transaction: its number.
    ///   - life: of the server that it ran at. A server that has crashed, or took over, knows nothing of a number that
    ///     had not come as far as its log, and gives it to another transaction: a commit of that proves nothing.
    func findOut(_ transaction: String, of life: String, after error: PostgreSQLError) throws {
        let end = ContinuousClock.now + Self.longestAsking
        let question: SQL = "SELECT pg_xact_status(CAST(CAST(\(transaction) AS text) AS xid8))"
        while ContinuousClock.now < end {
            let status: String?
            do {
                status = try first(question) { row in row.text(0) }
            } catch let failure as PostgreSQLError {
                // The number is not given away yet.
                if failure.sqlState == Self.invalidParameter { throw error }
                usleep(100_000)
                continue
            }
            // Whoever had the number: nothing was committed under it.
            if status == "aborted" { throw error }
            if self.life != life { break }
            if status == "committed" {
                // A server that must not commit before its standby does may have been kept from waiting for it. One
                // transaction more waits for both.
                guard (try? send("SELECT pg_logical_emit_message(true, 'postern', '')")) != nil else { break }
                return
            }
            usleep(100_000)
        }
        throw PostgreSQLError(
            "the connection was lost while a change was committed: \(error.message)", database: database,
            isOutcomeUnknown: true)
    }

    /// Undoes the open transaction, if any. Nobody waits for it.
    package func rollback() {
        defer { state = .outside }
        // Begun, and not yet sent.
        let isUnsent = state == .snapshot && !deferred.isEmpty
        deferred = []
        forgetChanges()
        if !announcements.areShared { announcements.forget() }
        guard state != .outside, !isUnsent, handle != nil else { return }
        do {
            try readDueAnswer()
            try check(library.sendQuery(handle, "ROLLBACK"))
            isAnswerDue = true
        } catch {
            close()
        }
    }

    /// All that is read until `rollback` is of one moment: that of the first read.
    ///
    /// - Parameter isAnnounced: whether all that it reads was announced since `beginSharing`. False: whatever was
    ///   announced or answered before is forgotten, and nothing is shared any more.
    package func beginSnapshot(isAnnounced: Bool = false) {
        deferred = [.text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")]
        state = .snapshot
        if isAnnounced { announcements.areAll = true } else { announcements = Announcements() }
    }
}
