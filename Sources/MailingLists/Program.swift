import Glibc

/// Another program of this machine.
enum Program {
    /// Runs it, with nothing on its standard input and its messages on ours, and waits for its end.
    /// - Parameter limit: after this time it is killed.
    /// - Returns: its exit status; 128 and the signal's number when it was killed; nil when it cannot be started.
    static func run(_ path: String, _ arguments: [String], within limit: Duration) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        // What it prints is for people at a terminal.
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { for variable in variables { free(variable) } }
        var child = pid_t()
        guard posix_spawn(&child, path, &actions, nil, &words, &variables) == 0 else { return nil }
        let end = ContinuousClock.now + limit
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) == 0 {
            if .now >= end { kill(child, SIGKILL) }
            usleep(2_000)
        }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }
}
