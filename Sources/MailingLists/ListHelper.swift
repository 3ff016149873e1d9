import FoundationEssentials

/// The server's side of the helper's socket. Every request has a connection of its own.
package struct ListHelper: Sendable {
    private let socket: String

    /// How long a client's request may wait for the helper, which does one request after the other.
    package static let usualLimit = Duration.seconds(10)

    /// - Parameter socket: the path of the helper's socket.
    package init(socket: String) { self.socket = socket }

    /// Why there was no answer: the helper is not there, or does not speak.
    package struct Unreachable: Error, CustomStringConvertible {
        package let description: String
    }

    /// Sends a request and waits for its answer.
    /// - Parameter limit: how long; the helper may do what it was asked all the same.
    /// - Throws: `Unreachable`, and the helper's own `ListFailure`.
    @discardableResult
    package func send(_ request: ListRequest, within limit: Duration = usualLimit) throws -> ListAnswer {
        let message = try JSONEncoder().encode(request)
        let answer: [UInt8]
        do throws(LocalConnection.Failure) {
            let connection = try LocalConnection(to: socket, within: limit)
            defer { connection.close() }
            try connection.send(Array(message))
            answer = try connection.receive()
        } catch {
            throw Unreachable(description: "the helper for mailing lists at \(socket): \(error.reason)")
        }
        guard let decoded = try? JSONDecoder().decode(ListAnswer.self, from: Data(answer)) else {
            throw Unreachable(description: "the helper for mailing lists at \(socket) ended without an answer")
        }
        if case .refused(let failure) = decoded { throw failure }
        return decoded
    }
}
