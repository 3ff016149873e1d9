import Synchronization
import Testing
import Threads

struct QueueTests {
    @Test func handsOverInOrder() {
        let queue = Queue<Int>()
        for number in 1...5 { #expect(queue.put(number)) }
        #expect(queue.count == 5)
        #expect(queue.take(atMost: 2) == [1, 2])
        #expect(queue.take() == [3, 4, 5])
        #expect(queue.count == 0)
    }

    @Test func aFullQueueTakesNothing() {
        let queue = Queue<Int>(capacity: 2)
        #expect(queue.put(1) && queue.put(2))
        #expect(!queue.put(3))
        #expect(queue.take(atMost: 1) == [1])
        #expect(queue.put(4))
        #expect(queue.take() == [2, 4])
    }

    @Test func aClosedQueueTakesNothingAndHandsOutTheRest() {
        let queue = Queue<Int>()
        _ = queue.put(1)
        queue.close()
        #expect(!queue.put(2))
        #expect(queue.take() == [1])
        #expect(queue.take() == [])
    }

    @Test func whoWaitsIsWokenByAnElement() throws {
        let queue = Queue<Int>()
        let results = Queue<[Int]>()
        let thread = try WorkerThread(named: "test") { _ = results.put(queue.take()) }
        _ = queue.put(7)
        #expect(results.take() == [[7]])
        thread.join()
    }

    @Test func whoDoesNotWantToWaitLongerGetsNothing() throws {
        let queue = Queue<Int>()
        let begin = ContinuousClock.now
        #expect(queue.take(until: begin + .milliseconds(30)) == nil)
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
        _ = queue.put(7)
        #expect(queue.take(until: begin) == [7])
        queue.close()
        #expect(queue.take(until: begin) == [])
    }

    @Test func whoWaitsForAWhileIsWokenByAnElement() throws {
        let queue = Queue<Int>()
        let results = Queue<[Int]?>()
        let thread = try WorkerThread(named: "test") { _ = results.put(queue.take(until: .now + .seconds(60))) }
        _ = queue.put(7)
        #expect(results.take() == [[7]])
        thread.join()
    }

    @Test func everybodyWhoWaitsIsWokenByTheEnd() throws {
        let queue = Queue<Int>()
        let ended = Atomic(0)
        let threads = try (1...4).map { _ in
            try WorkerThread(named: "test") {
                if queue.take().isEmpty { ended.add(1, ordering: .relaxed) }
            }
        }
        queue.close()
        for thread in threads { thread.join() }
        #expect(ended.load(ordering: .relaxed) == 4)
    }

    @Test func nothingIsLostOrDoubledBetweenManyThreads() throws {
        let queue = Queue<Int>()
        let taken = Mutex<[Int]>([])
        let takers = try (1...3).map { _ in
            try WorkerThread(named: "taker") {
                while true {
                    let elements = queue.take(atMost: 5)
                    if elements.isEmpty { return }
                    taken.withLock { $0 += elements }
                }
            }
        }
        let givers = try (0..<4).map { giver in
            try WorkerThread(named: "giver") {
                for number in 0..<1000 { _ = queue.put(giver * 1000 + number) }
            }
        }
        for giver in givers { giver.join() }
        queue.close()
        for taker in takers { taker.join() }
        #expect(taken.withLock(\.self).sorted() == Array(0..<4000))
    }
}

struct WorkerThreadTests {
    @Test func runsItsFunctionOnceAndIsJoined() throws {
        let runs = Atomic(0)
        try WorkerThread(named: "test") { runs.add(1, ordering: .relaxed) }.join()
        #expect(runs.load(ordering: .relaxed) == 1)
    }
}
