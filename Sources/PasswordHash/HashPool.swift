package import Threads

/// Threads for slow hashes and other work for which neither workers nor the writer may wait: `Performance.md` 12 and
/// `Security.md` F1. Call `stop` before the last reference goes.
package final class HashPool: Sendable {
    private let work: Queue<@Sendable () -> Void>
    /// `stop` takes them out and joins them.
    private let threads = Queue<WorkerThread>()

    /// - Parameters:
    ///   - name: what the threads are for.
    ///   - threads: one less than there are cores, so that a core is left for other requests; at least one is started.
    ///   - queue: how many functions may wait, besides those that run.
    package init(named name: String = "hash", threads count: Int, queue: Int = 16) throws(WorkerThread.StartError) {
        let work = Queue<@Sendable () -> Void>(capacity: queue)
        self.work = work
        for _ in 0..<max(1, count) {
            do {
                let thread = try WorkerThread(named: name) {
                    while let next = work.take(atMost: 1).first { next() }
                }
                _ = threads.put(thread)  // The queue has no limit.
            } catch {
                stop()
                throw error
            }
        }
    }

    /// How many functions wait for a thread.
    package var waiting: Int { work.count }

    /// Queues `body`; never waits.
    /// - Parameter evenIfFull: ignores the limit of the queue: for a step that ends work already begun.
    /// - Returns: false when the queue is full or the pool stopped; `body` then never runs.
    package func submit(evenIfFull: Bool = false, _ body: @escaping @Sendable () -> Void) -> Bool {
        work.put(body, evenIfFull: evenIfFull)
    }

    /// Accepts nothing more, runs what is queued, and returns when the threads have ended. Not to be called on one.
    package func stop() {
        work.close()
        threads.close()
        for thread in threads.take() { thread.join() }
    }
}
