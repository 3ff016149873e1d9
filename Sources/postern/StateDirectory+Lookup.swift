import Glibc
import MailStore

/// For the tools that read the DNS, which may run as a user to whom the state is closed.
extension StateDirectory {
    /// Whether this user may not look into it: nobody of those who write it.
    var isClosed: Bool { access(directory(of: .api), X_OK) != 0 && errno == EACCES }

    /// The server's socket, for who has nothing but that: whoever names it, and who may not read the state. Nil for
    /// those who find the server through the state, or are the writer in its place.
    func socketAlone(_ arguments: Arguments) -> String? {
        arguments[.serverSocket] ?? (isClosed && path == Self.usualPath ? Serve.usualSocket : nil)
    }

    /// Takes the lock of such a tool; it lies beside the sessions, or where the unit has a place of its own.
    /// - Throws: `Locked` when another process has it in either place.
    func lock(lookup role: Role, _ arguments: Arguments) throws -> RoleLock {
        if isClosed, socketAlone(arguments) != nil {
            // As systemd names it to the service.
            let directory = getenv("RUNTIME_DIRECTORY").map { String(cString: $0) } ?? Self.unitDirectory
            guard access(directory, F_OK) == 0 else {
                throw ExitError("\(directory) is missing: this user needs it for his lock", code: .configuration)
            }
            return try lock(role, inOwn: directory)
        }
        try requireFiles()
        return try lock(role, beside: path == Self.usualPath ? unitLock(role) : nil)
    }

    /// RuntimeDirectory of postern-spf-refresh.service.
    private static let unitDirectory = "/run/postern-spf"

    /// The unit's lock. Nil where it has not run since the boot, and for whom its directory is closed.
    private func unitLock(_ role: Role) throws -> RoleLock? {
        // Only a lock is set: nothing there is made, read, written or given away, whatever its owner has put there.
        let descriptor = open("\(Self.unitDirectory)/\(role.rawValue)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        let lock = RoleLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw Locked(role: role, path: path) }
        return lock
    }
}
