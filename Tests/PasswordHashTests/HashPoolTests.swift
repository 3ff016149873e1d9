import PasswordHash
import Testing
import Threads

@Suite(.timeLimit(.minutes(1)))
struct HashPoolTests {
    @Test func refusesAtOnceWhenTheQueueIsFull() throws {
        let pool = try HashPool(threads: 1, queue: 2)
        let (started, gate, done) = (Queue<Int>(), Queue<Int>(), Queue<Int>())
        #expect(
            pool.submit {
                _ = started.put(0)
                _ = gate.take()
                _ = done.put(0)
            })
        _ = started.take()
        #expect(pool.submit { _ = done.put(1) })
        #expect(pool.submit { _ = done.put(2) })
        #expect(pool.waiting == 2)
        #expect(!pool.submit { _ = done.put(3) })
        gate.close()
        pool.stop()
        #expect(done.take() == [0, 1, 2])
    }

    @Test func holdsSixteenUnlessToldOtherwise() throws {
        let pool = try HashPool(threads: 1)
        let (started, gate) = (Queue<Int>(), Queue<Int>())
        #expect(
            pool.submit {
                _ = started.put(0)
                _ = gate.take()
            })
        _ = started.take()
        #expect((0..<20).count { _ in pool.submit {} } == 16)
        gate.close()
        pool.stop()
        #expect(pool.waiting == 0)
    }

    @Test func stopFinishesWhatIsQueuedAndTakesNothingMore() throws {
        let pool = try HashPool(threads: 2, queue: 100)
        let done = Queue<Int>()
        for number in 0..<50 {
            #expect(pool.submit { _ = done.put(number) })
        }
        pool.stop()
        #expect(done.count == 50)
        #expect(!pool.submit { _ = done.put(50) })
        pool.stop()
        #expect(done.take().sorted() == Array(0..<50))
    }

    /// Each waits until all three have started.
    @Test func worksOnAsManyAsItHasThreads() throws {
        let pool = try HashPool(threads: 3)
        let (started, gate) = (Queue<Int>(), Queue<Int>())
        for number in 0..<3 {
            #expect(
                pool.submit {
                    _ = started.put(number)
                    _ = gate.take()
                })
        }
        var seen = 0
        while seen < 3 { seen += started.take().count }
        #expect(pool.waiting == 0)
        gate.close()
        pool.stop()
    }

    @Test(arguments: [0, -1]) func hasOneThreadAtLeast(_ threads: Int) throws {
        let pool = try HashPool(threads: threads)
        let done = Queue<Int>()
        #expect(pool.submit { _ = done.put(1) })
        #expect(done.take() == [1])
        pool.stop()
    }

    /// crypt(3) itself keeps one state for all threads.
    @Test func hashesOfSeveralThreadsDoNotMix() throws {
        let pool = try HashPool(threads: 4, queue: 100)
        let hasher = PasswordHasher(bcryptCost: 10)
        let results = Queue<Bool>()
        for number in 0..<40 {
            let password = Secret("Secret\(number)!")
            #expect(
                pool.submit {
                    // A failure to hash is a wrong result like any other.
                    let text = (try? hasher.hash(password, number.isMultiple(of: 2) ? .sha512Crypt : .md5)) ?? ""
                    _ = results.put(StoredPassword(text).verifies(password))
                })
        }
        pool.stop()
        #expect(results.take() == Array(repeating: true, count: 40))
    }
}
