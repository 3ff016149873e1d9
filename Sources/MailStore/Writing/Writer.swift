import Glibc
import Synchronization
package import Threads

/// The one thread that changes the databases: `Storage.md` 8. Jobs wait in a queue. A group of them runs in one
/// transaction, each in a savepoint of its own (at a server only where one is needed), and hears of its outcome after the
/// commit.
///
///     let isQueued = writer.submit({ store in try store.domains.touch(name, now: .now()) }) { outcome in … }
package final class Writer: Sendable {
    private let jobs: Queue<Job>
    private let thread: WorkerThread
    private let isStopped = Atomic(false)
    private let figures: Counters

    /// An object of its own, because the thread counts before `init` has returned.
    private final class Counters: Sendable {
        private let statistics = Mutex(Statistics())

        func withLock<Result>(_ body: (inout Statistics) -> Result) -> Result {
            statistics.withLock { statistics in body(&statistics) }
        }
    }

    /// Announces what a job is going to read, so that a server is asked for it together with other statements.
    package struct Announcement: Sendable {
        /// Called once, before the first job of the group.
        let sessions: @Sendable (Store) -> Void
        /// Called in the last steps of the job before. What it announces may be dropped: the job announces it again.
        let accounts: @Sendable (Store) -> Void

        package init(sessions: @escaping @Sendable (Store) -> Void, accounts: @escaping @Sendable (Store) -> Void) {
            self.sessions = sessions
            self.accounts = accounts
        }
    }

    /// What a job does and how its outcome is told. Both run on the writer's thread.
    fileprivate struct Job: Sendable {
        /// Whether `vmail.db` is locked before it runs.
        let usesAccounts: Bool
        /// False for a dry run.
        let isKept: Bool
        /// Nil: nothing is known in advance.
        let announcement: Announcement?
        /// Changes rows and returns what to do after the commit. It may run again, after what it did was undone.
        let run: @Sendable (Store) throws -> () -> Void
        let refuse: @Sendable (any Error) -> Void
        /// When to refuse it if the file that it needs is still locked; nil until it has met a lock.
        var deadline: ContinuousClock.Instant?
    }

    /// With more jobs the last ones would wait longer for the disk than a client waits for an answer.
    private static let queueLength = 4096
    private static let groupSize = 512
    /// After this time without a job the cached pages are freed.
    private static let idleTime = Duration.seconds(1)

    /// All four are called on the writer's thread.
    ///
    /// - Parameters:
    ///   - open: opens the store of the writer; called once.
    ///   - ready: called once, before the first job, with the error of `open` or nil.
    ///   - lost: called when a sync has failed and the jobs of that transaction have been refused. The process must end
    ///     then (`Storage.md` 7).
    ///   - damaged: called once, when a file turns out to be damaged. From then on every job is refused with `Damaged`.
    /// - Throws: when the thread cannot be started.
    package init(
        open: @escaping @Sendable () throws -> Store,
        ready: @escaping @Sendable ((any Error)?) -> Void,
        lost: @escaping @Sendable (StoreError) -> Void,
        damaged: @escaping @Sendable (StoreError) -> Void
    ) throws(WorkerThread.StartError) {
        let jobs = Queue<Job>(capacity: Self.queueLength)
        self.jobs = jobs
        let figures = Counters()
        self.figures = figures
        thread = try WorkerThread(named: "writer") {
            do {
                let store = try open()
                store.setShortLockTimeout()
                ready(nil)
                var isDamaged = false
                var aside = JobsAside()
                while let group = Self.next(of: jobs, &aside, store) {
                    guard !group.isEmpty else { continue }
                    figures.withLock { statistics in
                        statistics.jobs += group.count
                        statistics.groups += 1
                        statistics.largestGroup = max(statistics.largestGroup, group.count)
                    }
                    if isDamaged {
                        Self.rollback(store)
                        for job in group { job.refuse(Damaged()) }
                    } else if let damage = Self.run(group, on: store, &aside, lost: lost) {
                        isDamaged = true
                        damaged(damage)
                    }
                }
            } catch {
                ready(error)
            }
        }
    }

    /// Waits for the jobs to do next: those whose file is no longer locked, and new ones.
    /// - Returns: may be empty; nil when the queue is closed and everything is done.
    private static func next(of jobs: Queue<Job>, _ aside: inout JobsAside, _ store: Store) -> [Job]? {
        guard !aside.isEmpty else {
            var taken = jobs.take(atMost: groupSize, until: .now + idleTime)
            if taken == nil {
                // If it fails, so does the next job.
                try? store.freeCachedPages()
                taken = jobs.take(atMost: groupSize)
            }
            return taken?.isEmpty == true ? nil : taken
        }
        let taken = jobs.take(atMost: groupSize, until: .now + JobsAside.pause) ?? []
        if taken.isEmpty, jobs.isClosed {
            // A closed queue returns at once, so the pause is made here.
            aside.shortenDeadlines()
            aside.sleep()
        }
        return aside.takeReady(store) + taken
    }

    /// Queues a change.
    ///
    /// - Parameters:
    ///   - usesAccounts: false for a change that neither reads nor writes `vmail.db`; it goes on while another program
    ///     locks that file.
    ///   - isKept: false for a dry run: the change is undone even if it succeeds.
    ///   - announcement: of what `change` is going to read; nil when that is not known.
    ///   - change: runs on the writer's thread, inside the transaction. It may run more than once, so it must have no
    ///     effect outside of the store. When it throws, what it did is undone.
    ///   - done: called once on the writer's thread, after the commit, with the value or the error of `change`. Other
    ///     errors: a `StoreError`, with the kind `busy` when another program has locked a file for 5 s; `Damaged`.
    /// - Returns: false when the queue is full or closed. Then nothing is queued, and `done` is never called.
    package func submit<Value>(
        usesAccounts: Bool = true, isKept: Bool = true, announcement: Announcement? = nil,
        _ change: @escaping @Sendable (Store) throws -> Value,
        done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) -> Bool {
        jobs.put(
            Job(
                usesAccounts: usesAccounts, isKept: isKept, announcement: announcement,
                run: { store in
                    let value = try change(store)
                    return { done(.success(value)) }
                },
                refuse: { done(.failure($0)) }))
    }

    /// How many jobs are in the queue. Those that wait for a locked file are not counted.
    package var waiting: Int { jobs.count }

    /// Counts since the start.
    package struct Statistics: Sendable {
        package fileprivate(set) var jobs = 0
        /// Groups of jobs that shared a commit.
        package fileprivate(set) var groups = 0
        package fileprivate(set) var largestGroup = 0
    }

    package var statistics: Statistics { figures.withLock { $0 } }

    /// Takes no more jobs, does those that are queued, and ends the thread. Returns after that. Calling it again does
    /// nothing.
    package func stop() {
        jobs.close()
        if !isStopped.exchange(true, ordering: .acquiringAndReleasing) { thread.join() }
    }

    /// The error of every job after a file has turned out to be damaged: `Storage.md` 7.
    package struct Damaged: Error {}

    /// How long a change waits for a file that another program has locked.
    fileprivate static let longestLock = Duration.seconds(5)

    /// For how long jobs have savepoints at a server after one has needed its own. Hardly any is refused after its first
    /// change, and savepoints are 5 % of a creation's time; a group that runs a second time costs all of it.
    private static let savepointsAfterUse = Duration.seconds(60)

    /// Runs the jobs, commits, and tells each its outcome.
    /// - Returns: the error that shows that a file is damaged; nil while none is.
    private static func run(
        _ group: [Job], on store: Store, _ aside: inout JobsAside, lost: (StoreError) -> Void
    ) -> StoreError? {
        let hasSavepoints =
            !store.isShared || store.savepointsUntil > .now || group.contains { !$0.isKept }
        for database in store.commitOrder { database.hasSavepoints = hasSavepoints }
        do {
            for finish in try attempt(group, on: store, &aside) { finish() }
            return nil
        } catch is JobCannotBeUndone {
            rollback(store)
            store.savepointsUntil = .now + savepointsAfterUse
            return run(group, on: store, &aside, lost: lost)
        } catch {
            rollback(store)
            let failure = error as? StoreError
            if let failure, failure.kind == .damaged {
                for job in group { job.refuse(Damaged()) }
                return failure
            }
            if failure?.kind == .lost || failure?.kind == .busy || failure?.kind == .unknown || group.count == 1 {
                for job in group { job.refuse(error) }
                if let failure, failure.kind == .lost { lost(failure) }
                return nil
            }
            // The failure of one job, such as a full disk, undid the others too. Each gets a transaction of its own.
            var damage: StoreError?
            for job in group {
                if damage == nil { damage = run([job], on: store, &aside, lost: lost) } else { job.refuse(Damaged()) }
            }
            return damage
        }
    }

    /// Runs the jobs and commits. Those that meet a lock are set aside.
    /// - Returns: for each of the others, in order, the call that tells it its outcome.
    /// - Throws: when the whole transaction has failed. The caller must roll it back. No job has been set aside then.
    private static func attempt(_ group: [Job], on store: Store, _ aside: inout JobsAside) throws -> [() -> Void] {
        var outcomes: [() -> Void] = []
        var locked: [(job: Job, error: StoreError)] = []
        if group.count > 1 {
            store.api.beginSharing()
            for job in group { job.announcement?.sessions(store) }
        }
        defer { store.api.endSharing() }
        for (number, job) in group.enumerated() {
            store.announceNext = group.dropFirst(number + 1).first?.announcement?.accounts
            do {
                // Instances that share a server take its locks in one order, so that none waits for another in turn.
                if job.usesAccounts || store.isShared { try store.vmail.beginJob() }
                let finish = try job.run(store)
                // After this the job cannot fail any more.
                try store.settle()
                for database in store.commitOrder { try job.isKept ? database.keepJob() : database.undoJob() }
                outcomes.append(finish)
            } catch let error as StoreError where !error.isRefusal && error.kind != .busy {
                throw error
            } catch {
                let failure = error as? StoreError
                do {
                    for database in store.commitOrder {
                        try database.undoJob(hasFailed: failure?.database == database.place)
                    }
                } catch is JobCannotBeUndone where group.count == 1 && failure?.kind != .busy {
                    // Undone with the transaction.
                    throw error
                }
                if let failure, failure.kind == .busy {
                    locked.append((job, failure))
                } else {
                    let refuse = job.refuse
                    outcomes.append { refuse(error) }
                }
            }
        }
        do {
            for database in store.commitOrder { try database.finishChanges() }
        } catch let error as StoreError where error.kind == .busy {
            rollback(store)
            for job in group { aside.add(job, error) }
            return []
        }
        for database in store.commitOrder { try database.commit() }
        for (job, error) in locked { aside.add(job, error) }
        return outcomes
    }

    private static func rollback(_ store: Store) {
        for database in store.commitOrder { database.rollback() }
    }
}

