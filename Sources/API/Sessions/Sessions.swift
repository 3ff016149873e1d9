import Gateway
import Mail
import MailStore
import PasswordHash
import Settings
import Synchronization

/// Login and logout.
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
    /// Nobody, a wrong password, a disabled or expired account and a mailbox without rights look alike and take equally
    /// long: the check is asked for whoever it is.
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
        // Whoever has no mailbox here is no matter of a domain's admins, also when a domain of that name is made later.
        var reply = Reply.changed(
            LogEntry(
                .login, "Login: \(admin.username).", domain: admin.isMailbox ? admin.username.domain.text : "",
                account: admin.username.text))
        reply.cookie = id.text
        return reply
    }

    /// An empty list lets everybody in.
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

/// A password that is about to be checked for somebody who may be guessing, at a login or as a check of somebody's
/// password. However that ends, the guard is told, once: at the latest when the last one who has the attempt in hand lets
/// go of it.
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

    /// - Parameter isRight: nil when it was not checked after all.
    /// - Returns: whether it was not settled before.
    @discardableResult
    func settle(_ isRight: Bool?) -> Bool {
        guard !isSettled.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        loginGuard.finished(isRight, account, from: client)
        return true
    }
}
