import Gateway
import Glibc
import MailStore
import PasswordHash
import Threads

/// Slow work that waits as long as a test wants. Nothing here waits for ever.
extension TestAPI {
    /// Keeps the pool's one thread busy while `body` runs: slow work that is begun in it waits.
    func holdingPool<Result>(_ body: () throws -> Result) throws -> Result {
        let (begun, over) = (Queue<Void>(), Queue<Void>())
        let isQueued = pool.submit {
            _ = begun.put(())
            _ = over.take()
        }
        guard isQueued, begun.take(until: Self.patience) != nil else { throw NoAnswer() }
        defer { over.close() }
        return try body()
    }

    /// Keeps the writer busy while `body` runs: changes wait.
    /// - Parameter count: how many changes have to wait before it goes on, besides what `body` waits for.
    func holdingWriter<Result>(until count: Int = 0, _ body: () throws -> Result) throws -> Result {
        let (begun, over) = (Queue<Void>(), Queue<Void>())
        let isQueued = writer.submit(
            { _ in
                _ = begun.put(())
                _ = over.take()
            }, done: { _ in })
        guard isQueued, begun.take(until: Self.patience) != nil else { throw NoAnswer() }
        defer { over.close() }
        let result = try body()
        let end = Self.patience
        while writer.waiting < count {
            guard ContinuousClock.now < end else { throw NoAnswer() }
            usleep(1000)
        }
        return result
    }

    /// Fills the pool's queue as well while `body` runs, so that it takes nothing more; it is empty again afterwards.
    func fillingPool<Result>(_ body: () throws -> Result) throws -> Result {
        let result = try holdingPool {
            while pool.submit({}) {}
            return try body()
        }
        // Not until the last of them has run: others may be queued behind it.
        let end = ContinuousClock.now + .seconds(60)
        while pool.waiting > 0 {
            guard .now < end else { throw NoAnswer() }
            usleep(1000)
        }
        return result
    }

    /// Keeps the thread of the delay line busy while `body` runs: whoever is delayed in it stays there.
    func holdingDelays<Result>(_ body: () throws -> Result) throws -> Result {
        let (begun, over) = (Queue<Void>(), Queue<Void>())
        let isQueued = delays.submit(after: .zero) {
            _ = begun.put(())
            _ = over.take()
        }
        guard isQueued, begun.take(until: Self.patience) != nil else { throw NoAnswer() }
        defer { over.close() }
        return try body()
    }

    /// Fills the delay line as well while `body` runs; it is empty again afterwards.
    func fillingDelays<Result>(_ body: () throws -> Result) throws -> Result {
        let left = Queue<Void>()
        let result = try holdingDelays {
            while delays.submit(after: .zero, { _ = left.put(()) }) {}
            return try body()
        }
        while delays.count > 0 {
            guard left.take(until: Self.patience) != nil else { throw NoAnswer() }
        }
        return result
    }

    /// The answer that comes there.
    func answer(from answers: Queue<Answer>) throws -> Answer {
        guard let answer = answers.take(until: Self.patience)?.first else { throw NoAnswer() }
        return answer
    }

    /// Sends one request and waits for its answer.
    func answer(to request: Request) throws -> Answer {
        let answers = begin([request])
        return try answer(from: answers[0])
    }

    private static var patience: ContinuousClock.Instant { .now + .seconds(60) }
}
