import Glibc
import Synchronization
package import Threads

/// The one thread that changes the databases.
///
/// Jobs queue up; each runs in a savepoint of its own inside one transaction, and is told its outcome after the commit.
/// So many clients share one sync to disk, and an acknowledged change is on the disk.
package final class Writer: Sendable {
    private let jobs: Queue<Job>
    private let thread: WorkerThread
    private let isStopped = Atomic(false)
    private let figures: Counters

    /// Beside the writer, because its thread counts before there is one.
    private final class Counters: Sendable {
        private let statistics = Mutex(Statistics())

        func withLock<Result>(_ body: (inout Statistics) -> Result) -> Result {
            statistics.withLock { statistics in body(&statistics) }
        }
    }

    /// What a job does and how its outcome is told. Both run on the writer's thread.
    fileprivate struct Job: Sendable {
        /// Whether it reads accounts to decide what to change: it then holds their lock from the beginning.
        let usesAccounts: Bool
        /// False for a dry run: what it did is undone, also when it went well.
        let isKept: Bool
        /// Changes rows and answers what to do after the commit. It may run more than once: what it did before is
        /// undone then.
        let run: @Sendable (Store) throws -> () -> Void
        let refuse: @Sendable (any Error) -> Void
        /// When it is refused if a file that it needs is still locked by another program; nil before that was met.
        var deadline: ContinuousClock.Instant?
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
    ///     that nothing is written over what may still be saved; reads go on. Source: `Security.md` G6.
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
                store.becomeBrief()
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

    /// Waits for the jobs to do next: those whose file has become free, and new ones.
    /// - Returns: maybe empty; nil when the queue is closed and everything is done.
    private static func next(of jobs: Queue<Job>, _ aside: inout JobsAside, _ store: Store) -> [Job]? {
        guard !aside.isEmpty else {
            var taken = jobs.take(atMost: groupSize, until: .now + rest)
            if taken == nil {
                // What many changes needed nobody needs now. A failure is that of the next job, too.
                try? store.forgetPages()
                taken = jobs.take(atMost: groupSize)
            }
            return taken?.isEmpty == true ? nil : taken
        }
        let taken = jobs.take(atMost: groupSize, until: .now + JobsAside.pause) ?? []
        if taken.isEmpty, jobs.isClosed {
            // Nothing waits for new jobs any more.
            aside.hurry()
            aside.sleep()
        }
        return aside.takeReady(store) + taken
    }

    /// Queues a change.
    ///
    /// A file that another program has locked makes only the changes of that file wait, all of them at the same time, and
    /// each at most `longestLock`; then they fail as busy with nothing done.
    ///
    /// - Parameters:
    ///   - usesAccounts: false for a change that neither reads nor writes accounts: it goes on while their file is
    ///     locked.
    ///   - isKept: false for a dry run: what the change did is undone, also when it went well.
    ///   - change: runs on the writer's thread inside the transaction; what it throws undoes it and goes to `done`.
    ///   - done: called on the writer's thread, after the commit.
    /// - Returns: false, with nothing queued and `done` never called, when the queue is full or closed.
    package func submit<Value>(
        usesAccounts: Bool = true, isKept: Bool = true, _ change: @escaping @Sendable (Store) throws -> Value,
        done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) -> Bool {
        jobs.put(
            Job(
                usesAccounts: usesAccounts, isKept: isKept,
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

    /// Does what is queued, commits it and ends the thread. A further call does nothing.
    package func stop() {
        jobs.close()
        if !isStopped.exchange(true, ordering: .acquiringAndReleasing) { thread.join() }
    }

    /// A database is damaged: nothing is written until it has been restored and the program started anew.
    package struct Damaged: Error {}

    /// How long a change waits for a file that another program has locked.
    fileprivate static let longestLock = Duration.seconds(5)

    /// - Returns: what showed that a file is damaged; nil while all are sound.
    private static func run(
        _ group: [Job], on store: Store, _ aside: inout JobsAside, lost: (StoreError) -> Void
    ) -> StoreError? {
        do {
            for finish in try attempt(group, on: store, &aside) { finish() }
            return nil
        } catch {
            rollback(store)
            let failure = error as? StoreError
            if let failure, failure.kind == .damaged {
                for job in group { job.refuse(Damaged()) }
                return failure
            }
            if failure?.kind == .lost || failure?.kind == .busy || group.count == 1 {
                for job in group { job.refuse(error) }
                if let failure, failure.kind == .lost { lost(failure) }
                return nil
            }
            // One job's trouble (a full disk, say) took the others' changes along: each gets its own transaction.
            var damage: StoreError?
            for job in group {
                if damage == nil { damage = run([job], on: store, &aside, lost: lost) } else { job.refuse(Damaged()) }
            }
            return damage
        }
    }

    /// Runs the jobs and commits. Those that meet a lock are put aside.
    /// - Returns: what tells each of the others its outcome, in order.
    /// - Throws: when the whole transaction failed; nothing of it is there then, after a rollback, and nobody was put
    ///   aside.
    private static func attempt(_ group: [Job], on store: Store, _ aside: inout JobsAside) throws -> [() -> Void] {
        var outcomes: [() -> Void] = []
        var locked: [(job: Job, error: StoreError)] = []
        for job in group {
            do {
                if job.usesAccounts { try store.vmail.beginJob() }
                let finish = try job.run(store)
                for database in store.commitOrder { try job.isKept ? database.keepJob() : database.undoJob() }
                outcomes.append(finish)
            } catch let error as StoreError where error.kind != .constraint && error.kind != .busy {
                throw error
            } catch {
                for database in store.commitOrder { try database.undoJob() }
                if let error = error as? StoreError, error.kind == .busy {
                    locked.append((job, error))
                } else {
                    let refuse = job.refuse
                    outcomes.append { refuse(error) }
                }
            }
        }
        for database in store.commitOrder { try database.commit() }
        for (job, error) in locked { aside.add(job, error) }
        return outcomes
    }

    private static func rollback(_ store: Store) {
        for database in store.commitOrder { database.rollback() }
    }
}

/// Jobs that wait for a file which another program has locked, while others go on.
private struct JobsAside {
    private var jobs: [(job: Writer.Job, error: StoreError)] = []

    /// Between two looks whether a file has become free.
    static let pause = Duration.milliseconds(20)
    /// More are refused at once: they would only fill the memory.
    private static let capacity = 4096
    /// When the program ends it does not wait for another program's lock any longer.
    private static let lastWait = Duration.seconds(1)

    var isEmpty: Bool { jobs.isEmpty }

    /// - Parameter error: what the job met: it names the file.
    mutating func add(_ job: Writer.Job, _ error: StoreError) {
        guard jobs.count < Self.capacity else { return job.refuse(error) }
        var job = job
        job.deadline = job.deadline ?? .now + Writer.longestLock
        jobs.append((job, error))
    }

    /// Those that may try again, in their order; refuses those that have waited long enough.
    mutating func takeReady(_ store: Store) -> [Writer.Job] {
        let now = ContinuousClock.now
        var isFree: [String: Bool] = [:]
        for path in Set(jobs.map(\.error.database)) {
            // Any other trouble with the file is met, and told, by the job itself.
            isFree[path] = (try? store.database(at: path)?.isFree()) ?? true
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

    mutating func hurry() {
        let end = ContinuousClock.now + Self.lastWait
        for index in jobs.indices { jobs[index].job.deadline = min(jobs[index].job.deadline ?? end, end) }
    }

    func sleep() {
        let (_, attoseconds) = Self.pause.components
        var time = timespec(tv_sec: 0, tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }
}
