import Mail
import MailStore

extension Admins {
    static func admitChanges(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws -> SlowWork? {
        try requireAllowed(call, admin, input)
        return call.slowHash
    }

    static func update(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws -> Reply {
        let username = admin.username
        let store = call.store
        try requireAllowed(call, admin, input)
        let isGlobal = input.isGlobal ?? admin.isGlobal
        var settings = admin.settings
        input.apply(to: &settings, isGlobal: isGlobal)
        var changes = StandaloneAdminChanges()
        changes.name = input.name
        changes.status = input.status
        changes.language = input.language
        if settings != admin.settings { changes.settings = settings }
        if input.password != nil { changes.password = try call.newHash }
        guard !changes.isEmpty || isGlobal != admin.isGlobal else { return .unchanged }
        try store.standaloneAdmins.update(username, changes, now: call.now)
        if isGlobal != admin.isGlobal { try store.standaloneAdmins.setGlobal(username, isGlobal, now: call.now) }
        if changes.password != nil { try call.endSessions(of: username) }
        return .changed(LogEntry(.update, "Update admin: \(username).", account: username.text))
    }

    /// All that may refuse the changes.
    private static func requireAllowed(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws {
        if !(input.isGlobal ?? admin.isGlobal) || input.status == .disabled {
            try requireAnotherGlobalAdmin(than: admin, call)
        }
        if let password = input.password { try requireFit(password, call) }
    }

    /// Somebody must remain who can undo it.
    static func requireAnotherGlobalAdmin(than admin: StandaloneAdminRow, _ call: Call) throws {
        guard admin.isGlobal, admin.status == .active else { return }
        try call.requireGlobalAdmin(besides: admin.username)
    }
}
