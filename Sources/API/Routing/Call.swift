import Mail
import MailStore
import PasswordHash
import SQLite

/// One request on its way through a handler: who asks, for what, and what the handler may use.
package struct Call {
    let path: PathValues
    let store: Store
    /// The admin who asks, with the rights of this moment.
    private let admin: AdminRow?
    /// SHA-256 of the session's id; nil without a session.
    let session: String?
    /// REMOTE_ADDR in canonical text.
    let client: String
    let configuration: Configuration
    let now: Moment
    /// The path and the query of the request, undecoded.
    let rawPath: Substring
    let query: Substring
    /// `Prefer: handling=strict`.
    let isStrict: Bool
    let figures: Figures
    /// What has been computed for this request so far.
    private let computed: [SlowTask: SlowResult]

    init(_ request: PreparedRequest, admin: AdminRow?, path: PathValues, store: Store) {
        self.path = path
        self.store = store
        self.admin = admin
        session = request.session
        client = request.client
        configuration = request.configuration
        now = request.now
        isStrict = request.isStrict
        rawPath = request.rawPath
        query = request.source.query
        figures = request.figures
        computed = request.computed
    }

    /// - Throws: when the route asks for no session, which is a mistake in its table.
    var caller: AdminRow {
        get throws(APIError) {
            guard let admin else { throw .loginRequired }
            return admin
        }
    }

    /// The domain in the path, or that of the address there.
    var domain: DomainName {
        get throws(APIError) {
            guard let domain = path.domain ?? path.mail?.domain else { throw .invalidDomainName }
            return domain
        }
    }

    var newMail: MailAddress {
        get throws(APIError) {
            guard let mail = path.newMail else { throw .invalidMail }
            return mail
        }
    }

    var mail: MailAddress {
        get throws(APIError) {
            guard let mail = path.mail else { throw .invalidMail }
            return mail
        }
    }

    /// The hash of a new password under a scheme. A slow one suspends the handler, which then runs again: it must not
    /// have written anything yet.
    func hash(_ password: Secret, _ scheme: PasswordScheme) throws(APIError) -> String {
        guard scheme.isSlow else { return try configuration.hash(password, scheme) }
        let task = SlowTask.hash(password, scheme)
        guard case .hashed(let hash) = computed[task] else { throw .waiting(for: task) }
        return hash
    }

    /// Whether this is the account's password; nil stands for no account. Costs the same whatever is stored, besides
    /// what the guard against guessing makes it wait.
    func verify(
        _ password: Secret, of account: MailAddress, against stored: StoredPassword?
    ) throws(APIError) -> Bool {
        let task = SlowTask.verify(password, of: account, stored)
        guard case .verified(let isRight) = computed[task] else { throw .waiting(for: task) }
        return isRight
    }
}
