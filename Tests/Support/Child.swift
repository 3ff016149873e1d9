import Glibc

/// A child process, started by `posix_spawn` itself: Foundation's `Process` crashed in `run()` when several tests
/// started programs at the same moment, and lets children inherit the blocked signals of a test's thread, so that they
/// never see a SIGTERM.
final class Child {
    let identifier: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - command: absolute path and arguments. A command that is not there ends with status 127.
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
        try Self.closeOthers(&actions)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // In "/": who owns nothing may not be able to enter the directory the tests run in.
        var arguments = (["/usr/bin/env", "--chdir=/"] + command).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var number: pid_t = 0
        let problem = posix_spawn(&number, "/usr/bin/env", &actions, &attributes, &arguments, &variables)
        guard problem == 0 else {
            throw Program.Failure(description: "no process for \(command[0]): \(String(cString: strerror(problem)))")
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

    /// Closes every further descriptor in the child: what another test has open must not live on in a server.
    ///
    /// The function is in glibc since 2.34, but its declaration is hidden from Swift.
    private static func closeOthers(_ actions: inout posix_spawn_file_actions_t) throws {
        typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
            throw Program.Failure(description: "needs glibc 2.34")
        }
        _ = unsafeBitCast(symbol, to: Function.self)(&actions, 3)
    }
}
