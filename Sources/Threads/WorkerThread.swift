import Glibc

/// A POSIX thread of ours, running one function to its end.
package struct WorkerThread: Sendable {
    private let id: pthread_t

    /// Starts `body` on a thread of its own. Signals stay with the threads that already have them: the new thread
    /// inherits the caller's mask.
    ///
    /// - Parameter name: what the thread is for, said when it cannot be started.
    /// - Throws: `StartError` when the system has no more threads to give.
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
