import Foundation
import Support

/// The program under test.
enum PosternProgram {
    static let path = TestedProgram.path

    /// Where it is found; every suite is skipped when it is not.
    static var command: String { path ?? "postern" }

    /// Runs a command of it to its end.
    static func run(_ arguments: [String], input: String = "", as user: ProcessUser? = nil) throws -> Program.Result {
        try Program.run(command, arguments, input: input, as: user, limit: .seconds(20))
    }

    /// Runs a command that has to succeed; what it prints.
    @discardableResult
    static func succeed(_ arguments: [String], input: String = "", as user: ProcessUser? = nil) throws -> String {
        let result = try run(arguments, input: input, as: user)
        guard result.status == 0 else {
            throw Program.Failure(description: "postern \(arguments): \(result.status) \(result.errorOutput)")
        }
        return result.output
    }

    /// Has the files for a program printed, for the accounts that there are.
    static func printConfiguration(_ program: String, to directory: String, _ options: [String]) throws {
        try succeed(["print-config", program, "--output", directory] + options)
        for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            try Accounts.standIn(in: text).write(toFile: "\(directory)/\(file)", atomically: false, encoding: .utf8)
        }
    }
}
