import Foundation

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
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["20", "/usr/bin/doveadm"] + arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
