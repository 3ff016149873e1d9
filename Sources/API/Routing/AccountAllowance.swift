import Mail
import MailStore

/// Whether the limits of the domain and of the admin leave room for one more account of a kind: `Contract.md` 4.
struct AccountAllowance: Sendable {
    private let kind: AccountKind
    private let limit: @Sendable (DomainRow) -> AccountLimit
    /// The name of the admin's limit in the column `settings`.
    private let key: String
    /// Thrown when the admin's limit is reached.
    private let word: APIError

    static var mailboxes: Self {
        Self(kind: .mailbox, limit: \.mailboxLimit, key: "create_max_users", word: .exceededUsers)
    }
    static var aliases: Self {
        Self(kind: .alias, limit: \.aliasLimit, key: "create_max_aliases", word: .exceededAliases)
    }
    static var lists: Self { Self(kind: .list, limit: \.listLimit, key: "create_max_lists", word: .exceededLists) }

    /// What `require` may throw for any account.
    var domainRefusals: [APIError] { [.notAllowed, .exceededDomainAccountLimit] }
    /// What `require` may throw for a new account.
    var refusals: [APIError] { domainRefusals + [word] }

    /// - Parameter isNew: false for an account that moves here from another domain of the caller: it does not add to
    ///   those that the caller's own limit counts.
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
