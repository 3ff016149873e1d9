import Mail
import MailStore
import Settings

struct AccountListing: FormInput {
    let emailOnly: Bool
    let disabledOnly: Bool

    init(_ form: inout Form) throws(APIError) {
        emailOnly =
            try form.optional("email_only", .yesNo, "Only the addresses, not the profiles.", example: "yes") ?? false
        disabledOnly = try form.optional("disabled_only", .yesNo, "Only disabled accounts.", example: "yes") ?? false
    }
}

extension Mailboxes {
    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws(APIError) -> Reply {
        let store = call.store
        let hidden = Set(call.configuration.settings[Settings.hiddenUserProfiles]).union(["password"])
        return .list { element in
            try store.mailboxes.forEachAddress(in: domain.name, disabledOnly: input.disabledOnly) { address in
                try element { json in
                    if input.emailOnly {
                        json.value(address.text)
                    } else {
                        _ = try json.mailboxProfile(address, store, hiding: hidden)
                    }
                }
            }
        }
    }
}
