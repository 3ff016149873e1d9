import Gateway
import Storage
import Testing

extension TestAPI.Client {
    /// Sends a request that must be refused, and sees that it changed nothing and was not logged as done.
    /// - Returns: `_msg`; nil for a success, which fails the test.
    func refusal(
        _ method: Method, _ target: String, _ form: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String? {
        try api.refusal(sourceLocation) { try send(method, target, form) }.word
    }

    /// Sends a request that must succeed.
    func done(
        _ method: Method, _ target: String, _ form: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try send(method, target, form).body == Answer.done, sourceLocation: sourceLocation)
    }
}

extension TestAPI {
    /// Sees that what `body` sends is refused, changes nothing and is not logged as done.
    func refusal(_ sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Answer) throws -> Answer {
        let before = try contents() + log()
        let answer = try body()
        #expect(!answer.isSuccess, "\(answer.body)", sourceLocation: sourceLocation)
        #expect(try contents() + log() == before, "a refused call changed something", sourceLocation: sourceLocation)
        return answer
    }
}
