import Mail
import MailStore

extension Call {
    /// Somebody must remain who can undo what is done to a global admin.
    func requireGlobalAdmin(besides account: MailAddress) throws(APIError) {
        guard try stored({ try store.admins.hasGlobalAdmin(besides: account, now: now) }) else {
            throw .permissionDenied.explained("This is the last global admin.")
        }
    }

    /// After a change of password: whoever knew the old one must not go on with it. The caller's own session stays.
    func endSessions(of account: MailAddress) throws(APIError) {
        let own = try caller.username == account ? session : nil
        try stored { try store.sessions.endAll(of: account, besides: own) }
    }
}
