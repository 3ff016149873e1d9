// Gateway has the values that FastCGI and the API share: FastCGI makes a `Request` and sends a `Response`; the API does
// the reverse. So the API runs without a socket, as in its tests. `FormField` decodes query strings and bodies:
// URL-encoded forms, `multipart/form-data` and flat JSON.

/// One HTTP request as the web server described it: the few FastCGI parameters that count, and the body.
///
/// Nothing is decoded yet. All texts are UTF-8 without NUL, and stream-safe. A text is nil when its parameter is
/// missing or empty. Unless there is a `fault`, the body has exactly the announced length.
package struct Request: Sendable {
    package var method: Method
    /// The raw `REQUEST_URI`: path and query, percent-encoding untouched.
    package var target: String
    /// `REMOTE_ADDR` as the web server gave it. The only client address that counts.
    package var remoteAddress: String
    /// Whether the client's own connection was TLS (`HTTPS=on`).
    package var isSecure = false
    package var contentType: String?
    package var body: [UInt8] = []
    /// This header, and the four that follow: `Host`, `Origin`, `Sec-Fetch-Site` and `Prefer`.
    package var cookie: String?
    package var host: String?
    package var origin: String?
    package var fetchSite: String?
    package var prefer: String?
    /// The web server's own id of this request (`REQUEST_ID`), for the log.
    package var requestID: String?
    /// `POSTERN_GATE`: the gate secret as it was sent (`Security.md` 3).
    package var gate: String?
    /// User id of the process that sent this over a local socket; nil on TCP.
    package var peer: UInt32?
    /// `POSTERN_OPERATOR=1`: the process asks as the operator of this machine, not for a client (`Security.md` 3).
    package var isFromOperator = false
    /// Why this request must be refused; nil for a sound one.
    package var fault: Fault?

    /// A defect of a request that is well-formed FastCGI. The body is then empty.
    package enum Fault: Sendable, Hashable {
        /// A parameter that counts is missing, repeated or unreadable, or `CONTENT_LENGTH` is not the body's length.
        case malformed
        /// The body is longer than the limit.
        case tooLarge
    }

    package init(_ method: Method, _ target: String, from remoteAddress: String = "127.0.0.1") {
        self.method = method
        self.target = target
        self.remoteAddress = remoteAddress
    }
}

/// An HTTP request method. One that the API does not serve keeps its text, for the log.
package enum Method: Sendable, Hashable {
    case get, post, put, delete
    case other(String)

    package init(_ text: String) {
        switch text {
        case "GET": self = .get
        case "POST": self = .post
        case "PUT": self = .put
        case "DELETE": self = .delete
        default: self = .other(text)
        }
    }

    package var text: String {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .other(let text): text
        }
    }
}
