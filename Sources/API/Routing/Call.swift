import Mail
import MailStore
import PasswordHash
import Settings

/// One request as its operation sees it: who asks, for what, and the store to use.
package struct Call {
    let path: PathValues
    let store: Store
    /// The admin who asks, with the rights of this moment; nil on a route that needs no session.
    let admin: AdminRow?
    private let request: PreparedRequest
    private let computed: Computed

    init(_ request: PreparedRequest, _ computed: Computed, admin: AdminRow?, path: PathValues, store: Store) {
        self.request = request
        self.computed = computed
        self.admin = admin
        self.path = path
        self.store = store
    }

    /// SHA-256 of the session's id; nil without a session.
    var session: String? { request.session }
    /// REMOTE_ADDR in canonical text.
    var client: String { request.client }
    var configuration: Configuration { request.configuration }
    var now: Moment { request.now }
    /// The path and the query of the request, undecoded.
    var rawPath: Substring { request.rawPath }
    var query: Substring { request.query }
    /// `Prefer: handling=strict`.
    var isStrict: Bool { request.isStrict }
    var figures: Figures { request.figures }

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

    /// The slow work that the new password needs, if one was sent.
    var slowHash: SlowWork? { request.operation.password.flatMap(configuration.slowHash) }

    /// Whether `stored`, as it is now, is the hash that the password sent was checked against, and matched.
    func hasMatched(_ stored: StoredPassword) -> Bool { computed.matched == stored }

    /// An operation's admission has not asked for what it needs: a mistake in its table.
    private struct NoHash: Error {}
}

extension Call {
    /// Somebody must remain who can undo what is done to a global admin.
    func requireGlobalAdmin(besides account: MailAddress) throws {
        guard try store.admins.hasGlobalAdmin(besides: account, now: now) else {
            throw APIError.permissionDenied.explained("This is the last global admin.")
        }
    }

    /// A global admin's mailbox is for global admins; one whose user manages a domain that the caller does not manage is
    /// for those who do: with its password, or its name, the caller would have that domain too.
    func requireReach(of mailbox: MailboxRow) throws {
        if try reaches(mailbox) { return }
        guard !mailbox.isGlobalAdmin else { throw APIError.permissionDeniedForGlobalAdmin }
        throw APIError.permissionDenied.explained("This user manages a domain that you do not manage.")
    }

    /// What `requireReach` requires.
    func reaches(_ mailbox: MailboxRow) throws -> Bool {
        let caller = try caller
        if caller.isGlobal { return true }
        if mailbox.isGlobalAdmin { return false }
        return try !store.admins.isBeyond(caller.username, mailbox.address)
    }

    /// After a change of password: whoever knew the old one must not go on with it. The caller's own session stays.
    func endSessions(of account: MailAddress) throws {
        let own = try caller.username == account ? session : nil
        try store.sessions.endAll(of: account, besides: own)
    }

    /// From which day on the message files of what is deleted now may be purged: after the number of days in the path,
    /// which a normal admin cannot set beyond the largest of `DAYS_TO_KEEP_REMOVED_MAILBOX`.
    ///
    /// Nil, for a path without a number or with 0: never.
    var deleteDate: String? {
        get throws {
            guard var days = path.number, days > 0 else { return nil }
            if try !caller.isGlobal {
                days = min(days, configuration.settings[Settings.daysToKeepRemovedMailbox].max() ?? days)
                if days == 0 { return nil }
            }
            guard let date = now.date(addingDays: days) else {
                throw APIError.invalidParameter.explained("The mailbox cannot be kept beyond the year 9999.")
            }
            return date
        }
    }
}
