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

    /// As of `PreparedRequest.session`.
    var session: String? { request.session }
    /// The client's address in canonical text; empty for tools of this machine.
    var client: String { request.client }
    var configuration: Configuration { request.configuration }
    var now: Moment { request.now }
    /// Path and query of the request, not decoded.
    var rawPath: Substring { request.rawPath }
    var query: Substring { request.query }
    /// `Prefer: handling=strict`.
    var isStrict: Bool { request.isStrict }
    var figures: Figures { request.figures }
    var isDryRun: Bool { request.isDryRun }
    var lists: ListKeeper { request.lists }
    /// What the step before has found; nil without one, and in a dry run.
    var found: (any Sendable)? { computed.found }

    /// The admin who asks.
    /// - Throws: on a route that needs no session; only `admin` may be used there.
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
    /// - Throws: when hashing failed, or when admission did not ask for the hash.
    var newHash: String {
        get throws {
            guard let hash = computed.hash else { throw APIError.internalError(NoHash()) }
            return try hash.get()
        }
    }

    /// The slow work that the new password needs, if one was sent.
    var slowHash: SlowWork? { request.operation.password.flatMap(configuration.slowHash) }

    /// Whether the password that was sent has matched this hash. False when the hash was replaced since the check.
    func hasMatched(_ stored: StoredPassword) -> Bool { computed.matched == stored }

    /// Admission did not ask for the hash that the operation needs: a mistake in the program.
    private struct NoHash: Error {}
}

extension Call {
    /// - Throws: `PERMISSION_DENIED` when there is no other active global admin to undo the change (`Security.md` B10).
    func requireGlobalAdmin(besides account: MailAddress) throws {
        guard try store.admins.hasGlobalAdmin(besides: account, now: now) else {
            throw APIError.permissionDenied.explained("This is the last global admin.")
        }
    }

    /// Refuses a change of a mailbox whose user has rights that the caller lacks: a global admin, or an admin of a
    /// domain that the caller does not manage. With the user's password or address the caller would get these rights
    /// (`Security.md` B18).
    func requireReach(of mailbox: MailboxRow) throws {
        if try reaches(mailbox) { return }
        guard !mailbox.isGlobalAdmin else { throw APIError.permissionDeniedForGlobalAdmin }
        throw APIError.permissionDenied.explained("This user manages a domain that you do not manage.")
    }

    /// Whether `requireReach` lets the caller change the mailbox.
    func reaches(_ mailbox: MailboxRow) throws -> Bool {
        let caller = try caller
        if caller.isGlobal { return true }
        if mailbox.isGlobalAdmin { return false }
        return try !store.admins.managesOthersDomain(caller.username, mailbox.address)
    }

    /// Ends the account's sessions after a change of its password, because somebody who knew the old one may have begun
    /// them. The caller's own session stays.
    func endSessions(of account: MailAddress) throws {
        let own = try caller.username == account ? session : nil
        try store.sessions.endAll(of: account, besides: own)
    }

    /// The day from which `postern purge` removes the message files of what is deleted now: today (UTC) plus the days
    /// in the path; nil for never, when the path has none or 0. For a normal admin they are lowered to the largest of
    /// `DAYS_TO_KEEP_REMOVED_MAILBOX`.
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
