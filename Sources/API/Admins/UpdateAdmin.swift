import Mail
import MailStore

extension Admins {
    static func update(_ call: Call, _ admin: StandaloneAdminRow, _ input: AdminInput) throws(APIError) -> Reply {
        let username = admin.username
        let store = call.store
        let isGlobal = input.isGlobal ?? admin.isGlobal
        if !isGlobal || input.status == .disabled { try requireAnotherGlobalAdmin(than: admin, call) }
        var settings = admin.settings
        input.apply(to: &settings, isGlobal: isGlobal)
        var changes = StandaloneAdminChanges()
        changes.name = input.name
        changes.status = input.status
        changes.language = input.language
        if settings != admin.settings { changes.settings = settings }
        if let password = input.password { changes.password = try hash(password, call) }
        guard !changes.isEmpty || isGlobal != admin.isGlobal else { return .unchanged }
        try stored {
            try store.standaloneAdmins.update(username, changes, now: call.now)
            if isGlobal != admin.isGlobal { try store.standaloneAdmins.setGlobal(username, isGlobal, now: call.now) }
        }
        if changes.password != nil { try call.endSessions(of: username) }
        return .changed(LogEntry(.update, "Update admin: \(username).", account: username.text))
    }

    /// Somebody must remain who can undo it.
    static func requireAnotherGlobalAdmin(than admin: StandaloneAdminRow, _ call: Call) throws(APIError) {
        guard admin.isGlobal, admin.status == .active else { return }
        try call.requireGlobalAdmin(besides: admin.username)
    }
}
