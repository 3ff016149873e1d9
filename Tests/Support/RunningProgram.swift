import Glibc

/// A program that runs beside the test, until it is stopped: at the latest when the value goes.
package final class RunningProgram {
    private let child: Child
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
        child = try Child(
            (user?.prefix ?? []) + [path] + arguments, environment: environment, input: "/dev/null",
            output: (file, file))
    }

    deinit { stop() }

    package var identifier: Int32 { child.identifier }

    package var isRunning: Bool { child.exitStatus == nil }

    /// What it wrote so far, to standard output and standard error.
    package var text: String { (try? output.read("output")) ?? "" }

    /// Sends SIGTERM and waits; kills it when the time is over.
    ///
    /// - Returns: the exit status, 128 + the signal's number for a program that a signal ended.
    @discardableResult
    package func stop(within limit: Duration = .seconds(5)) -> Int32 {
        if isRunning { kill(child.identifier, SIGTERM) }
        return child.end(within: limit).status
    }
}
