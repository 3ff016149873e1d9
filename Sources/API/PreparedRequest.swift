import Gateway
import Mail
import MailStore
import PasswordHash

/// A request that has passed the gate and is parsed: it can go from thread to thread and be applied again.
final class PreparedRequest: Sendable {
    let route: Route
    let operation: ParsedOperation
    /// What is wrong with it is told once it is known who asks.
    let path: Result<PathValues, APIError>
    /// As sent, without the query.
    let rawPath: Substring
    let query: Substring
    /// SHA-256 of the session's id. On a route that needs no session it is whatever the client showed, unchecked.
    let session: String?
    /// Whose session it is; nil on a route that needs none.
    let username: MailAddress?
    /// Asked on this machine by root or the service's own user: a global admin without a session.
    let isFromOperator: Bool
    let client: String
    let isSecure: Bool
    let isStrict: Bool
    /// Whether the change is undone again, and the answer says what it would have been.
    let isDryRun: Bool
    let now: Moment
    let configuration: Configuration
    let figures: Figures

    init(
        _ route: Route, _ operation: ParsedOperation, path: Result<PathValues, APIError>, rawPath: Substring,
        query: Substring, session: String?, username: MailAddress?, isFromOperator: Bool, client: String,
        isSecure: Bool, isStrict: Bool, isDryRun: Bool, now: Moment, configuration: Configuration, figures: Figures
    ) {
        self.route = route
        self.operation = operation
        self.path = path
        self.rawPath = rawPath
        self.query = query
        self.session = session
        self.username = username
        self.isFromOperator = isFromOperator
        self.client = client
        self.isSecure = isSecure
        self.isStrict = isStrict
        self.isDryRun = isDryRun
        self.now = now
        self.configuration = configuration
        self.figures = figures
    }

    /// Whether it is admitted on a reader first: it is refused already, needs slow work, or has steps outside the store.
    var needsAdmission: Bool {
        if operation.isRefused || operation.hasSteps { return true }
        guard let password = operation.password else { return false }
        return password.kind == .checked || configuration.slowHash(password) != nil
    }

    /// All that refuses the request before its slow work.
    ///
    /// - Parameter isSessionFresh: whether the session has been looked up just now.
    /// - Returns: the slow work to do before `apply`; nil for none.
    func admit(on store: Store, isSessionFresh: Bool = false) throws -> SlowWork? {
        try operation.admit(call(on: store, Computed(), isSessionFresh: isSessionFresh))
    }

    /// Checks everything, again if it was admitted, and does it.
    /// - Parameters:
    ///   - computed: what came of the slow work.
    ///   - isSessionFresh: whether the session has been looked up just now.
    func apply(on store: Store, _ computed: Computed = Computed(), isSessionFresh: Bool = false) throws -> Reply {
        let call = try call(on: store, computed, isSessionFresh: isSessionFresh)
        guard route.changes else { return try operation.apply(call) }
        let (reply, record) = try store.recording { try operation.apply(call) }
        if isDryRun {
            let changes = record?.json(atMost: 3000) ?? ""
            return Reply(json: Array((changes.isEmpty ? "[]" : changes).utf8))
        }
        if let entry = reply.log, let actor = call.admin?.username ?? MailAddress(entry.account) {
            try store.log.add(entry, changes: record?.json() ?? "", admin: actor, ip: client, now: now)
        }
        return reply
    }

    /// Finds out who asks, and whether he may.
    ///
    /// Rights are read here every time, and the session too, unless the gate has looked it up just now: what was withdrawn
    /// counts at once.
    private func call(on store: Store, _ computed: Computed, isSessionFresh: Bool) throws -> Call {
        var admin: AdminRow?
        if isFromOperator {
            admin = .machineOperator
        } else if let username {
            if !isSessionFresh { try requireSession(of: username, store) }
            admin = try store.admins.find(username, now: now)
            guard admin != nil else { throw APIError.loginRequired }
        }
        let path = try path.get()
        if let admin { try route.access.check(admin, path, store) }
        if route.access.concernsDomains { try requireSettled(path, store) }
        return Call(self, computed, admin: admin, path: path, store: store)
    }

    private func requireSession(of username: MailAddress, _ store: Store) throws {
        guard let session, let row = try store.sessions.find(session, now: now), row.username == username,
            configuration.sessionRules.judge(row, client: client, now: now) != .over
        else { throw APIError.loginRequired }
    }

    /// Of a domain that is being changed as a whole, other changes wait until that is done; what is being deleted is not
    /// there any more.
    private func requireSettled(_ path: PathValues, _ store: Store) throws {
        guard let (domain, change) = try store.longChange(among: path.domains, now: now) else { return }
        if route.changes { throw DomainUnderChange(domain: domain) }
        if change == .deletion { throw path.mail == nil ? APIError.noSuchDomain : APIError.noSuchAccount }
    }
}
