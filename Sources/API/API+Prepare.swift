import Gateway
import Mail
import MailStore

/// The first steps of a request: the checks that come before those of rights, and parsing.
extension API {
    /// Checks the peer, the client, whether the request is whole, its route, and which site's page has sent it, in the
    /// order of `Contract.md` 2.3.
    ///
    /// - Parameter found: set as soon as the route is known, also when this throws afterwards.
    /// - Throws: `APIError`.
    func routed(
        _ request: Request, _ answer: PendingAnswer, _ configuration: Configuration, isDryRun: Bool,
        _ found: inout Route?
    ) throws -> RoutedRequest {
        let origin = try origin(of: request, configuration)
        let client = try origin == .client ? configuration.gate.admit(request) : ""
        switch request.fault {
        case .malformed: throw APIError.unreadable
        case .tooLarge: throw APIError.tooLarge
        case nil: break
        }
        let route: Route
        let path: MatchedSegments
        let (rawPath, query) = request.pathAndQuery
        switch configuration.router.match(request.method, rawPath) {
        case .route(let match, let parameters): (route, path) = (match, parameters)
        case .methodNotAllowed(let allowed): throw APIError.methodNotAllowed(allowed)
        case .notFound: throw APIError.notFound
        }
        if route.access.isForTools, origin == .client { throw APIError.notFound }
        if origin == .lookup, route.access != .lookup { throw APIError.notAuthorized }
        found = route
        if route.method != .get, request.isCrossSite { throw APIError.permissionDenied }
        let isOpen = route.access == .open || route.access == .monitor && configuration.isMonitor(client)
        return RoutedRequest(
            answer: answer, route: route, path: path, rawPath: rawPath, query: query,
            isFromTool: origin != .client, client: client,
            session: isOpen || origin == .client ? SessionID(cookie: request.cookie)?.hash : nil,
            needsSession: !isOpen && origin == .client, isSecure: request.isSecure, isDryRun: isDryRun, now: clock(),
            configuration: configuration)
    }

    /// Checks the session, then parses the form. So no form is decoded without a session, except on a route that needs
    /// none.
    func prepared(_ routed: RoutedRequest, _ request: Request, _ store: Store) throws -> PreparedRequest {
        let username = routed.needsSession ? try adminOfSession(routed, store) : nil
        let isStrict = request.prefersStrictHandling
        let operation = routed.route.parse(
            FormSource(
                query: routed.query,
                body: routed.route.method == .post || routed.route.method == .put ? request.body : nil,
                contentType: request.contentType, isStrict: isStrict))
        return PreparedRequest(
            routed, operation, path: Result { () throws(APIError) in try routed.path.parsed() }, username: username,
            isStrict: isStrict, figures: figures, lists: lists)
    }

    private enum Origin {
        /// A web server, on behalf of a client.
        case client
        /// A tool that looks names up in the DNS. Its user may use the routes of `Access.lookup` only.
        case lookup
        /// A tool of root or of the service's own user.
        case `operator`
    }

    /// Who sends the request, by the user id of the sending process.
    /// - Throws: `NOT_AUTHORIZED` when another user claims to be the operator, and when a tool that looks names up
    ///   claims to be a web server: it could name any client address.
    private func origin(of request: Request, _ configuration: Configuration) throws -> Origin {
        if let peer = request.peer, !operators.contains(peer), configuration.lookupUsers.contains(peer) {
            guard request.isFromOperator else { throw APIError.notAuthorized }
            return .lookup
        }
        guard request.isFromOperator else { return .client }
        guard let peer = request.peer, operators.contains(peer) else { throw APIError.notAuthorized }
        return .operator
    }

    private func adminOfSession(_ routed: RoutedRequest, _ store: Store) throws -> MailAddress {
        guard let hash = routed.session, let row = try store.sessions.find(hash, now: routed.now) else {
            throw APIError.loginRequired
        }
        let now = routed.now
        switch routed.configuration.sessionRules.validity(of: row, client: routed.client, now: now) {
        case .valid: break
        case .validToRenew: changeSession { store in try store.sessions.use(hash, now: now) }
        case .expired:
            changeSession { store in try store.sessions.end(hash) }
            throw APIError.loginRequired
        }
        return row.username
    }
}

/// What is known of a request whose route is known, and that is allowed so far. It may wait for long: its body is not
/// kept with it.
final class RoutedRequest: Sendable {
    let answer: PendingAnswer
    let route: Route
    let path: MatchedSegments
    /// As sent, without the query.
    let rawPath: Substring
    let query: Substring
    /// Whether a tool of this machine asks, not a web server: it acts as a global admin without a session.
    let isFromTool: Bool
    /// The client's address as `Gate` returned it; empty for tools of this machine.
    let client: String
    /// SHA-256 of the session's id as sent, which is checked if the route needs a session; nil without one.
    let session: String?
    /// False on an open route, and for tools.
    let needsSession: Bool
    let isSecure: Bool
    /// Whether to undo the change and answer with the rows that it would have changed.
    let isDryRun: Bool
    /// When the request came, by the wall clock.
    let now: Moment
    let configuration: Configuration

    init(
        answer: PendingAnswer, route: Route, path: MatchedSegments, rawPath: Substring, query: Substring,
        isFromTool: Bool, client: String, session: String?, needsSession: Bool, isSecure: Bool, isDryRun: Bool,
        now: Moment, configuration: Configuration
    ) {
        self.answer = answer
        self.route = route
        self.path = path
        self.rawPath = rawPath
        self.query = query
        self.isFromTool = isFromTool
        self.client = client
        self.session = session
        self.needsSession = needsSession
        self.isSecure = isSecure
        self.isDryRun = isDryRun
        self.now = now
        self.configuration = configuration
    }
}

extension Request {
    /// What stands before the first `?` of the target, and what follows it, as sent.
    fileprivate var pathAndQuery: (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target[...], "") }
        return (target[..<mark], target[mark...].dropFirst())
    }

    /// Whether `Prefer: handling=strict` (RFC 7240) was sent, alone or among other preferences.
    var prefersStrictHandling: Bool {
        guard let prefer else { return false }
        return prefer.lowercased().utf8.split(separator: UInt8(ascii: ",")).contains { preference in
            preference.prefix { $0 != UInt8(ascii: ";") }
                .lazy.filter { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") }.elementsEqual(
                    "handling=strict".utf8)
        }
    }
}
