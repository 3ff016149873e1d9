import Mail
import MailStore

extension Call {
    /// Somebody must remain who can undo what is done to a global admin.
    func requireGlobalAdmin(besides account: MailAddress) throws {
        guard try store.admins.hasGlobalAdmin(besides: account, now: now) else {
            throw APIError.permissionDenied.explained("This is the last global admin.")
        }
    }

    /// A global admin's mailbox is for global admins; one whose user manages a domain that the caller does not manage is
    /// for those who do: with its password, or its name, the caller would have that domain too.
    func requireReach(of mailbox: MailboxRow) throws {
        if try reaches(mailbox) { return }
        guard !mailbox.isGlobalAdmin else { throw APIError.permissionDeniedForGlobalAdmin }
        throw APIError.permissionDenied.explained("This user manages a domain that you do not manage.")
    }

    /// What `requireReach` requires.
    func reaches(_ mailbox: MailboxRow) throws -> Bool {
        let caller = try caller
        if caller.isGlobal { return true }
        if mailbox.isGlobalAdmin { return false }
        return try !store.admins.isBeyond(caller.username, mailbox.address)
    }

    /// After a change of password: whoever knew the old one must not go on with it. The caller's own session stays.
    func endSessions(of account: MailAddress) throws {
        let own = try caller.username == account ? session : nil
        try store.sessions.endAll(of: account, besides: own)
    }
}
