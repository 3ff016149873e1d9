import Gateway
import Synchronization

/// Something that can be read off at any moment, such as the length of a queue.
package struct Gauge: Sendable {
    /// As in Prometheus: `postern_…`, with its unit at the end; `_total` for what only grows.
    package let name: String
    package let meaning: String
    package let value: Int

    package init(_ name: String, _ meaning: String, _ value: Int) {
        self.name = name
        self.meaning = meaning
        self.value = value
    }
}

/// Counts requests and their times by route, since the start.
package final class Metrics: Sendable {
    /// The figures of one method and path.
    struct RouteFigures: Sendable {
        let method: String
        /// `-` for requests without a route.
        let path: String
        /// Requests by HTTP status.
        fileprivate(set) var statuses: [Int: Int] = [:]
        /// Refused requests by the word of the refusal.
        fileprivate(set) var words: [String: Int] = [:]
        fileprivate(set) var times = Histogram()

        fileprivate mutating func add(_ record: RequestRecord) {
            statuses[record.status.rawValue, default: 0] += 1
            if let word = record.word { words[word, default: 0] += 1 }
            times.add(record.duration)
        }
    }

    private struct RouteKey: Hashable {
        let method: String
        let path: String
    }

    private let routes = Mutex<[RouteKey: RouteFigures]>([:])
    private let begun = ContinuousClock.now

    package init() {}

    /// Seconds since the start.
    package var uptime: Int { Int((ContinuousClock.now - begun).components.seconds) }

    package func add(_ record: RequestRecord) {
        // Without a route, method and path are whatever a client sends: all such requests count as one.
        let key = RouteKey(method: record.route == nil ? "-" : record.method, path: record.route ?? "-")
        routes.withLock { $0[key, default: RouteFigures(method: key.method, path: key.path)].add(record) }
    }

    /// Ascending by path.
    var all: [RouteFigures] {
        routes.withLock { Array($0.values) }.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    }

    /// How many requests took how long, in buckets: a quantile is too large by a fifth of itself at most.
    struct Histogram: Sendable {
        private(set) var count = 0
        /// Microseconds.
        private(set) var sum = 0
        /// Four buckets for each doubling of the time.
        private var buckets = [Int](repeating: 0, count: 4 * 40)

        fileprivate mutating func add(_ duration: Duration) {
            let (seconds, attoseconds) = duration.components
            let time = max(0, Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000))
            count += 1
            sum += time
            buckets[Self.bucket(time)] += 1
        }

        /// The time, in microseconds, that this part of the requests did not exceed; 0 without any request.
        func quantile(_ part: Double) -> Int {
            var left = Int((Double(count) * part).rounded(.up))
            for (index, number) in buckets.enumerated() where number > 0 {
                left -= number
                if left <= 0 { return Self.end(index) }
            }
            return 0
        }

        private static func bucket(_ time: Int) -> Int {
            guard time >= 4 else { return time }
            let power = Int.bitWidth - 1 - time.leadingZeroBitCount
            return min(4 * (power - 1) + (time >> (power - 2)) & 3, 4 * 40 - 1)
        }

        /// The largest time of a bucket.
        private static func end(_ bucket: Int) -> Int {
            guard bucket >= 4 else { return bucket }
            let power = bucket / 4 + 1
            return (bucket % 4 + 5) << (power - 2) - 1
        }
    }
}
