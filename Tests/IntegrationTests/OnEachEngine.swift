import Support
import Testing

/// Runs each test of a suite twice: with the state in files, and at a PostgreSQL server, which is there as long as the
/// suite. A test of it that is `onFilesOnly` runs once.
struct OnEachEngine: SuiteTrait, TestTrait, TestScoping {
    /// The server at which states are made now; nil while they are made in files.
    @TaskLocal static var server: SharedServer?
    @TaskLocal private static var serverOfSuite: SharedServer?

    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { test.isSuite || testCase != nil ? self : nil }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else {
            let server = SharedServer(try PostgreSQLCluster())
            return try await Self.$serverOfSuite.withValue(server) { try await function() }
        }
        try await function()
        guard !test.traits.contains(where: { $0 is OnFilesOnly }) else { return }
        guard let server = Self.serverOfSuite else { throw Program.Failure(description: "the suite has no server") }
        try await Self.$server.withValue(server) { try await function() }
    }
}

/// For a test that takes long, of what does not depend on the engine.
struct OnFilesOnly: TestTrait {}

extension TestTrait where Self == OnFilesOnly {
    static var onFilesOnly: Self { OnFilesOnly() }
}

extension SuiteTrait where Self == OnEachEngine {
    static var onEachEngine: Self { OnEachEngine() }
}

extension Trait where Self == IssueHandlingTrait {
    /// Says of each issue on which engine it came up.
    static var namingTheEngine: Self {
        .compactMapIssues { issue in
            var issue = issue
            issue.comments.append(OnEachEngine.server == nil ? "on files" : "on PostgreSQL")
            return issue
        }
    }
}

/// A server with one state at a time.
///
/// `@unchecked Sendable`: integration tests run one after the other.
final class SharedServer: @unchecked Sendable {
    let cluster: PostgreSQLCluster

    init(_ cluster: PostgreSQLCluster) { self.cluster = cluster }
}
