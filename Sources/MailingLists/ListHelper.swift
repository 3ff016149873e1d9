import FoundationEssentials

/// The server's side of the helper's socket. Every request has a connection of its own.
package struct ListHelper: Sendable {
    private let socket: String
    private let isEnding: @Sendable () -> Bool

    /// How long one request of a client's may take. The helper does them one after the other, so this includes the wait
    /// for others.
    package static let usualLimit = Duration.seconds(10)

    /// - Parameters:
    ///   - socket: the path of the helper's socket.
    ///   - isEnding: whether to give up waiting.
    package init(socket: String, isEnding: @escaping @Sendable () -> Bool = { false }) {
        self.socket = socket
        self.isEnding = isEnding
    }

    /// Why there was no answer: the helper is not there, or does not speak.
    package struct Unreachable: Error, CustomStringConvertible {
        package let description: String
    }

    /// Sends a request and waits for its answer.
    /// After an error the helper may do what it was asked all the same.
    /// - Parameter limit: how long it may take.
    /// - Throws: `Unreachable`, and the helper's own `ListFailure`.
    @discardableResult
    package func send(_ request: ListRequest, within limit: Duration = usualLimit) throws -> ListAnswer {
        let message = try JSONEncoder().encode(request)
        let answer: [UInt8]
        do throws(LocalConnection.Failure) {
            let connection = try LocalConnection(to: socket, within: limit, isEnding: isEnding)
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
