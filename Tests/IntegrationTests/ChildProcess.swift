import Foundation
import Glibc
import Support

/// A program that runs beside the test. It ends with this value, and with the test process, whatever happens.
final class ChildProcess {
    let pid: pid_t
    private var status: Int32?

    /// - Parameters:
    ///   - command: the program's absolute path and its arguments.
    ///   - log: the file that gets all output, appended.
    ///   - input: the file for standard input.
    ///   - descriptor: handed over as descriptor 3, announced as systemd does.
    init(
        _ command: [String], as user: ProcessUser? = nil, log: String, input: String = "/dev/null",
        passing descriptor: Int32? = nil
    ) throws {
        let prefix = user?.prefix ?? ["/usr/bin/setpriv"]
        // The announcement names the process, which only the process itself knows in time.
        let announcing = descriptor == nil ? [] : ["/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"", "sh"]
        let arguments = prefix + ["--pdeathsig", "TERM", "--"] + announcing + command
        let result = Spawner.shared.run { Self.spawn(arguments, log: log, input: input, passing: descriptor) }
        guard result.code == 0 else {
            throw Program.Failure(description: "\(command[0]): \(String(cString: strerror(result.code)))")
        }
        pid = result.pid
    }

    deinit { end() }

    var isRunning: Bool {
        guard status == nil else { return false }
        var code: Int32 = 0
        let result = waitpid(pid, &code, WNOHANG)
        if result == pid {
            status = code & 0x7f == 0 ? code >> 8 & 0xff : 128 + (code & 0x7f)
        } else if result < 0, errno == ECHILD {
            status = -1
        }
        return status == nil
    }

    func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Sends a signal and waits for the end.
    ///
    /// - Returns: the exit status; 128 + the signal's number when one ended it; nil when it still runs after `limit`.
    func stop(_ number: Int32 = SIGTERM, within limit: Duration = .seconds(6)) -> Int32? {
        signal(number)
        return Program.wait(atMost: limit) { !isRunning } ? status : nil
    }

    /// The exit status once it has ended by itself; nil when it still runs after `limit`.
    func exitStatus(within limit: Duration) -> Int32? {
        Program.wait(atMost: limit) { !isRunning } ? status : nil
    }

    /// Ends it, at last by force, with the children that it would leave behind.
    func end() {
        guard isRunning, stop(SIGTERM, within: .seconds(8)) == nil else { return }
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        for child in children.split(separator: " ").compactMap({ pid_t($0) }) { kill(child, SIGKILL) }
        _ = stop(SIGKILL, within: .seconds(5))
    }

    /// Resident memory in KiB.
    var residentMemory: Int { memory("VmRSS:") }

    /// The most it ever was, in KiB.
    var peakMemory: Int { memory("VmHWM:") }

    /// Virtual memory in KiB.
    var addressSpace: Int { memory("VmSize:") }

    private func memory(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// Number of open descriptors but those of databases: a worker opens its own at the first request it is given, so
    /// theirs tells which worker was asked, not what was left open.
    var descriptors: Int { openFiles.count { !$0.contains(".db") } }

    /// What each open descriptor leads to: a path, `socket:[…]`, `anon_inode:[…]`.
    var openFiles: [String] {
        let directory = "/proc/\(pid)/fd"
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return numbers.map { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(number)")) ?? "closed meanwhile"
        }
    }

    private static func spawn(
        _ arguments: [String], log: String, input: String, passing descriptor: Int32?
    ) -> (code: Int32, pid: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let descriptor { posix_spawn_file_actions_adddup2(&actions, descriptor, 3) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A thread that runs tests may block or ignore signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let variables = Program.environment.map { "\($0.key)=\($0.value)" }
        let environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &actions, &attributes, words, environment)
        return (code, pid)
    }
}

/// The thread all programs are started on. The kernel ends a child when the *thread* that started it ends, and the
/// threads that tests run on come and go.
private final class Spawner: Sendable {
    static let shared = Spawner()
    private let jobs = SpawnerJobs()

    private init() {
        Thread.detachNewThread { [jobs] in while true { jobs.take()() } }
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
        let outcome = OnceWritten<Value>()
        jobs.put { outcome.set(body()) }
        return outcome.wait()
    }
}
