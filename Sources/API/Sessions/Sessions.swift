import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Synchronization

/// Login and logout of admins.
///
/// `admitLogin` asks for a check of the password, which `LoginGuard` may delay and which runs in the pool. `login` then
/// stores a session under the SHA-256 of a new `SessionID`, which goes to the client as a cookie. For each later
/// request the gate finds the session (`API+Prepare.swift`), and `SessionRules` says whether it is still valid. A
/// session holds no rights: they are read for each request. Source: `Contract.md` 3.3, `Security.md` A1 to A25.
enum Sessions {
    static let routes = [
        Route(
            .post, "/api/login", "login", .open, "Begins a session.", refuses: [.invalidCredentials, .notAllowedIP],
            admit: admitLogin, login),
        Route(.post, "/api/logout", "logout", .anyAdmin, "Ends the session.", logout).extra(),
    ]
}

struct Credentials: FormInput {
    let username: MailAddress
    let password: Secret

    init(_ form: inout Form) throws(APIError) {
        username = try form.required(
            "username", .username, by: .caller, "Mail address of the admin.", example: "postmaster@example.com",
            missing: .invalidUsername)
        password = try form.required(
            "password", .password(.checked), by: .caller, "The admin's password.", example: "Secret-1234",
            missing: .emptyPassword)
    }
}

extension Sessions {
    /// Asks for a check also when there is no such admin: an unknown name, a wrong password, a disabled or expired
    /// account and a mail user without rights get the same answer after about the same time (`Security.md` A3, A4).
    static func admitLogin(_ call: Call, _ input: Credentials) throws -> SlowWork? {
        try require(call.client, in: call.configuration.settings[Settings.adminLoginClients])
        let admin = try call.store.admins.find(input.username, now: call.now)
        return .check(input.password, of: input.username, against: admin.map { StoredPassword($0.password) })
    }

    static func login(_ call: Call, _ input: Credentials) throws -> Reply {
        let settings = call.configuration.settings
        try require(call.client, in: settings[Settings.adminLoginClients])
        guard let admin = try call.store.admins.find(input.username, now: call.now),
            call.hasMatched(StoredPassword(admin.password))
        else { throw APIError.invalidCredentials }
        if admin.isGlobal { try require(call.client, in: settings[Settings.globalAdminClients]) }
        let id = SessionID()
        if let old = call.session { try call.store.sessions.end(old) }
        try call.store.sessions.removeExpired(
            idleSince: Moment(epoch: call.now.epoch - settings[Settings.sessionTimeout]),
            createdBefore: Moment(epoch: call.now.epoch - settings[Settings.sessionLifetime]))
        try call.store.sessions.insert(
            id.hash, username: admin.username, ip: call.client, now: call.now,
            limit: settings[Settings.sessionsPerAdmin])
        // No domain for a standalone admin: admins of a domain of that name, which may be made later, must not see it.
        var reply = Reply.changed(
            LogEntry(
                .login, "Login: \(admin.username).", domain: admin.isMailbox ? admin.username.domain.text : "",
                account: admin.username.text))
        reply.cookie = id.text
        return reply
    }

    /// Refuses a client outside of the networks; without any, everybody is let in.
    private static func require(_ client: String, in ranges: [IPNetwork]) throws {
        guard !ranges.isEmpty else { return }
        guard let address = IPAddress(client), ranges.contains(where: { $0.contains(address) }) else {
            throw APIError.notAllowedIP
        }
    }

    static func logout(_ call: Call) throws -> Reply {
        if let session = call.session {
            try call.store.sessions.end(session)
        }
        return Reply(cookie: "")
    }
}

/// One check of a password that somebody may be guessing, at a login or a password check.
///
/// The guard is told its outcome exactly once. If nobody has called `settle`, `deinit` tells it that nothing was
/// checked.
final class LoginAttempt: Sendable {
    let account: String
    let client: String
    private let loginGuard: LoginGuard
    private let isSettled = Atomic(false)

    init(at account: String, from client: String, _ loginGuard: LoginGuard) {
        self.account = account
        self.client = client
        self.loginGuard = loginGuard
    }

    deinit { settle(nil) }

    /// Tells the guard the outcome, at the first call only.
    /// - Parameter isRight: nil when the password was not checked.
    /// - Returns: whether this was the first call.
    @discardableResult
    func settle(_ isRight: Bool?) -> Bool {
        guard !isSettled.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        loginGuard.finished(isRight, account, from: client)
        return true
    }
}
