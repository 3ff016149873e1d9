import Mail
import MailStore

extension Aliases {
    static func show(_ call: Call, _ alias: AliasRow) throws -> Reply {
        try Reply.data { json in
            _ = try json.aliasProfile(alias.address, isList: alias.isList, call.store)
        }
    }

    static func list(_ call: Call, _ domain: DomainRow, _ input: AccountListing) throws -> Reply {
        let store = call.store
        let selection = input.accounts(of: .alias, in: domain.name)
        let last = try store.accounts.lastAddress(selection)
        return Reply.list { element in
            try store.accounts.forEachAddress(selection) { address in
                try element { json in
                    if input.emailOnly {
                        json.value(address.text)
                    } else {
                        _ = try json.aliasProfile(address, isList: false, store)
                    }
                }
            }
        }.linked(to: last, call)
    }
}

extension JSONWriter {
    /// One alias or mailing list as the API shows it: its row and its people.
    ///
    /// - Returns: false, with nothing written, when there is none.
    mutating func aliasProfile(_ address: MailAddress, isList: Bool, _ store: Store) throws -> Bool {
        let exists = try store.aliases.withProfile(of: address, isList: isList) { row in
            open("{")
            members(of: row, hiding: .none)
        }
        guard exists else { return false }
        member("members", try store.aliases.members(of: address))
        member("moderators", try store.aliases.moderators(of: address))
        if isList { member("owners", try store.aliases.owners(of: address)) }
        close("}")
        return true
    }
}
