import Mail
import MailStore
import PasswordHash
import Settings

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
}
