import Mail
import MailStore

extension Admins {
    static func delete(_ call: Call, _ admin: StandaloneAdminRow) throws -> Reply {
        try requireAnotherGlobalAdmin(than: admin, call)
        try call.store.standaloneAdmins.delete(admin.username)
        try call.store.sessions.endAll(of: admin.username, besides: nil)
        return .changed(LogEntry(.delete, "Delete admin: \(admin.username).", account: admin.username.text))
    }
}
