import Foundation
import Glibc

/// A PostgreSQL server of a test's own, which is killed, stopped and replaced; it goes with the value.
///
/// It listens on a socket in its directory only and takes anybody of this machine in without a password. What it has
/// answered survives the end of its processes, not that of the machine.
package final class PostgreSQLCluster {
    /// The directory of the newest server's programs.
    private static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
            .first { Program.isInstalled("\($0)/postgres") && Program.isInstalled("\($0)/initdb") }
    }()
    private static let user = ProcessUser(named: "postgres")
    package static let isInstalled = programs != nil && user != nil && Program.isInstalled("/usr/bin/psql")

    package let directory: TemporaryDirectory
    package let port: Int
    private var process: RunningProgram?

    private var data: String { "\(directory.path)/data" }
    /// For somebody who may do everything.
    package var connection: String { "host=\(directory.path) port=\(port) user=postgres" }
    package var log: String { process?.text ?? "" }

    /// An empty one, started.
    package convenience init(port: Int = 5432) throws {
        try self.init(on: port)
        try run("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"])
        try configure([
            "listen_addresses = ''", "port = \(port)", "unix_socket_directories = '\(directory.path)'",
            "max_connections = 200", "shared_buffers = 32MB", "fsync = off", "full_page_writes = off",
            "wal_level = replica", "max_wal_senders = 4",
            // In its directory: killed, it leaves nothing behind in the machine's memory.
            "dynamic_shared_memory_type = mmap",
        ])
        try start()
    }

    /// A standby that receives everything from another one, started.
    package convenience init(following primary: PostgreSQLCluster, port: Int) throws {
        try self.init(on: port)
        try follow(primary)
    }

    /// Becomes a standby that receives everything from another one, with a new copy of it, and starts.
    package func follow(_ primary: PostgreSQLCluster) throws {
        if FileManager.default.fileExists(atPath: data) { try FileManager.default.removeItem(atPath: data) }
        try run(
            "pg_basebackup",
            ["-d", primary.connection, "-D", data, "-X", "stream", "-c", "fast", "--no-sync"])
        try configure([
            "port = \(port)", "unix_socket_directories = '\(directory.path)'",
            "primary_conninfo = '\(primary.connection) application_name=standby'", "hot_standby = on",
            "synchronous_standby_names = ''",
        ])
        guard FileManager.default.createFile(atPath: "\(data)/standby.signal", contents: nil) else {
            throw Program.Failure(description: "no standby.signal in \(data)")
        }
        try start()
    }

    private init(on port: Int) throws {
        directory = try TemporaryDirectory(isForServer: true)
        self.port = port
        if let user = Self.user { chown(directory.path, user.user, user.group) }
    }

    deinit { kill9() }

    private func run(_ program: String, _ arguments: [String]) throws {
        let result = try Program.run(
            "\(Self.programs ?? "")/\(program)", arguments, as: Self.user, limit: .seconds(120))
        guard result.status == 0 else {
            throw Program.Failure(description: "\(program): \(result.status) \(result.errorOutput)")
        }
    }

    /// Adds lines to its configuration: the last one of a name holds.
    package func configure(_ lines: [String]) throws {
        let file = "\(data)/postgresql.conf"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: false, encoding: .utf8)
    }

    /// Has the configuration read again.
    package func reload() { signal(SIGHUP) }

    /// Starts it and waits until it takes statements.
    package func start() throws {
        let process = try RunningProgram("\(Self.programs ?? "")/postgres", ["-D", data], as: Self.user)
        self.process = process
        let isReady = Program.wait(atMost: .seconds(60)) {
            !process.isRunning || (try? sql("postgres", "SELECT 1")) == "1\n"
        }
        guard isReady, process.isRunning else {
            throw Program.Failure(description: "PostgreSQL does not start: \(log)")
        }
    }

    private func signal(_ number: Int32) {
        if let process, process.isRunning { kill(process.identifier, number) }
    }

    /// - Throws: when it is still there after a minute.
    private func end(by number: Int32) throws {
        signal(number)
        guard Program.wait(atMost: .seconds(60), until: { process?.isRunning != true }) else {
            throw Program.Failure(description: "PostgreSQL does not end: \(log)")
        }
    }

    /// Ends it in order, without waiting for its clients (`pg_ctl stop -m fast`).
    package func stop() throws { try end(by: SIGINT) }

    /// Ends it without a checkpoint (`pg_ctl stop -m immediate`): the next start has to recover.
    package func stopImmediately() throws { try end(by: SIGQUIT) }

    /// Ends all its processes in the middle of whatever they do, as the end of a machine does.
    package func kill9() {
        guard let process, process.isRunning else { return }
        // It must not start others meanwhile.
        signal(SIGSTOP)
        for child in children { kill(child, SIGKILL) }
        signal(SIGKILL)
        process.stop()
    }

    /// Stops all its processes where they are, as a machine does that hangs: connections stay open, and nobody answers.
    package func freeze() {
        signal(SIGSTOP)
        for child in children { kill(child, SIGSTOP) }
    }

    package func thaw() {
        for child in children { kill(child, SIGCONT) }
        signal(SIGCONT)
    }

    private var children: [pid_t] {
        guard let process, process.isRunning else { return [] }
        let path = "/proc/\(process.identifier)/task/\(process.identifier)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Ends the process behind one connection; the server then ends all others and recovers by itself.
    ///
    /// - Parameter condition: on `pg_stat_activity`.
    package func killBackend(where condition: String) throws {
        let number = try sql("postgres", "SELECT pid FROM pg_stat_activity WHERE \(condition) LIMIT 1")
        guard let pid = pid_t(number.trimmingCharacters(in: .newlines)) else {
            throw Program.Failure(description: "no connection where \(condition)")
        }
        kill(pid, SIGKILL)
    }

    /// From now on each commit waits for the standby, which must have been started.
    package func requireStandby() throws {
        try configure(["synchronous_standby_names = 'standby'"])
        reload()
        let isFollowed = try Program.wait(atMost: .seconds(60)) {
            try sql("postgres", "SELECT sync_state FROM pg_stat_replication") == "sync\n"
        }
        guard isFollowed else { throw Program.Failure(description: "nobody follows the primary: \(log)") }
    }

    /// Makes a primary of this standby; returns when it is one.
    package func promote() throws {
        guard try sql("postgres", "SELECT pg_promote(true, 60)") == "t\n" else {
            throw Program.Failure(description: "the standby is not promoted: \(log)")
        }
    }

    /// Lets this standby repeat nothing more of what it receives, until `resumeReplay`.
    package func pauseReplay() throws {
        try sql("postgres", "SELECT pg_wal_replay_pause()")
        let isPaused = try Program.wait(atMost: .seconds(20)) {
            try sql("postgres", "SELECT pg_get_wal_replay_pause_state()") == "paused\n"
        }
        guard isPaused else { throw Program.Failure(description: "the replay goes on: \(log)") }
    }

    package func resumeReplay() throws { try sql("postgres", "SELECT pg_wal_replay_resume()") }

    /// Runs SQL past Postern; a line for each row, `|` between the values.
    @discardableResult
    package func sql(_ database: String, _ script: String) throws -> String {
        let result = try Program.run(
            "/usr/bin/psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "\(connection) dbname=\(database)"],
            input: script + ";\n", limit: .seconds(60))
        guard result.status == 0 else { throw Program.Failure(description: "\(script): \(result.errorOutput)") }
        return result.output
    }
}
