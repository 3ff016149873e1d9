import Mail
import MailStore
import PasswordHash

/// One request on its way through a handler: who asks, for what, and what the handler may use.
package struct Call {
    let path: PathValues
    let store: Store
    /// The admin who asks, with the rights of this moment; nil on a route that needs no session.
    let admin: AdminRow?
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
    private let computed: Computed

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
        query = request.query
        figures = request.figures
        computed = request.computed
    }

    /// - Throws: when the route asks for no session, which is a mistake in its table.
    var caller: AdminRow {
        get throws {
            guard let admin else { throw APIError.loginRequired }
            return admin
        }
    }

    /// The domain in the path, or that of the address there.
    var domain: DomainName {
        get throws {
            guard let domain = path.domain ?? path.mail?.domain else { throw APIError.invalidDomainName }
            return domain
        }
    }

    var newMail: MailAddress {
        get throws {
            guard let mail = path.newMail else { throw APIError.invalidMail }
            return mail
        }
    }

    var mail: MailAddress {
        get throws {
            guard let mail = path.mail else { throw APIError.invalidMail }
            return mail
        }
    }

    /// The hash of the new password that was sent.
    /// - Throws: why there is none.
    var newHash: String {
        get throws {
            guard let hash = computed.hash else { throw APIError.internalError(NoHash()) }
            return try hash.get()
        }
    }

    /// Whether the password that was sent has been found to be this one, which is still stored.
    func hasMatched(_ stored: StoredPassword) -> Bool { computed.matched == stored }

    /// An operation's admission has not asked for what its handler needs: a mistake in its table.
    private struct NoHash: Error {}
}
