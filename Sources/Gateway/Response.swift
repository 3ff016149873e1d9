/// What goes back to the client.
package struct Response {
    package var status: HTTPStatus
    /// Name and value, in order. `Content-Type` is among them; the length is the web server's business.
    package var headers: [(name: String, value: String)]
    package var body: Body

    package enum Body {
        case bytes([UInt8])
        /// Called once, on the thread that answers, with a function that sends one piece.
        /// Throwing (or a piece that cannot be sent) cuts the answer short, and the connection is closed,
        /// so that the client never takes a part for the whole.
        case stream((_ send: ([UInt8]) throws -> Void) throws -> Void)
    }

    package init(_ status: HTTPStatus = .ok, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
