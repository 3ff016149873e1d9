import Foundation
import Glibc
import Support

/// A sandbox whose system has been started: systemd as its first process, in a container without a network of its own.
final class BootedSandbox {
    /// A container in a container is often refused.
    static let isAllowed = Sandbox.isAllowed && Program.isInstalled("/usr/bin/systemd-nspawn")
        && (try? BootedSandbox { _ in }) != nil

    let sandbox: Sandbox
    private let container: ChildProcess
    /// systemd, seen from outside.
    private let first: pid_t
    private let directory: TemporaryDirectory

    /// - Parameter prepare: what is done in the sandbox before it starts.
    init(_ prepare: (Sandbox) throws -> Void) throws {
        sandbox = try Sandbox()
        directory = try TemporaryDirectory()
        try prepare(sandbox)
        container = try ChildProcess(
            [
                "/usr/bin/systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--link-journal=no",
                "--console=pipe", "--directory=\(sandbox.root)", "--boot",
            ], log: "\(directory.path)/log")
        let container = container
        var child: pid_t?
        // Its only child is the container's first process.
        let isThere = Program.wait(atMost: .seconds(20)) {
            let path = "/proc/\(container.pid)/task/\(container.pid)/children"
            child = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").first.flatMap { pid_t($0) }
            guard let child else { return !container.isRunning }
            let state = try? Self.run(child, ["/usr/bin/systemctl", "is-system-running"])
            return ["running", "degraded"].contains(state?.output.trimmingCharacters(in: .newlines))
        }
        guard isThere, container.isRunning, let child else {
            throw Program.Failure(description: "no systemd: \((try? directory.read("log")) ?? "")")
        }
        first = child
    }

    deinit { container.end() }

    /// Runs a program in the running system to its end.
    func run(_ command: [String], limit: Duration = .seconds(60)) throws -> Program.Result {
        try Self.run(first, command, limit: limit)
    }

    /// Runs a program that has to succeed; what it prints on standard output.
    @discardableResult
    func succeed(_ command: [String], limit: Duration = .seconds(60)) throws -> String {
        let result = try run(command, limit: limit)
        guard result.status == 0 else {
            let journal = try run(["/usr/bin/journalctl", "--no-pager", "--lines=40"]).output
            throw Program.Failure(description: "\(command): \(result.status) \(result.errorOutput)\n\(journal)")
        }
        return result.output
    }

    /// A property of a unit, as systemctl shows it.
    func property(_ name: String, of unit: String = "postern.service") throws -> String {
        try succeed(["/usr/bin/systemctl", "show", unit, "--property=\(name)", "--value"])
            .trimmingCharacters(in: .newlines)
    }

    private static func run(
        _ first: pid_t, _ command: [String], limit: Duration = .seconds(60)
    ) throws -> Program.Result {
        try Program.run("/usr/bin/nsenter", ["--target=\(first)", "--all", "--"] + command, limit: limit)
    }
}
