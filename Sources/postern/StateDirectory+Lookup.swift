import Glibc
import MailStore

/// For the tools that ask the DNS, which may run as a user who may not enter the state.
extension StateDirectory {
    /// Whether this user may not enter the state, and so cannot be its writer.
    var isAccessDenied: Bool { access(directoryPath(of: .api), X_OK) != 0 && errno == EACCES }

    /// The server's socket, when the state is not to be used: because `--socket` names one, or because this user may
    /// not enter the state. Nil otherwise: the tool then finds the server through the state, or is the writer itself.
    func socketAlone(_ arguments: Arguments) -> String? {
        arguments[.serverSocket] ?? (isAccessDenied && path == Self.defaultPath ? Serve.defaultSocket : nil)
    }

    /// Takes the lock of such a tool. The lock file is in `api/` of the state; for a user who may not enter the state,
    /// it is in the RuntimeDirectory of postern-spf-refresh.service. A user who may open both files takes both locks.
    ///
    /// - Throws: `Locked` when another process has one of them.
    func takeLookupLock(_ role: Role, _ arguments: Arguments) throws -> RoleLock {
        if isAccessDenied, socketAlone(arguments) != nil {
            // Set by systemd: systemd.exec(5).
            let directory = getenv("RUNTIME_DIRECTORY").map { String(cString: $0) } ?? Self.unitDirectory
            guard access(directory, F_OK) == 0 else {
                throw ExitError("\(directory) is missing: this user needs it for its lock", code: .configuration)
            }
            return try takeOwnLock(role, in: directory)
        }
        try requireFiles()
        return try takeStateLock(role, beside: path == Self.defaultPath ? takeUnitLock(role) : nil)
    }

    /// RuntimeDirectory of postern-spf-refresh.service.
    private static let unitDirectory = "/run/postern-spf"

    /// Takes the lock in the unit's directory. Nil when the unit has not run since the boot, or this user may not enter
    /// that directory.
    private func takeUnitLock(_ role: Role) throws -> RoleLock? {
        // The owner of the directory may have put anything there. So the file is locked, and never read or written.
        let descriptor = open("\(Self.unitDirectory)/\(role.rawValue)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        return try RoleLock(role, of: self, on: descriptor)
    }
}
