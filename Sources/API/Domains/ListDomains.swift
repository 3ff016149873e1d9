import Mail
import MailStore

struct DomainListing: FormInput {
    let nameOnly: Bool
    let disabledOnly: Bool
    let paging: Paging

    init(_ form: inout Form) throws(APIError) {
        nameOnly =
            try form.optional(
                "name_only", .yesNo, by: .caller, "Only the names, not the profiles.", example: "yes", default: "no")
            ?? false
        disabledOnly =
            try form.optional(
                "disabled_only", .yesNo, by: .caller, "Only domains that do not accept mail.", example: "yes",
                default: "no") ?? false
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
