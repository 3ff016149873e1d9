/// A first-in, first-out queue between threads.
///
/// `@unchecked Sendable`: every access to `elements` and `isEnded` is inside `monitor.locked`.
package final class Queue<Element: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private let monitor = Monitor()
    private var elements: [Element] = []
    private var isEnded = false

    /// - Parameter capacity: how many elements may wait; a further one is refused by `put`.
    package init(capacity: Int = .max) {
        self.capacity = capacity
    }

    /// True after `close`.
    package var isClosed: Bool { monitor.locked { isEnded } }

    /// How many elements wait.
    package var count: Int { monitor.locked { elements.count } }

    /// Adds an element at the end.
    /// - Parameter evenIfFull: ignores the capacity: for what must not be lost and is limited elsewhere.
    /// - Returns: false when the queue is full or closed; the element is then not added.
    package func put(_ element: Element, evenIfFull: Bool = false) -> Bool {
        monitor.locked {
            guard !isEnded, evenIfFull || elements.count < capacity else { return false }
            elements.append(element)
            monitor.signal()
            return true
        }
    }

    /// Waits until there are elements and takes all of them, at most `limit`, in order. Empty only when the queue is
    /// closed and nothing is left.
    package func take(atMost limit: Int = .max) -> [Element] {
        take(atMost: limit, until: nil) ?? []
    }

    /// The same, but nil when there is no element until `time`.
    package func take(atMost limit: Int = .max, until time: ContinuousClock.Instant?) -> [Element]? {
        monitor.locked {
            while elements.isEmpty && !isEnded {
                if let time, ContinuousClock.now >= time { return nil }
                monitor.wait(until: time)
            }
            // The usual case: the whole array, without a copy.
            if elements.count <= limit {
                defer { elements = [] }
                return elements
            }
            let taken = Array(elements[..<limit])
            elements.removeFirst(limit)
            return taken
        }
    }

    /// From now on `put` adds nothing; what waits can still be taken.
    package func close() {
        monitor.locked {
            isEnded = true
            monitor.broadcast()
        }
    }
}
