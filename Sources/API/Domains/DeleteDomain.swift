import Mail
import MailStore

extension Domains {
    static func delete(_ call: Call, _ domain: DomainRow) throws(APIError) -> Reply {
        let caller = try call.caller
        let store = call.store
        let deleteDate = try call.deleteDate
        if try stored({ try store.admins.hasGlobalAdmin(in: domain.name) }) {
            guard caller.isGlobal else { throw .permissionDeniedForGlobalAdmin }
            guard try stored({ try store.admins.hasGlobalAdmin(outside: domain.name, now: call.now) }) else {
                throw .permissionDenied.explained("The last global admin has an address of this domain.")
            }
        }
        if !caller.isGlobal, try stored({ try store.admins.hasMailboxBeyond(caller.username, in: domain.name) }) {
            throw .permissionDenied.explained("A user of this domain manages a domain that you do not manage.")
        }
        let isDone = try stored {
            try store.sessions.endAll(in: domain.name)
            try store.beginDeletion(of: domain.name, by: caller.username, deleteDate: deleteDate, now: call.now)
            return try store.continueChange(of: domain.name)
        }
        var reply = Reply.changed(LogEntry(.delete, "Delete domain: \(domain.name).", domain: domain.name.text))
        if !isDone { reply.unfinished = domain.name }
        return reply
    }
}
