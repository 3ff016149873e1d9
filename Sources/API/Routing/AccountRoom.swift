import Mail
import MailStore

/// Whether one more account of a kind fits: the domain's limit binds everybody, the admin's own a normal admin.
struct AccountRoom: Sendable {
    private let kind: AccountKind
    private let limit: @Sendable (DomainRow) -> AccountLimit
    /// In an admin's settings.
    private let key: String
    private let word: APIError

    static var mailboxes: Self {
        Self(kind: .mailbox, limit: \.mailboxLimit, key: "create_max_users", word: .exceededUsers)
    }
    static var aliases: Self {
        Self(kind: .alias, limit: \.aliasLimit, key: "create_max_aliases", word: .exceededAliases)
    }
    static var lists: Self { Self(kind: .list, limit: \.listLimit, key: "create_max_lists", word: .exceededLists) }

    /// What `require` refuses an account for, new or not.
    var domainRefusals: [APIError] { [.notAllowed, .exceededDomainAccountLimit] }
    /// What it refuses a new one for.
    var refusals: [APIError] { domainRefusals + [word] }

    /// - Parameter isNew: false for an account that only moves there: whoever manages both domains has no more of them.
    func require(in domain: DomainRow, isNew: Bool = true, _ call: Call) throws {
        let accounts = call.store.accounts
        switch limit(domain) {
        case .unlimited: break
        case .none: throw APIError.notAllowed
        case .atMost(let limit):
            guard try accounts.count(kind, in: domain.name) < limit else {
                throw APIError.exceededDomainAccountLimit
            }
        }
        let caller = try call.caller
        guard isNew, !caller.isGlobal else { return }
        switch AccountLimit(stored: caller.settings[number: key]) {
        case .unlimited: break
        case .atMost(let limit):
            guard try accounts.count(kind, managedBy: caller.username) < limit else {
                throw word
            }
        case .none?, nil: throw word
        }
    }
}
