import Mail
import MailStore
import Settings

struct AccountListing: FormInput {
    let emailOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        emailOnly =
            try form.optional("email_only", .yesNo, "Only the addresses, not the profiles.", example: "yes") ?? false
        disabledOnly = try form.optional("disabled_only", .yesNo, "Only disabled accounts.", example: "yes") ?? false
        paging = try Paging(&form)
    }

    func accounts(of kind: AccountKind, in domain: DomainName) -> AccountSelection {
        AccountSelection(kind, in: domain, disabledOnly: disabledOnly, page: paging.page)
    }
}

extension Mailboxes {
    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws(APIError) -> Reply {
        let store = call.store
        let hidden = Set(call.configuration.settings[Settings.hiddenUserProfiles]).union(["password"])
        let selection = input.accounts(of: .mailbox, in: domain.name)
        let last = try stored { try store.accounts.lastAddress(selection) }
        return Reply.list { element in
            try store.accounts.forEachAddress(selection) { address in
                try element { json in
                    if input.emailOnly {
                        json.value(address.text)
                    } else {
                        _ = try json.mailboxProfile(address, store, hiding: hidden)
                    }
                }
            }
        }.linked(to: last, call)
    }
}
