import Foundation
import Glibc

/// A program that runs beside the test, until it is stopped: at the latest when the value goes.
package final class RunningProgram {
    private let process = Process()
    private let output: TemporaryDirectory

    /// - Parameters:
    ///   - path: absolute.
    ///   - environment: the whole environment; nothing is inherited.
    ///   - user: needs root; nil runs the program as ourselves.
    package init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String] = Program.environment,
        as user: ProcessUser? = nil
    ) throws {
        output = try TemporaryDirectory()
        let file = try output.write("output", "")
        let command = (user?.prefix ?? []) + [path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: file)
        process.standardError = process.standardOutput
        try process.runWithSignals()
    }

    deinit { stop() }

    package var identifier: Int32 { process.processIdentifier }

    package var isRunning: Bool { process.isRunning }

    /// What it wrote so far, to standard output and standard error.
    package var text: String { (try? String(contentsOfFile: "\(output.path)/output", encoding: .utf8)) ?? "" }

    /// Sends SIGTERM and waits; kills it when the time is over.
    ///
    /// - Returns: the exit status, 128 + the signal's number for a program that a signal ended.
    @discardableResult
    package func stop(within limit: Duration = .seconds(5)) -> Int32 {
        if process.isRunning { kill(process.processIdentifier, SIGTERM) }
        if !Program.wait(atMost: limit, until: { !process.isRunning }) {
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        return process.exitStatus
    }
}

extension Process {
    /// Starts with no signal blocked. Tests run on threads that block them all; a child would inherit that and never
    /// see a SIGTERM.
    func runWithSignals() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }

    /// As a shell gives it. Only of a process that has ended.
    var exitStatus: Int32 { terminationStatus + (terminationReason == .uncaughtSignal ? 128 : 0) }
}
