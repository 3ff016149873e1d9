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

    /// What programs are started with: little, so that nothing of the tests' own surroundings matters. An instrumented
    /// program must be told where its figures go.
    package static let environment: [String: String] = {
        var variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/"]
        if let profiles = getenv(profileVariable) { variables[profileVariable] = String(cString: profiles) }
        return variables
    }()

    private static let profileVariable = "LLVM_PROFILE_FILE"

    /// Runs a program and waits for it. Its output goes through files, so no amount of it can block anybody.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - environment: the whole environment; nothing is inherited.
    ///   - user: needs root; nil runs the program as ourselves.
    ///   - limit: after which it is killed.
    /// - Throws: `Failure` when it has been killed for lasting too long. One that is not there ends with status 127.
    package static func run(
        _ path: String,
        _ arguments: [String] = [],
        input: String = "",
        environment: [String: String] = Program.environment,
        as user: ProcessUser? = nil,
        limit: Duration = .seconds(10)
    ) throws -> Result {
        let directory = try TemporaryDirectory()
        let child = try Child(
            (user?.prefix ?? []) + [path] + arguments, environment: environment,
            input: try directory.write("input", input),
            output: (try directory.write("output", ""), try directory.write("error", "")))
        let (status, inTime) = child.end(within: limit)
        let errorOutput = try directory.read("error")
        guard inTime else { throw Failure(description: "\(path) lasted more than \(limit): \(errorOutput)") }
        return Result(status: status, output: try directory.read("output"), errorOutput: errorOutput)
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
}
