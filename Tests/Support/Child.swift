import Glibc

/// A child process, started by `posix_spawn` itself: Foundation's `Process` crashed in `run()` when several tests
/// started programs at the same moment, and lets children inherit the blocked signals of a test's thread, so that they
/// never see a SIGTERM.
final class Child {
    let identifier: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - command: absolute path and arguments.
    ///   - input: the file to read from.
    ///   - output: the existing files that standard output and standard error go to.
    init(
        _ command: [String], environment: [String: String], input: String, output: (standard: String, error: String)
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.standard, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_addopen(&actions, 2, output.error, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, "/")

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var number: pid_t = 0
        let problem = posix_spawn(&number, command[0], &actions, &attributes, &arguments, &variables)
        guard problem == 0 else {
            throw Program.Failure(description: "\(command[0]) does not start: \(String(cString: strerror(problem)))")
        }
        identifier = number
    }

    /// The exit status, 128 + the signal's number after a signal; nil while it runs.
    var exitStatus: Int32? {
        if let status { return status }
        var word: Int32 = 0
        guard waitpid(identifier, &word, WNOHANG) == identifier else { return nil }
        let signal = word & 0x7f
        status = signal == 0 ? (word >> 8) & 0xff : 128 + signal
        return status
    }

    /// Waits for the end; kills the child when the time is over.
    ///
    /// - Returns: the exit status, and whether the child ended by itself in time.
    func end(within limit: Duration) -> (status: Int32, inTime: Bool) {
        if Program.wait(atMost: limit, until: { exitStatus != nil }) { return (exitStatus ?? 0, true) }
        kill(identifier, SIGKILL)
        // A killed process cannot refuse to end.
        while exitStatus == nil { usleep(1_000) }
        return (exitStatus ?? 0, false)
    }
}
