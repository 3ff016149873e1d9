import Mail
import MailStore

extension Mailboxes {
    static func delete(_ call: Call, _ mailbox: MailboxRow) throws -> Reply {
        let caller = try call.caller
        let address = mailbox.address
        let deleteDate = try call.deleteDate
        try requireAnotherGlobalAdmin(than: mailbox, call)
        try call.store.deleteMailbox(address, by: caller.username, deleteDate: deleteDate, now: call.now)
        try call.store.sessions.endAll(of: address, besides: nil)
        return .changed(
            LogEntry(.delete, "Delete mail user: \(address).", domain: address.domain.text, account: address.text))
    }
}
