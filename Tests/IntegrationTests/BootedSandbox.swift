import Foundation
import Glibc
import Support

/// A sandbox whose system has been started: systemd as its first process, in a container without a network of its own.
final class BootedSandbox {
    /// A container in a container is often refused.
    static let isAllowed =
        Sandbox.isAllowed && Program.isInstalled("/usr/bin/systemd-nspawn")
        && (try? BootedSandbox { _ in }) != nil

    let sandbox: Sandbox
    private let container: ChildProcess
    /// systemd, seen from outside.
    private let first: pid_t
    private let directory: TemporaryDirectory

    /// - Parameters:
    ///   - units: what has to be active; they are enabled first.
    ///   - prepare: what is done in the sandbox before it starts.
    init(with units: [String] = [], _ prepare: (Sandbox) throws -> Void) throws {
        sandbox = try Sandbox()
        directory = try TemporaryDirectory()
        try prepare(sandbox)
        // In the foreground: the watch for a file with its process id uses up what the kernel gives a user of inotify.
        try sandbox.succeed(["/usr/bin/mkdir", "-p", "/etc/systemd/system/nginx.service.d"])
        try sandbox.write(
            "/etc/systemd/system/nginx.service.d/foreground.conf",
            """
            [Service]
            Type=exec
            PIDFile=
            ExecStart=
            ExecStart=/usr/sbin/nginx -g 'daemon off; master_process on;'

            """)
        if !units.isEmpty { try sandbox.succeed(["/usr/bin/systemctl", "enable"] + units) }
        sandbox.leaveToItself()
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
            child = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").first.flatMap {
                pid_t($0)
            }
            guard let child else { return !container.isRunning }
            let wanted = units.isEmpty ? ["basic.target"] : units
            let states = try? Self.run(child, ["/usr/bin/systemctl", "is-active"] + wanted).output
            return states == String(repeating: "active\n", count: wanted.count)
        }
        guard isThere, container.isRunning, let child else {
            let jobs =
                try child.map { try Self.run($0, ["/usr/bin/systemctl", "list-jobs", "--no-pager"]).output } ?? "none"
            throw Program.Failure(description: "no systemd: \((try? directory.read("log")) ?? "")\(jobs)")
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
