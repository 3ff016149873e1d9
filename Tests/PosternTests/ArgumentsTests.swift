import Testing

@testable import postern

struct ArgumentsTests {
    @Test func takesValuesInBothWays() throws {
        let arguments = try Arguments(["--state", "/a", "--settings=/b"], for: Serve.self)
        #expect(arguments[.state] == "/a")
        #expect(arguments[.settings] == "/b")
    }

    @Test func anOptionGivenAgainHasAllItsValuesAndIsTheLast() throws {
        let arguments = try Arguments(["--dns", "192.0.2.1", "--once", "--dns=192.0.2.2"], for: SPFRefresh.self)
        let dns = try #require(SPFRefresh.options.first { $0.name == "--dns" })
        #expect(arguments.all(dns) == ["192.0.2.1", "192.0.2.2"])
        #expect(arguments[dns] == "192.0.2.2")
        #expect(arguments.all(.state) == [])
    }

    @Test(arguments: [
        (["--stat", "/a"], "there is no option --stat"), (["--state"], "--state DIR: the value is missing"),
        (["--state="], "--state DIR: the value is missing"), (["extra"], "no operand extra is expected"),
    ])
    func refusesWithAReason(_ words: [String], _ reason: String) {
        let error = #expect(throws: UsageError.self) { try Arguments(words, for: Serve.self) }
        #expect(error?.reason == reason)
    }

    @Test func helpWinsOverEverythingElse() throws {
        #expect(try Arguments(["--nonsense", "--help"], for: Serve.self).asksForHelp)
    }
}
