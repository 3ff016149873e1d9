import Foundation
import Support

/// Dovecot's own password tool, the judge of what a login accepts.
enum Doveadm {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/doveadm")

    /// A hash of `doveadm pw`, such as `{SSHA512}…`.
    static func hash(_ password: String, scheme: String) throws -> String {
        let (status, output) = try run(["pw", "-s", scheme, "-p", password])
        guard status == 0 else { throw Failure(output: output) }
        return output.trimmingCharacters(in: .newlines)
    }

    static func verifies(_ stored: String, _ password: String) throws -> Bool {
        try run(["pw", "-t", stored, "-p", password]).status == 0
    }

    struct Failure: Error {
        let output: String
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        // Not Foundation's, which reads the environment of a process in which other tests are changing it.
        let result = try Program.run("/usr/bin/doveadm", arguments, limit: .seconds(60))
        return (result.status, result.output + result.errorOutput)
    }
}
