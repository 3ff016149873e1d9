import Gateway
import Mail
import MailStore

/// A request that has passed the gate and is parsed. It never changes, so it can go from thread to thread, and be
/// applied again.
final class PreparedRequest: Sendable {
    private let routed: RoutedRequest
    let operation: ParsedOperation
    /// What the placeholders stand for. A malformed name is refused only after the session was checked.
    let path: Result<PathValues, APIError>
    /// The session's admin; nil on a route that needs no session, and for tools of this machine.
    let username: MailAddress?
    let isStrict: Bool
    let figures: Figures
    let lists: ListKeeper

    init(
        _ routed: RoutedRequest, _ operation: ParsedOperation, path: Result<PathValues, APIError>,
        username: MailAddress?, isStrict: Bool, figures: Figures, lists: ListKeeper
    ) {
        self.routed = routed
        self.operation = operation
        self.path = path
        self.username = username
        self.isStrict = isStrict
        self.figures = figures
        self.lists = lists
    }

    var route: Route { routed.route }
    var rawPath: Substring { routed.rawPath }
    var query: Substring { routed.query }
    var session: String? { routed.session }
    var isFromTool: Bool { routed.isFromTool }
    var client: String { routed.client }
    var isSecure: Bool { routed.isSecure }
    var isDryRun: Bool { routed.isDryRun }
    var now: Moment { routed.now }
    var configuration: Configuration { routed.configuration }

    /// Whether it is admitted before it is applied: when parsing found a fault, or it needs slow work, or it has steps
    /// outside the store.
    var needsAdmission: Bool {
        if operation.isRefused || operation.stepBefore != nil { return true }
        guard let password = operation.password else { return false }
        return password.kind == .checked || configuration.slowHash(password) != nil
    }

    /// Whether an account may have gone or got another name, which people of mailing lists then have, too.
    var mayLeaveWorkForLists: Bool {
        guard route.changes, !isDryRun else { return false }
        return route.method == .delete || (try? path.get().newMail) != nil
    }

    /// Checks all that may refuse the request before its slow work. Changes nothing.
    ///
    /// - Parameter isSessionFresh: whether the session has been looked up just now.
    /// - Returns: the slow work to do before `apply`; nil for none.
    func admit(on store: Store, isSessionFresh: Bool = false) throws -> SlowWork? {
        try operation.admit(call(on: store, Computed(), isSessionFresh: isSessionFresh))
    }

    /// Checks everything anew, and returns what to do outside the store before `apply`; nil for nothing.
    func step(on store: Store) throws -> OutsideStep? {
        guard let step = operation.stepBefore else { return nil }
        return try step(call(on: store, Computed(), isSessionFresh: false))
    }

    /// Checks everything, even if `admit` has done so before, and does what is asked for.
    /// - Parameters:
    ///   - computed: the result of the slow work.
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

    /// Checks who asks and whether they may, as `apply` does before anything else.
    func requireRights(on store: Store) throws {
        _ = try call(on: store, Computed(), isSessionFresh: true, isAllAsked: false)
    }

    /// Announces what `apply` is going to read of accounts, as far as that is known: not a normal admin's rights over the
    /// domains in the path.
    func announce(on store: Store) {
        guard let username else { return }
        store.announce(username, now: now)
        if case .success(let path) = path { operation.announce(store, path, self) }
    }

    /// The same for the writer, with the session; nil for a request without one.
    var announcement: Writer.Announcement? {
        guard let session, username != nil else { return nil }
        return Writer.Announcement(
            sessions: { store in store.sessions.announce(session) },
            accounts: { store in self.announce(on: store) })
    }

    /// Finds out who asks, and whether they may.
    ///
    /// Rights are read anew every time, or at the same moment for a whole group (`RequestGroup`; on the writer `Memory`),
    /// and so is the session unless the gate has just looked it up. So a right or session that was withdrawn meanwhile
    /// does not count.
    ///
    /// - Parameter isAllAsked: whether what the operation reads is announced, too.
    private func call(
        on store: Store, _ computed: Computed, isSessionFresh: Bool, isAllAsked: Bool = true
    ) throws -> Call {
        var admin: AdminRow?
        if isFromTool {
            admin = .machineOperator
        } else if let username {
            if !isSessionFresh { try requireSession(of: username, store) }
            if isAllAsked { announce(on: store) } else { store.announce(username, now: now) }
            admin = try store.admins.find(username, now: now)
            guard admin != nil else { throw APIError.loginRequired }
        }
        let path = try path.get()
        if let admin { try route.access.check(admin, path, store) }
        if route.access.concernsDomains { try requireNoLongChange(path, store) }
        return Call(self, computed, admin: admin, path: path, store: store)
    }

    private func requireSession(of username: MailAddress, _ store: Store) throws {
        guard let session, let row = try store.sessions.find(session, now: now), row.username == username,
            configuration.sessionRules.validity(of: row, client: client, now: now) != .expired
        else { throw APIError.loginRequired }
    }

    /// - Throws: while a domain of the path is being changed as a whole: `DomainUnderChange` for a change, which then
    ///   waits; for a read of a domain that is being deleted, the word for one that does not exist.
    private func requireNoLongChange(_ path: PathValues, _ store: Store) throws {
        guard let (domain, change) = try store.longChange(among: path.domains, now: now) else { return }
        if route.changes { throw DomainUnderChange(domain: domain) }
        if change == .deletion { throw path.mail == nil ? APIError.noSuchDomain : APIError.noSuchAccount }
    }
}
