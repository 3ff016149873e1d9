import Foundation
import Synchronization

/// Things to do, taken by one thread in order.
final class SpawnerJobs: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let count = DispatchSemaphore(value: 0)

    func put(_ job: @escaping @Sendable () -> Void) {
        jobs.withLock { $0.append(job) }
        count.signal()
    }

    func take() -> @Sendable () -> Void {
        count.wait()
        return jobs.withLock { $0.removeFirst() }
    }
}

/// A value that one thread gives and another one waits for.
final class OnceWritten<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func set(_ new: Value) {
        value.withLock { $0 = new }
        isThere.signal()
    }

    func wait() -> Value {
        while true {
            isThere.wait()
            if let value = value.withLock(\.self) { return value }
        }
    }
}

/// Threads that do the same again and again, until they are told to stop.
final class Crew: Sendable {
    private let isOver = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private let size: Int
    private let failures = Mutex<[any Error]>([])

    /// - Parameter member: called on each thread with its number from 0; returns what to do, told the round from 0.
    ///   What either throws ends that thread.
    init(_ size: Int, _ member: @escaping @Sendable (_ number: Int) throws -> (_ round: Int) throws -> Void) {
        self.size = size
        for number in 0..<size {
            Thread.detachNewThread { [self] in
                var round = 0
                do {
                    let work = try member(number)
                    while !isOver.load(ordering: .acquiring) {
                        try work(round)
                        round += 1
                    }
                } catch {
                    failures.withLock { $0.append(error) }
                }
                ended.signal()
            }
        }
    }

    /// Lets every thread finish its round and waits for it.
    ///
    /// - Throws: what a thread threw, or when one has not ended within the limit.
    func stop(within limit: Double = 30) throws {
        isOver.store(true, ordering: .releasing)
        let end = DispatchTime.now() + limit
        for _ in 0..<size {
            guard ended.wait(timeout: end) == .success else { throw Unfinished() }
        }
        if let failure = failures.withLock({ $0.first }) { throw failure }
    }

    /// Whether a thread has ended by what it threw.
    var hasFailed: Bool { failures.withLock { !$0.isEmpty } }

    /// To be called in a `defer`: nothing goes on after a test that failed.
    func abandon() { isOver.store(true, ordering: .releasing) }

    struct Unfinished: Error {}
}
