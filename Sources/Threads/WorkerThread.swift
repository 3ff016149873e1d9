import Glibc

// Threads wraps POSIX threads and condition variables. Work goes from thread to thread as values through a `Queue`; a
// `DelayedTasks` runs functions later. Both wait on a `Monitor`. No other file calls pthread_create(3).

/// A POSIX thread that runs one function to its end.
package struct WorkerThread: Sendable {
    private let id: pthread_t

    /// Starts `body` on a new thread, which inherits the caller's signal mask.
    ///
    /// - Parameter name: what the thread is for; named in the error.
    /// - Throws: `StartError` when the system refuses another thread.
    package init(named name: String, _ body: @escaping @Sendable () -> Void) throws(StartError) {
        let box = Unmanaged.passRetained(Body(run: body))
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw StartError(name: name, code: code)
        }
        self.id = id
    }

    /// Waits until the thread's function has returned. To be called once.
    package func join() {
        pthread_join(id, nil)
    }

    package struct StartError: Error, CustomStringConvertible {
        let name: String
        /// An `errno` value.
        let code: Int32
        package var description: String { "thread \(name) cannot be started: \(String(cString: strerror(code)))" }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
