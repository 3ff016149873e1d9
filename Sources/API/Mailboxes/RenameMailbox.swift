import Mail
import MailStore

extension Mailboxes {
    static func rename(_ call: Call, _ mailbox: MailboxRow) throws -> Reply {
        let old = mailbox.address
        let new = try call.newMail
        let store = call.store
        let domain = try domainOfRenamed(from: old, to: new, call)
        try requireNoAdmin(of: new, call)
        if new.domain != old.domain {
            try AccountRoom.mailboxes.require(in: domain, isNew: false, call)
            _ = try QuotaRule(for: old, in: domain, store).quota(asked: mailbox.quota)
        }
        try store.renameMailbox(old, to: new, now: call.now)
        // Within a domain he keeps those that are there, also below an alias domain that is off now.
        if new.domain != old.domain {
            for alias in try store.forwardings.aliases(of: new).compactMap({ MailAddress($0) })
            where try !mayHaveAddress(in: alias.domain, new, call) {
                try store.forwardings.removeAlias(alias, of: new)
            }
        }
        try store.sessions.rename(old, to: new)
        return .changed(
            LogEntry(.update, "Change mail address: \(old) -> \(new).", domain: new.domain.text, account: new.text))
    }

    /// The domain an account moves to, if the new address is fit, hosted and free. Nobody moves into a domain that waits for
    /// its proof, within it or out of it: what others say of an address there is about an outside one and would not follow.
    static func domainOfRenamed(from old: MailAddress, to new: MailAddress, _ call: Call) throws -> DomainRow {
        guard new.isFitForLocalAccount else {
            throw APIError.invalidMail.explained("A local part may have letters, digits and . _ - only.")
        }
        guard let domain = try call.store.domains.find(new.domain) else { throw APIError.noSuchDomain }
        guard try !isTaken(new, call) else { throw APIError.alreadyExists }
        for name in Set([old.domain, new.domain]) where try call.store.domains.isWaiting(name) {
            throw APIError.permissionDenied.explained("The ownership of \(name) is still to be proved.")
        }
        return domain
    }
}
