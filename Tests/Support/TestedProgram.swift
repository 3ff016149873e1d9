import Foundation

/// The program under test.
package enum TestedProgram {
    /// The environment variable `POSTERN_BINARY`, else what was built in this repository, the release first.
    package static let path: String? = {
        let repository = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let built = ["release", "debug"].map { "\(repository)/.build/\($0)/postern" }
        let given = ProcessInfo.processInfo.environment["POSTERN_BINARY"]
        return (given.map { [$0] } ?? built).first(where: Program.isInstalled)
    }()
}
