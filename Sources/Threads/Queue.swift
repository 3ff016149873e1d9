/// A first-in, first-out hand-over between threads.
///
/// `@unchecked Sendable`: every access to `elements` and `isEnded` is under the monitor.
package final class Queue<Element: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private let monitor = Monitor()
    private var elements: [Element] = []
    private var isEnded = false

    /// - Parameter capacity: how many elements may wait; a further one is refused by `put`.
    package init(capacity: Int = .max) {
        self.capacity = capacity
    }

    /// Whether nothing more is accepted.
    package var isClosed: Bool { monitor.locked { isEnded } }

    /// How many elements wait.
    package var count: Int { monitor.locked { elements.count } }

    /// False when the queue is full or closed; the element is not taken then.
    /// - Parameter evenIfFull: for what must not be lost, and is limited elsewhere.
    package func put(_ element: Element, evenIfFull: Bool = false) -> Bool {
        monitor.locked {
            guard !isEnded, evenIfFull || elements.count < capacity else { return false }
            elements.append(element)
            monitor.tellOne()
            return true
        }
    }

    /// Waits for elements and takes all that are there, at most `limit`, in order.
    /// Empty only when the queue is closed and nothing is left.
    package func take(atMost limit: Int = .max) -> [Element] {
        take(atMost: limit, until: nil) ?? []
    }

    /// The same, but nil when nothing has come until `time`.
    package func take(atMost limit: Int = .max, until time: ContinuousClock.Instant?) -> [Element]? {
        monitor.locked {
            while elements.isEmpty && !isEnded {
                if let time, ContinuousClock.now >= time { return nil }
                monitor.wait(until: time)
            }
            // As a whole, mostly, so that nothing is copied.
            if elements.count <= limit {
                defer { elements = [] }
                return elements
            }
            let taken = Array(elements[..<limit])
            elements.removeFirst(limit)
            return taken
        }
    }

    /// Nothing more is accepted; what waits is still handed out.
    package func close() {
        monitor.locked {
            isEnded = true
            monitor.tellAll()
        }
    }
}
