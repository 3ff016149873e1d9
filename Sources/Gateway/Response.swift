/// An HTTP response.
package struct Response {
    package var status: HTTPStatus
    /// Names and values, in order. `Content-Type` is among them; the web server adds the length.
    package var headers: [(name: String, value: String)]
    package var body: Body
    /// Whether the thread that answers may wait for the peer. Workers always may; of other threads those for which
    /// nobody waits.
    package var isPatient = false

    package enum Body {
        case bytes([UInt8])
        /// Called once, on the thread that answers, with a function that sends one piece. When the stream throws, or a
        /// piece cannot be sent, the connection is closed, so that the client never takes a part for the whole.
        case stream((_ send: ([UInt8]) throws -> Void) throws -> Void)
    }

    package init(_ status: HTTPStatus = .ok, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The HTTP statuses Postern answers with.
package enum HTTPStatus: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case conflict = 409
    case contentTooLarge = 413
    case unsupportedMediaType = 415
    case unprocessable = 422
    /// Of the web server.
    case tooManyRequests = 429
    case internalError = 500
    case unavailable = 503

    package var reason: String {
        switch self {
        case .ok: "OK"
        case .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .conflict: "Conflict"
        case .contentTooLarge: "Content Too Large"
        case .unsupportedMediaType: "Unsupported Media Type"
        case .unprocessable: "Unprocessable Content"
        case .tooManyRequests: "Too Many Requests"
        case .internalError: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        }
    }
}
