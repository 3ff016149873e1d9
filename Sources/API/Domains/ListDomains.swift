import Mail
import MailStore

struct DomainListing: FormInput {
    let nameOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        nameOnly = try form.optional("name_only", .yesNo, "Only the names, not the profiles.", example: "yes") ?? false
        disabledOnly =
            try form.optional("disabled_only", .yesNo, "Only domains that do not accept mail.", example: "yes") ?? false
        paging = try Paging(&form)
    }
}

extension Domains {
    static func list(_ call: Call, _ input: DomainListing) throws -> Reply {
        let caller = try call.caller
        let store = call.store
        let selection = DomainSelection(
            managedBy: caller.isGlobal ? nil : caller.username, disabledOnly: input.disabledOnly,
            page: input.paging.page)
        let last = try store.domains.lastName(selection)
        return Reply.list { element in
            try store.domains.forEachName(selection) { name in
                try element { json in
                    if input.nameOnly {
                        json.value(name.text)
                    } else {
                        _ = try json.domainProfile(name, store)
                    }
                }
            }
        }.linked(to: last, call)
    }
}
