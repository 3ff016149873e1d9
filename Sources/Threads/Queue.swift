import Glibc

/// A first-in, first-out hand-over between threads.
///
/// `@unchecked Sendable`: every access to `elements` and `isEnded` is under `mutex`; the class is the lock.
package final class Queue<Element: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var elements: [Element] = []
    private var isEnded = false

    /// - Parameter capacity: how many elements may wait; a further one is refused by `put`.
    package init(capacity: Int = .max) {
        self.capacity = capacity
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Whether nothing more is accepted.
    package var isClosed: Bool { locked { isEnded } }

    /// How many elements wait.
    package var count: Int { locked { elements.count } }

    /// False when the queue is full or closed; the element is not taken then.
    package func put(_ element: Element) -> Bool {
        locked {
            guard !isEnded, elements.count < capacity else { return false }
            elements.append(element)
            pthread_cond_signal(changed)
            return true
        }
    }

    /// Waits for elements and takes all that are there, at most `limit`, in order.
    /// Empty only when the queue is closed and nothing is left.
    package func take(atMost limit: Int = .max) -> [Element] {
        locked {
            while elements.isEmpty && !isEnded { pthread_cond_wait(changed, mutex) }
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
        locked {
            isEnded = true
            pthread_cond_broadcast(changed)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
