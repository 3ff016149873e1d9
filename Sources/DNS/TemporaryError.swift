/// A question that has no answer now and may have one later.
package struct TemporaryError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case timeout
        /// The server cannot be reached: what the system says.
        case unreachable(String)
        /// SERVFAIL.
        case serverFailure
        case refused
        /// Another code of RFC 1035 4.1.1 than success, failure, refusal and "no such name".
        case unexpectedCode(Int)
        /// Bytes that are no answer to the question.
        case malformed
    }

    package let reason: Reason
    /// What was asked, such as `example.com TXT`.
    package let question: String

    package var description: String {
        switch reason {
        case .timeout: "\(question): no answer in time"
        case .unreachable(let cause): "\(question): \(cause)"
        case .serverFailure: "\(question): SERVFAIL"
        case .refused: "\(question): REFUSED"
        case .unexpectedCode(let code): "\(question): answered with code \(code)"
        case .malformed: "\(question): the answer is malformed"
        }
    }
}
