import Synchronization
import Testing
import Threads

struct DelayedTasksTests {
    private final class Seen: Sendable {
        private let numbers = Mutex<[Int]>([])
        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
        var all: [Int] { numbers.withLock(\.self) }
    }

    @Test func runsInTheOrderOfTheTimesAndNotBefore() throws {
        let line = try DelayedTasks(capacity: 10)
        let seen = Seen()
        let done = Queue<ContinuousClock.Instant>()
        let begun = ContinuousClock.now
        for (number, delay) in [(3, 120), (1, 40), (2, 80)] {
            #expect(
                line.submit(after: .milliseconds(delay)) {
                    seen.add(number)
                    _ = done.put(.now)
                })
        }
        var times: [ContinuousClock.Instant] = []
        while times.count < 3 { times += done.take() }
        #expect(seen.all == [1, 2, 3])
        for (time, delay) in zip(times, [40, 80, 120]) { #expect(time - begun >= .milliseconds(delay)) }
        line.stop()
    }

    @Test func refusesMoreThanItHolds() throws {
        let line = try DelayedTasks(capacity: 2)
        let seen = Seen()
        for number in 0..<3 {
            #expect(line.submit(after: .seconds(60)) { seen.add(number) } == (number < 2))
        }
        line.stop()
        #expect(seen.all.sorted() == [0, 1], "what waits is run at the end")
        #expect(!line.submit(after: .zero) { seen.add(9) })
    }
}
