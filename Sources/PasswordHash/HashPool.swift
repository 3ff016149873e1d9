package import Threads

/// Threads for slow hashes, and for what else neither workers nor the writer may wait for: `Performance.md` 12 and
/// `Security.md` F1. To be stopped before it is let go.
package final class HashPool: Sendable {
    private let work: Queue<@Sendable () -> Void>
    /// Taken by the one who joins them.
    private let threads = Queue<WorkerThread>()

    /// - Parameter threads: one less than the cores, so that something is left for other requests; at least one runs.
    /// - Parameter queue: how many may wait besides those being worked on.
    package init(threads count: Int, queue: Int = 16) throws(WorkerThread.StartError) {
        let work = Queue<@Sendable () -> Void>(capacity: queue)
        self.work = work
        for _ in 0..<max(1, count) {
            do {
                let thread = try WorkerThread(named: "hash") {
                    while let next = work.take(atMost: 1).first { next() }
                }
                _ = threads.put(thread)  // no capacity: never refused
            } catch {
                stop()
                throw error
            }
        }
    }

    /// How many wait for a thread.
    package var waiting: Int { work.count }

    /// False at once when the queue is full or the pool stopped; `body` does not run then.
    /// - Parameter evenIfFull: for what ends something that has begun.
    package func submit(evenIfFull: Bool = false, _ body: @escaping @Sendable () -> Void) -> Bool {
        work.put(body, evenIfFull: evenIfFull)
    }

    /// Takes nothing more, finishes what is queued, and returns when the last thread has ended. Not to be called from
    /// the pool's own threads.
    package func stop() {
        work.close()
        threads.close()
        for thread in threads.take() { thread.join() }
    }
}
