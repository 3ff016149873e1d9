import ContractChecks
import Foundation
import Gateway
import Support
import Testing

/// A script that uses the API through the web server, over one kept connection.
final class APIClient {
    private let port: UInt16
    private let source: String
    private var connection: HTTPConnection?
    /// `name=value` of the session's cookie.
    var cookie: String?

    init(port: UInt16, from source: String = "127.0.0.1", cookie: String? = nil) {
        self.port = port
        self.source = source
        self.cookie = cookie
    }

    /// Begins a session.
    func logIn(_ username: String, _ password: String) throws {
        let answer = try send(.post, "/api/login", [("username", username), ("password", password)])
        guard answer.isDone, let set = answer.header("set-cookie"), let pair = set.split(separator: ";").first else {
            throw Program.Failure(description: "login: \(answer.status) \(answer.text)")
        }
        cookie = String(pair)
    }

    enum Method: String { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    /// - Parameter form: the body of a POST or PUT.
    /// - Throws: when there is no answer, also because the connection ended.
    func send(
        _ method: Method, _ path: String, _ form: [(String, String)] = [], headers: [(String, String)] = []
    ) throws -> HTTPAnswer {
        let body = form.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        var head = "\(method.rawValue) \(path) HTTP/1.1\r\nHost: mail.example\r\n"
        if let cookie { head += "Cookie: \(cookie)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if method == .post || method == .put {
            head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let connection = try self.connection ?? HTTPConnection(port: port, from: source)
        self.connection = nil
        try connection.send(head + "\r\n" + body)
        guard let answer = try connection.answer() else {
            throw Program.Failure(description: "\(method.rawValue) \(path): the connection ended")
        }
        if answer.header("connection") != "close" { self.connection = connection }
        let faults = AnswerCheck.faults(
            in: .init(
                Gateway.Method(method.rawValue), path, status: answer.status, type: answer.header("content-type"),
                hasLink: answer.header("link") != nil, body: answer.text))
        for fault in faults { Issue.record("\(fault)") }
        return answer
    }

    /// A change that has to succeed.
    func change(_ method: Method, _ path: String, _ form: [(String, String)] = []) throws {
        let answer = try send(method, path, form)
        guard answer.isDone else {
            throw Program.Failure(description: "\(method.rawValue) \(path): \(answer.status) \(answer.text)")
        }
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
