import Foundation
import Glibc
import Support

/// A state that the operator's tools work on: served on a socket of the server's own, where the tools find it, or not
/// served at all.
final class OperatorServer {
    let postern: RunningPostern
    var socket: String { "\(run)/postern.sock" }
    private var run: String { "\(postern.directory.path)/run" }
    private(set) var server: ChildProcess?

    /// Not served yet.
    init(settings: [String] = []) throws {
        postern = try RunningPostern(settings: settings)
        guard postern.stop() == 0 else { throw Program.Failure(description: "Postern does not stop: \(postern.log)") }
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
        chown(run, Accounts.service.user, Accounts.service.group)
    }

    deinit { server?.end() }

    func start() throws {
        let before = timesReady
        let process = try serve()
        server = process
        // It has begun to answer a moment before the tools find it; then it says so.
        let isReady = Program.wait(atMost: .seconds(10)) { !process.isRunning || timesReady > before }
        guard isReady, process.isRunning else { throw Program.Failure(description: "Postern does not start: \(log)") }
    }

    private var timesReady: Int { log.components(separatedBy: "ready: ").count }

    /// Starts `postern serve` without waiting for what becomes of it.
    func serve() throws -> ChildProcess {
        try ChildProcess(
            [
                PosternProgram.command, "serve", "--state", postern.state, "--settings", postern.settingsFile,
                "--socket", socket,
            ],
            as: Accounts.service, log: "\(postern.directory.path)/own.log")
    }

    var log: String { (try? postern.directory.read("own.log")) ?? "" }

    func stop() throws {
        guard server?.stop() == 0 else { throw Program.Failure(description: "Postern does not stop: \(log)") }
        server = nil
    }

    /// Has the state served or not, for the tests that hold either way.
    func bring(_ isServed: Bool) throws {
        if isServed, server == nil { try start() }
        if !isServed, server != nil { try stop() }
    }

    /// Runs a tool on the state.
    func tool(_ words: [String], password: String? = nil, as user: ProcessUser? = nil) throws -> Program.Result {
        try PosternProgram.run(
            words + ["--state", postern.state, "--settings", postern.settingsFile]
                + (password == nil ? [] : ["--password-stdin"]),
            input: password.map { "\($0)\n" } ?? "", as: user)
    }

    /// Runs a tool that has to succeed without a word on standard error; what it prints.
    @discardableResult
    func succeed(_ words: [String], password: String? = nil, as user: ProcessUser? = nil) throws -> String {
        let result = try tool(words, password: password, as: user)
        guard result.status == 0, result.errorOutput.isEmpty else {
            throw Program.Failure(description: "\(words): \(result.status) \(result.errorOutput)")
        }
        return result.output
    }

    /// What the running server answers a web server's request, head and body.
    func answer(_ method: String, _ target: String, _ form: String = "", cookie: String? = nil) throws -> String {
        let parameters = Records.usual(
            method, target, cookie: cookie, length: form.isEmpty ? "" : String(form.utf8.count))
        let answer = try FastCGIClient(socket).exchange(Records.request(parameters, body: Array(form.utf8)))
        guard let answer else { throw Program.Failure(description: "\(method) \(target): no answer") }
        return answer
    }

    /// The cookie of a new session; nil when the login is refused. Served meanwhile, whatever was before.
    func logIn(_ username: String, _ password: String) throws -> String? {
        let wasServed = server != nil
        try bring(true)
        defer { if !wasServed { try? bring(false) } }
        let answer = try answer("POST", "/api/login", "username=\(username)&password=\(password)")
        let line = answer.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("set-cookie: ") }
        guard answer.contains(#"{"_success": true}"#) else { return nil }
        return line?.dropFirst("set-cookie: ".count).split(separator: ";").first.map(String.init)
    }

    /// Makes a domain and a user in it, with the server's help.
    func addUser(_ name: String, in domain: String) throws {
        try bring(true)
        let cookie = try logIn(RunningPostern.admin, RunningPostern.password)
        for (path, form) in [("domain/\(domain)", "name=Test"), ("user/\(name)@\(domain)", "password=User-pw-1")] {
            let answer = try answer("POST", "/api/\(path)", form, cookie: cookie)
            guard answer.contains(#"{"_success": true}"#) else { throw Program.Failure(description: answer) }
        }
    }
}
