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
