import Foundation
import Glibc

/// A program run to its end within a time limit.
package enum Program {
    package struct Result: Sendable {
        /// The exit status; 128 + the signal's number for a program that a signal ended.
        package let status: Int32
        package let output: String
        package let errorOutput: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]

    /// Runs a program and waits for it. Its output goes through files, so no amount of it can block anybody.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - environment: the whole environment; nothing is inherited.
    ///   - user: needs root; nil runs the program as ourselves.
    ///   - limit: after which it is killed.
    /// - Throws: `Failure` when it cannot be started or has been killed for lasting too long.
    package static func run(
        _ path: String,
        _ arguments: [String] = [],
        input: String = "",
        environment: [String: String] = Program.environment,
        as user: ProcessUser? = nil,
        limit: Duration = .seconds(10)
    ) throws -> Result {
        let directory = try TemporaryDirectory()
        let files = ["input", "output", "error"].map { "\(directory.path)/\($0)" }
        for (file, text) in zip(files, [input, "", ""]) {
            try text.write(toFile: file, atomically: false, encoding: .utf8)
        }

        let process = Process()
        let command = (user?.prefix ?? []) + [path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.runWithSignals()
        let ended = wait(atMost: limit) { !process.isRunning }
        if !ended {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let errorOutput = try text(of: files[2])
        guard ended else { throw Failure(description: "\(path) lasted more than \(limit): \(errorOutput)") }
        return Result(status: process.exitStatus, output: try text(of: files[1]), errorOutput: errorOutput)
    }

    /// Asks again and again until the answer is true. False when the time is over.
    package static func wait(atMost limit: Duration, until condition: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + limit
        while true {
            if try condition() { return true }
            if ContinuousClock.now >= end { return false }
            usleep(5_000)
        }
    }

    /// Whether a program is there, for `.enabled(if:)`.
    package static func isInstalled(_ path: String) -> Bool { access(path, X_OK) == 0 }

    private static func text(of file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    }
}
