import Glibc
import Support

/// The lock of the one writer, held by the test.
final class StateLock {
    private let descriptor: Int32

    init(_ state: String) throws {
        descriptor = open("\(state)/api/writer.lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Program.Failure(description: "\(state): the lock cannot be had: errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    func release() { _ = flock(descriptor, LOCK_UN) }
}
