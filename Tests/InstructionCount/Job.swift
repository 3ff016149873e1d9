import Gateway

/// The requests that are counted.
enum Job: String {
    case user, list, create

    /// - Parameters:
    ///   - number: makes a new user's name unique within a run.
    ///   - count: makes it unique among the runs.
    func request(_ number: Int, of count: Int) -> Request {
        switch self {
        case .user: Request(.get, "/api/user/user7@\(StateMaker.domain)")
        case .list: Request(.get, "/api/users/\(StateMaker.domain)")
        case .create: Self.creation(of: "new\(count)-\(number)", in: StateMaker.otherDomain)
        }
    }

    static func creation(of name: String, in domain: String) -> Request {
        form(.post, "/api/user/\(name)@\(domain)", "name=New+User&password=Secret-1234&quota=1024")
    }

    static func form(_ method: Gateway.Method, _ target: String, _ body: String) -> Request {
        var request = Request(method, target)
        request.contentType = "application/x-www-form-urlencoded"
        request.body = Array(body.utf8)
        return request
    }
}
