import Mail
import MailStore
import PasswordHash

extension Admins {
    static func admitNew(_ call: Call, _ input: AdminInput) throws -> SlowWork? {
        try requireAllowed(call, input)
        return call.slowHash
    }

    static func create(_ call: Call, _ input: AdminInput) throws -> Reply {
        let username = try call.mail
        let store = call.store
        try requireAllowed(call, input)
        let isGlobal = input.isGlobal ?? false
        var settings = AccountSettings()
        input.apply(to: &settings, isGlobal: isGlobal)
        var values = StandaloneAdminChanges()
        values.name = input.name
        values.status = input.status
        values.language = input.language
        values.settings = settings
        values.password = try call.newHash
        try store.ownership.removeAll(of: username)
        try store.standaloneAdmins.insert(username, values, now: call.now)
        if isGlobal { try store.standaloneAdmins.setGlobal(username, true, now: call.now) }
        return .changed(LogEntry(.create, "Create admin: \(username).", account: username.text))
    }

    /// All that may refuse a new admin.
    private static func requireAllowed(_ call: Call, _ input: AdminInput) throws {
        let username = try call.mail
        guard try !call.store.domains.isTaken(username.domain) else { throw APIError.cannotBeLocalDomain }
        guard try call.store.standaloneAdmins.find(username) == nil else { throw APIError.alreadyExists }
        try requireFit(input.password ?? Secret(""), call)
    }

    /// The global rules for an admin's new password.
    static func requireFit(_ password: Secret, _ call: Call) throws {
        try call.configuration.passwordPolicy().require(password, for: call.configuration.adminScheme)
    }
}
