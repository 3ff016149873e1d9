import Foundation
import Glibc
import Support

/// `postern lists` as mlmmj's user, on a spool and a socket of its own.
final class RunningListHelper {
    private let directory: TemporaryDirectory
    private let relay: UInt16
    private var process: ChildProcess?

    var spool: String { "\(directory.path)/spool" }
    private var socket: String { "\(directory.path)/run/lists.sock" }
    /// The settings by which the server finds it.
    var settings: [String] { ["MAILING_LIST_SOCKET = '\(socket)'", "MLMMJ_SPOOL_DIR = '\(spool)'"] }

    /// - Parameter port: where mail of the lists goes.
    init(relay port: UInt16) throws {
        directory = try TemporaryDirectory()
        relay = port
        for path in [spool, "\(directory.path)/run"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            chown(path, Accounts.lists.user, Accounts.lists.group)
        }
        try start()
    }

    deinit { stop() }

    func start() throws {
        let process = try ChildProcess(
            [
                PosternProgram.command, "lists", "--spool", spool, "--socket", socket, "--client",
                Accounts.serviceName, "--relay", "127.0.0.1:\(relay)",
            ], as: Accounts.lists, log: "\(directory.path)/log")
        self.process = process
        let listens = Program.wait(atMost: .seconds(10)) {
            guard process.isRunning else { return true }
            guard let descriptor = try? LocalSocket.connect(to: socket, limit: 5) else { return false }
            close(descriptor)
            return true
        }
        guard listens, process.isRunning else {
            throw Program.Failure(description: "the helper does not start: \((try? directory.read("log")) ?? "")")
        }
    }

    func kill9() { _ = process?.stop(SIGKILL) }

    func stop() {
        process?.end()
        process = nil
    }

    /// The addresses of the lists that have a directory, ascending.
    var lists: [String] {
        names("").filter { !$0.hasPrefix(".") }.flatMap { domain in
            names(domain).filter { !names("\(domain)/\($0)/control").isEmpty }.map { "\($0)@\(domain)" }
        }.sorted()
    }

    /// What lies in a directory below the spool; empty when it is not there.
    func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(spool)/\(path)")) ?? []).sorted()
    }

    func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: "\(spool)/\(path)").map { String(decoding: $0, as: UTF8.self) }
    }
}
