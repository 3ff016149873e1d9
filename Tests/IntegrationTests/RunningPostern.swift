import Foundation
import Glibc
import Support

/// The program, serving a state of its own on a socket that stays open while it is stopped, as systemd keeps it.
final class RunningPostern {
    static let admin = "postmaster@admin.example"
    static let password = "Admin-pw-1"

    let directory: TemporaryDirectory
    var state: String { "\(directory.path)/state" }
    var mail: String { "\(directory.path)/mail" }
    var socket: String { "\(directory.path)/postern.sock" }
    var settingsFile: String { "\(directory.path)/settings.py" }
    private var logFile: String { "\(directory.path)/log" }

    /// Where its databases are; nil for files.
    private let server: PostgreSQLCluster?
    private let listener: Int32
    /// What lies under the state; goes after the process and before the directory.
    private var foundation: Mount?
    private(set) var process: ChildProcess?

    /// Makes a state with its admin, and starts. It is at a server where `OnEachEngine` says so.
    ///
    /// - Parameters:
    ///   - settings: lines beyond those that every test needs.
    ///   - megabytes: the size of the file system that the state gets for itself; nil for none of its own.
    init(settings: [String] = [], diskOf megabytes: Int? = nil) throws {
        server = OnEachEngine.server?.cluster
        directory = try TemporaryDirectory()
        listener = try LocalSocket.listen(at: "\(directory.path)/postern.sock")
        if let megabytes {
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            foundation = try Mount(emptyAt: state, megabytes: megabytes)
        }
        // A line for each request would bury what these tests look for.
        let quiet = settings.contains { $0.hasPrefix("LOG_REQUESTS") } ? [] : ["LOG_REQUESTS = False"]
        try write(settings: settings + quiet)
        try FileManager.default.createDirectory(atPath: mail, withIntermediateDirectories: false)
        if let owner = Accounts.mail { chown(mail, owner.user, owner.group) }
        try makeDatabases()
        try start()
    }

    private func makeDatabases() throws {
        let place: [String]
        if let server {
            place = ["--database", server.connection]
            for name in ["vmail", "amavisd", "iredapd", "postern"] {
                try server.sql("postgres", "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
            }
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            chown(state, Accounts.service.user, Accounts.service.group)
        } else {
            place = ["--state", state, "--settings", settingsFile]
        }
        try PosternProgram.succeed(
            ["init"] + place + ["--admin", Self.admin, "--password-stdin"], input: Self.password + "\n")
        if server == nil { try Accounts.own(state: state) }
    }

    deinit {
        process?.end()
        foundation = nil
        close(listener)
    }

    /// Replaces the settings file; in force after a restart or SIGHUP.
    func write(settings: [String]) throws {
        let database = server.map { ["DATABASE = 'host=\($0.directory.path) port=\($0.port)'"] } ?? []
        let lines = ["ENABLE_RESTFUL_API = True", "storage_base_directory = '\(mail)/node'"] + database + settings
        try directory.write("settings.py", lines.joined(separator: "\n") + "\n")
    }

    /// - Parameter environment: variables beyond the usual ones.
    func start(environment: [String: String] = [:]) throws {
        let ready = count("ready:")
        let setting = environment.isEmpty ? [] : ["/usr/bin/env"] + environment.map { "\($0)=\($1)" }
        let process = try ChildProcess(
            setting + [PosternProgram.command, "serve", "--state", state, "--settings", settingsFile],
            as: Accounts.service, log: logFile, passing: listener)
        self.process = process
        let isReady = Program.wait(atMost: .seconds(10)) { count("ready:") > ready || !process.isRunning }
        guard isReady, process.isRunning else { throw Program.Failure(description: "Postern does not start: \(log)") }
    }

    /// Tells it to stop; the exit status, or nil when it had not ended within six seconds.
    func stop() -> Int32? {
        defer { process = nil }
        return process?.stop(SIGTERM, within: .seconds(6))
    }

    func kill9() {
        _ = process?.stop(SIGKILL)
        process = nil
    }

    /// Stops cleanly and starts again.
    func restart() throws {
        guard stop() == 0 else { throw Program.Failure(description: "Postern does not stop cleanly: \(log)") }
        try start()
    }

    /// Has the settings read again, and waits until it says how that went; that line.
    func reload() throws -> String {
        let words = ["settings read again", "settings not changed"]
        let before = words.map(count).reduce(0, +)
        process?.signal(SIGHUP)
        let isDone = Program.wait(atMost: .seconds(5)) { words.map(count).reduce(0, +) > before }
        let lines = log.split(separator: "\n").filter { line in words.contains { line.contains($0) } }
        guard isDone, let line = lines.last else { throw Program.Failure(description: "no reload: \(log)") }
        return String(line)
    }

    /// All it has said so far, over all starts.
    var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }

    private func count(_ text: String) -> Int { log.split(separator: "\n").count { $0.contains(text) } }

    /// Runs SQL on one of its databases, as its own user; what that prints.
    ///
    /// - Parameter name: of the file.
    @discardableResult
    func sql(_ script: String, on name: String = "vmail") throws -> String {
        if let server { return try server.sql(name == "usage" ? "vmail" : name, script) }
        // Without persist_wal the side files would go when the shell is the last to close.
        let result = try Program.run(
            "/usr/bin/sqlite3", ["-batch", "-bail", "\(state)/\(name)/\(name).db"],
            input: ".timeout 8000\n.output /dev/null\n.filectrl persist_wal 1\n.output\n\(script)\n",
            as: Accounts.service, limit: .seconds(30))
        guard result.errorOutput.isEmpty else { throw Program.Failure(description: result.errorOutput) }
        return result.output
    }

    /// The mail users there are, read past Postern.
    func mailboxes() throws -> Set<String> {
        Set(try sql("SELECT username FROM mailbox;").split(separator: "\n").map(String.init))
    }

    /// What `postern check` finds.
    func check() throws -> Program.Result {
        try PosternProgram.run(["check", "--state", state, "--settings", settingsFile], as: Accounts.service)
    }

    /// The files that `postern print-config` writes for a program; their directory.
    func printedConfiguration(_ program: String, options: [String] = []) throws -> String {
        let output = "\(directory.path)/\(program)"
        try PosternProgram.printConfiguration(
            program, to: output, ["--state", state, "--settings", settingsFile] + options)
        return output
    }
}
