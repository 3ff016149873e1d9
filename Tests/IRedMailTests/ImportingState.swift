import Foundation
import Glibc
import Support

/// A state with an admin and nothing else.
final class ImportingState {
    let directory: TemporaryDirectory
    var path: String { "\(directory.path)/state" }

    init() throws {
        directory = try TemporaryDirectory()
        let made = try run(
            ["init", "--admin", "first@manager.example", "--password-stdin"], input: "Correct-horse-9\n")
        guard made.status == 0 else { throw Program.Failure(description: made.errorOutput) }
    }

    func run(_ arguments: [String], input: String = "") throws -> Program.Result {
        try Program.run(
            TestedProgram.path ?? "", arguments + ["--state", path], input: input, limit: .seconds(60))
    }

    func importing(_ server: IRedMailServer, _ options: String...) throws -> Program.Result {
        try run(["import", "iredmail", server.option.name, server.option.value] + options)
    }

    /// All of it but the history, as text.
    func export() throws -> String {
        let file = "\(directory.path)/export"
        let result = try run(["export", "--all", "--with-passwords", "--with-usage", "--output", file])
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
        defer { unlink(file) }
        return try directory.read("export")
    }

    /// The same without the state's own admin, whose password has another salt in each.
    func imported() throws -> [Substring] {
        try export().split(separator: "\n").filter { !$0.contains("first@manager.example") }
    }

    func count(_ query: String) throws -> String {
        try Program.run("/usr/bin/sqlite3", ["\(path)/vmail/vmail.db", query]).output
    }
}
