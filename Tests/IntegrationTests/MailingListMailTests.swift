import Testing

/// Gives a suite one server for all of its tests: it takes seconds to start.
struct SharedMailingListServer: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try MailingListServer()
        defer { server.stop() }
        try await MailingListServer.$running.withValue(server) { try await function() }
        #expect(server.postfix.complaints == [])
    }
}

extension Trait where Self == SharedMailingListServer {
    static var sharedMailingListServer: Self { Self() }
}

extension IntegrationTests {
    /// Mail to and from mailing lists, through a real Postfix and a real mlmmj, after each change of the API.
    @Suite(
        .enabled(if: MailingListServer.isInstalled, "needs nginx, postfix-sqlite, mlmmj, altermime"),
        .sharedMailingListServer)
    enum MailingListMailTests {}
}
