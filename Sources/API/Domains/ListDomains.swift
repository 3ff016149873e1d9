import Mail
import MailStore

struct DomainListing: FormInput {
    let nameOnly: Bool
    let disabledOnly: Bool

    init(_ form: inout Form) throws(APIError) {
        nameOnly = try form.optional("name_only", .yesNo, "Only the names, not the profiles.", example: "yes") ?? false
        disabledOnly =
            try form.optional("disabled_only", .yesNo, "Only domains that do not accept mail.", example: "yes") ?? false
    }
}

extension Domains {
    static func list(_ call: Call, _ input: DomainListing) throws(APIError) -> Reply {
        let caller = try call.caller
        let store = call.store
        return .list { element in
            try store.domains.forEachName(
                managedBy: caller.isGlobal ? nil : caller.username, disabledOnly: input.disabledOnly
            ) { name in
                try element { json in
                    if input.nameOnly {
                        json.value(name.text)
                    } else {
                        _ = try json.domainProfile(name, store)
                    }
                }
            }
        }
    }
}
