/// One HTTP request as the web server described it: the few FastCGI parameters that count, and the body.
///
/// Nothing here is decoded or trusted yet except that the body has exactly the announced length
/// and that every text is well-formed UTF-8 without NUL.
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
    package var cookie: String?
    package var host: String?
    package var origin: String?
    package var fetchSite: String?
    package var prefer: String?
    /// The web server's id of this request, for the log.
    package var requestID: String?
    /// The secret of `FASTCGI_GATE_FILE`, as `POSTERN_GATE` carried it.
    package var gate: String?
    /// User id of the process that sent this over a local socket; nil where the kernel cannot name it.
    package var peer: UInt32?
    /// Whether that process asks as the operator of this machine rather than for a client (`POSTERN_OPERATOR=1`).
    package var isFromOperator = false
    /// What makes this request unfit to be acted on; nil for a sound one.
    package var fault: Fault?

    /// A request that was understood as FastCGI but must be refused. The body is empty then.
    package enum Fault: Sendable, Hashable {
        /// A parameter that decides what happens is missing, repeated or unreadable,
        /// or the body's length differs from `CONTENT_LENGTH`.
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

/// An HTTP request method. Those the API never serves keep their text for the log only.
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
