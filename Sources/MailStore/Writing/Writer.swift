package import SQLite
import Synchronization
package import Threads

/// The one thread that changes the databases.
///
/// Jobs queue up; each runs in a savepoint of its own inside one transaction, and is told its outcome after the commit.
/// So many clients share one sync to disk, and an acknowledged change is on the disk.
package final class Writer: Sendable {
    private let jobs: Queue<Job>
    private let thread: WorkerThread
    private let figures: Figures

    /// Beside the writer, because its thread counts before there is one.
    private final class Figures: Sendable {
        private let statistics = Mutex(Statistics())

        func withLock<Result>(_ body: (inout Statistics) -> Result) -> Result {
            statistics.withLock { statistics in body(&statistics) }
        }
    }

    /// What a job does and how its outcome is told. Both run on the writer's thread.
    private struct Job: Sendable {
        /// Changes rows and answers what to do after the commit. It may run more than once: what it did before is
        /// undone then.
        let run: @Sendable (Store) throws -> () -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    /// More would wait longer for the disk than a client does for an answer.
    private static let queueLength = 4096
    private static let groupSize = 512
    /// Without a change for this long, its memory is given back.
    private static let rest = Duration.seconds(1)

    /// - Parameters:
    ///   - open: opens the writing store, on the writer's thread; called once.
    ///   - ready: told on that thread how opening went, before the first job.
    ///   - lost: the disk failed to sync. What was written since may be lost although the kernel says otherwise, so the
    ///     process must end; everybody waiting has been refused when this is called.
    ///   - damaged: a file turned out to be damaged, told once. From then on every job is refused with `Damaged`, so
    ///     that nothing is written over what may still be saved; reads go on. Source: `contract/security.md` G6.
    package init(
        open: @escaping @Sendable () throws -> Store,
        ready: @escaping @Sendable ((any Error)?) -> Void,
        lost: @escaping @Sendable (SQLiteError) -> Void,
        damaged: @escaping @Sendable (SQLiteError) -> Void
    ) throws(WorkerThread.StartError) {
        let jobs = Queue<Job>(capacity: Self.queueLength)
        self.jobs = jobs
        let figures = Figures()
        self.figures = figures
        thread = try WorkerThread(named: "writer") {
            do {
                let store = try open()
                ready(nil)
                var isDamaged = false
                while true {
                    var taken = jobs.take(atMost: Self.groupSize, until: .now + Self.rest)
                    if taken == nil {
                        // What many changes needed nobody needs now. A failure is that of the next job, too.
                        try? store.forgetPages()
                        taken = jobs.take(atMost: Self.groupSize)
                    }
                    guard let group = taken, !group.isEmpty else { return }
                    figures.withLock { statistics in
                        statistics.jobs += group.count
                        statistics.groups += 1
                        statistics.largestGroup = max(statistics.largestGroup, group.count)
                    }
                    if isDamaged {
                        for job in group { job.refuse(Damaged()) }
                    } else if let damage = Self.run(group, on: store, lost: lost) {
                        isDamaged = true
                        damaged(damage)
                    }
                }
            } catch {
                ready(error)
            }
        }
    }

    /// Queues a change.
    ///
    /// - Parameters:
    ///   - change: runs on the writer's thread inside the transaction; what it throws undoes it and goes to `done`.
    ///   - done: called on the writer's thread, after the commit.
    /// - Returns: false, with nothing queued and `done` never called, when the queue is full or closed.
    package func submit<Value>(
        _ change: @escaping @Sendable (Store) throws -> Value,
        done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) -> Bool {
        jobs.put(
            Job(
                run: { store in
                    let value = try change(store)
                    return { done(.success(value)) }
                },
                refuse: { done(.failure($0)) }))
    }

    /// How many jobs wait.
    package var waiting: Int { jobs.count }

    /// What it has done since the start.
    package struct Statistics: Sendable {
        package fileprivate(set) var jobs = 0
        /// Groups of jobs that shared a commit.
        package fileprivate(set) var groups = 0
        package fileprivate(set) var largestGroup = 0
    }

    package var statistics: Statistics { figures.withLock { $0 } }

    /// Does what is queued, commits it and ends the thread.
    package func stop() {
        jobs.close()
        thread.join()
    }

    /// A database is damaged: nothing is written until it has been restored and the program started anew.
    package struct Damaged: Error {}

    /// - Returns: what showed that a file is damaged; nil while all are sound.
    private static func run(_ group: [Job], on store: Store, lost: (SQLiteError) -> Void) -> SQLiteError? {
        do {
            for finish in try attempt(group, on: store) { finish() }
            return nil
        } catch {
            rollback(store)
            if error.isCorrupt {
                for job in group { job.refuse(Damaged()) }
                return error
            }
            if error.isSyncFailure || error.isBusy || group.count == 1 {
                for job in group { job.refuse(error) }
                if error.isSyncFailure { lost(error) }
                return nil
            }
            // One job's trouble (a full disk, say) took the others' changes along: each gets its own transaction.
            var damage: SQLiteError?
            for job in group {
                if damage == nil { damage = run([job], on: store, lost: lost) } else { job.refuse(Damaged()) }
            }
            return damage
        }
    }

    /// Runs the jobs and commits.
    /// - Returns: what tells each job its outcome, in order.
    /// - Throws: when the whole transaction failed; nothing of it is there then, after a rollback.
    private static func attempt(_ group: [Job], on store: Store) throws(SQLiteError) -> [() -> Void] {
        var outcomes: [() -> Void] = []
        for job in group {
            try store.vmail.beginJob()
            do {
                let finish = try job.run(store)
                for database in store.commitOrder { try database.keepJob() }
                outcomes.append(finish)
            } catch let error as SQLiteError where !error.isConstraint && !error.isBusy {
                throw error
            } catch {
                for database in store.commitOrder { try database.undoJob() }
                let refuse = job.refuse
                outcomes.append { refuse(error) }
            }
        }
        for database in store.commitOrder { try database.commit() }
        return outcomes
    }

    private static func rollback(_ store: Store) {
        for database in store.commitOrder { database.rollback() }
    }
}