/// Jobs that wait because another program has locked a file that they need.
private struct JobsAside {
    private var jobs: [(job: Writer.Job, error: StoreError)] = []

    /// The time between two attempts to take the lock.
    static let pause = Duration.milliseconds(20)
    /// Further jobs are refused at once, so that memory is bounded.
    private static let capacity = 4096
    /// How long the jobs may still wait once the queue is closed.
    private static let lastWait = Duration.seconds(1)

    var isEmpty: Bool { jobs.isEmpty }

    /// - Parameter error: what the job threw; it names the file.
    mutating func add(_ job: Writer.Job, _ error: StoreError) {
        guard jobs.count < Self.capacity else { return job.refuse(error) }
        // A lock that it meets again, although the database was free: that of a row, at a server.
        if let deadline = job.deadline, deadline <= .now { return job.refuse(error) }
        var job = job
        job.deadline = job.deadline ?? .now + Writer.longestLock
        jobs.append((job, error))
    }

    /// Takes out the jobs whose file is no longer locked, in their order, and refuses those whose deadline is over.
    mutating func takeReady(_ store: Store) -> [Writer.Job] {
        let now = ContinuousClock.now
        var isFree: [String: Bool] = [:]
        // That of `vmail` last: nobody else waits for it meanwhile.
        let vmail = store.vmail.place
        for path in Set(jobs.map(\.error.database)).sorted(by: { $1 == vmail && $0 != vmail }) {
            let database = store.database(at: path)
            // Any other error with the file counts as free: the job meets it again and tells it.
            isFree[path] = (try? database?.takeLockIfFree()) ?? true
            // At a server the jobs take it after that of `vmail`.
            if store.isShared, path != vmail, isFree[path] == true { database?.rollback() }
        }
        var ready: [Writer.Job] = []
        var waiting: [(job: Writer.Job, error: StoreError)] = []
        for (job, error) in jobs {
            if isFree[error.database] == true {
                ready.append(job)
            } else if let deadline = job.deadline, deadline <= now {
                job.refuse(error)
            } else {
                waiting.append((job, error))
            }
        }
        jobs = waiting
        return ready
    }

    /// Brings the deadlines forward to `lastWait` from now.
    mutating func shortenDeadlines() {
        let end = ContinuousClock.now + Self.lastWait
        for index in jobs.indices { jobs[index].job.deadline = min(jobs[index].job.deadline ?? end, end) }
    }

    func sleep() {
        let (_, attoseconds) = Self.pause.components
        var time = timespec(tv_sec: 0, tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }
}
