import Gateway
import Mail
import MailStore
import SQLite

/// A request that has passed the gate and has a route: a value that can go from thread to thread and be run again.
struct PreparedRequest: Sendable {
    let route: Route
    let path: PathParameters
    /// As sent, without the query.
    let rawPath: Substring
    let source: Form.Source
    /// SHA-256 of the session's id. On a route that needs no session it is whatever the client showed, unchecked.
    let session: String?
    /// Whose session it is; nil on a route that needs none.
    let username: MailAddress?
    /// Asked on this machine by root or the service's own user: a global admin without a session.
    let isFromOperator: Bool
    let client: String
    let isSecure: Bool
    let isStrict: Bool
    let now: Moment
    let configuration: Configuration
    let figures: Figures
    var computed: [SlowTask: SlowResult] = [:]

    /// Decides and does the request, on a reader for routes that change nothing and on the writer for the others.
    ///
    /// The caller's rights are read here, every time, so that what was withdrawn counts at once.
    func run(on store: Store) throws(APIError) -> Reply {
        var admin: AdminRow?
        if isFromOperator {
            admin = .machineOperator
        } else if let username {
            admin = try stored { try store.admins.find(username, now: now) }
            guard admin != nil else { throw .loginRequired }
        }
        let values = try path.parsed()
        if let admin { try route.access.check(admin, values, store) }
        if route.access.concernsDomains { try requireSettled(values, store) }
        let call = Call(self, admin: admin, path: values, store: store)
        let (reply, record) = try store.recording { () throws(APIError) in try route.run(call, source) }
        if let entry = reply.log {
            let actor = admin?.username ?? MailAddress(entry.account)
            if let actor {
                try stored {
                    try store.log.add(entry, changes: record?.json ?? "", admin: actor, ip: client, now: now)
                }
            }
        }
        return reply
    }

    /// Of a domain that is being changed as a whole, other changes wait until that is done; what is being deleted is not
    /// there any more.
    private func requireSettled(_ path: PathValues, _ store: Store) throws(APIError) {
        guard let (domain, change) = try stored({ try store.longChange(among: path.domains, now: now) }) else { return }
        if route.changes { throw .waiting(forChangeOf: domain) }
        if change == .deletion { throw path.mail == nil ? .noSuchDomain : .noSuchAccount }
    }
}
