import Mail
import MailStore

struct AccountListing: FormInput {
    let emailOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        emailOnly =
            try form.optional(
                "email_only", .yesNo, by: .caller, "Only the addresses, not the profiles.", example: "yes",
                default: "no") ?? false
        disabledOnly =
            try form.optional(
                "disabled_only", .yesNo, by: .caller, "Only disabled accounts.", example: "yes", default: "no") ?? false
        paging = try Paging(&form)
    }

    func accounts(of kind: AccountKind, in domain: DomainName) -> AccountSelection {
        AccountSelection(kind, in: domain, disabledOnly: disabledOnly, page: paging.page)
    }
}

extension Mailboxes {
    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws -> Reply {
        let store = call.store
        let hidden = call.configuration.hiddenMailboxColumns
        let selection = input.accounts(of: .mailbox, in: domain.name)
        let last = try store.accounts.lastAddress(selection)
        return Reply.list { element in
            if input.emailOnly {
                try store.accounts.forEachAddress(selection) { address in try element { $0.value(address.text) } }
            } else {
                try store.forEachMailboxProfile(selection, in: domain.name) { profile in
                    try element { $0.mailbox(profile, hiding: hidden) }
                }
            }
        }.linked(to: last, call)
    }
}
