/// A question that got no answer and may get one later.
package struct TemporaryError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case timeout
        /// The server cannot be reached; with the system's error message.
        case unreachable(String)
        /// SERVFAIL.
        case serverFailure
        /// REFUSED.
        case refused
        /// Another code (RFC 1035 4.1.1) than success, SERVFAIL, NXDOMAIN and REFUSED.
        case unexpectedCode(Int)
        /// What came over TCP is not an answer to the question, or an answer is malformed or cut short.
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
