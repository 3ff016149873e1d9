/// Finds a short sequence that still does what a long one does (delta debugging).
enum Shrinking {
    /// Leaves out ever smaller runs of elements while what is left still fails.
    ///
    /// - Parameters:
    ///   - limit: after which the shortest sequence found so far is good enough.
    ///   - fails: whether a sequence still does it; true for `elements`.
    /// - Returns: a sequence from which no single element can be left out, unless the time was over.
    static func shortest<Element>(
        of elements: [Element], within limit: Duration = .seconds(60), where fails: ([Element]) throws -> Bool
    ) rethrows -> [Element] {
        let end = ContinuousClock.now + limit
        var shortest = elements
        var size = max(1, shortest.count / 2)
        while true {
            var start = 0
            var isShorter = false
            while start < shortest.count {
                guard ContinuousClock.now < end else { return shortest }
                var candidate = shortest
                candidate.removeSubrange(start..<min(start + size, shortest.count))
                if try !candidate.isEmpty && fails(candidate) {
                    shortest = candidate
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size == 1, !isShorter { return shortest }
            size = max(1, min(size / 2, shortest.count / 2))
        }
    }
}
