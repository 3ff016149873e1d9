import Mail
import MailStore

extension Domains {
    static func delete(_ call: Call, _ domain: DomainRow) throws -> Reply {
        let caller = try call.caller
        let store = call.store
        let deleteDate = try call.deleteDate
        if try store.mailboxes.hasGlobalAdmin(in: domain.name) {
            guard caller.isGlobal else { throw APIError.permissionDeniedForGlobalAdmin }
            guard try store.admins.hasGlobalAdmin(outside: domain.name, now: call.now) else {
                throw APIError.permissionDenied.explained("The last global admin has his mailbox in this domain.")
            }
        }
        if !caller.isGlobal, try store.admins.hasMailboxBeyond(caller.username, in: domain.name) {
            throw APIError.permissionDenied.explained("A user of this domain manages a domain that you do not manage.")
        }
        try begin(deletionOf: domain.name, deleteDate: deleteDate, call)
        var reply = Reply.changed(LogEntry(.delete, "Delete domain: \(domain.name).", domain: domain.name.text))
        if try !store.makeFirstTurn(of: domain.name) { reply.unfinished = domain.name }
        return reply
    }

    /// The domain is gone; what is left of it goes with `continueChange`.
    static func begin(deletionOf name: DomainName, deleteDate: String?, _ call: Call) throws {
        let caller = try call.caller
        let store = call.store
        // A standalone admin of such an address is no account of the domain.
        for username in try store.sessions.admins(in: name) where try store.standaloneAdmins.find(username) == nil {
            try store.sessions.endAll(of: username, besides: nil)
        }
        try store.beginDeletion(
            of: name, by: caller.username, deleteDate: deleteDate, provenUntil: call.ownershipExpiry, now: call.now)
    }
}
