import Mail
import MailStore
import PasswordHash

extension Admins {
    static func create(_ call: Call, _ input: AdminInput) throws(APIError) -> Reply {
        let username = try call.mail
        let store = call.store
        guard try !stored({ try store.domains.isTaken(username.domain) }) else { throw .cannotBeLocalDomain }
        guard try stored({ try store.standaloneAdmins.find(username) }) == nil else { throw .alreadyExists }
        let isGlobal = input.isGlobal ?? false
        var settings = AccountSettings()
        input.apply(to: &settings, isGlobal: isGlobal)
        var values = StandaloneAdminChanges()
        values.name = input.name
        values.status = input.status
        values.language = input.language
        values.settings = settings
        values.password = try hash(input.password ?? Secret(""), call)
        try stored {
            try store.ownership.removeAll(of: username)
            try store.standaloneAdmins.insert(username, values, now: call.now)
            if isGlobal { try store.standaloneAdmins.setGlobal(username, true, now: call.now) }
        }
        return .changed(LogEntry(.create, "Create admin: \(username).", account: username.text))
    }

    /// The hash of an admin's new password, if the global rules allow it.
    static func hash(_ password: Secret, _ call: Call) throws(APIError) -> String {
        let scheme = call.configuration.adminScheme
        try call.configuration.passwordPolicy().require(password, for: scheme)
        return try call.hash(password, scheme)
    }
}
