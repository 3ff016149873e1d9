import Mail
import MailStore

/// What a normal admin may still give to a domain of his; a global admin may give anything.
///
/// Where an admin's limit exists and a request names no number (or 0, no limit), the rest of the allowance is given.
struct DomainAllowance {
    private let limits: AccountSettings?
    private let allotted: Allotment

    /// What a number may be refused for.
    static let refusals: [APIError] = [.exceededQuota, .exceededUsers, .exceededAliases, .exceededLists]

    /// - Parameter domain: not counted among what has been given already.
    init(of caller: AdminRow, besides domain: DomainName, in store: Store) throws {
        limits = caller.isGlobal ? nil : caller.settings
        allotted = try store.admins.allotted(to: caller.username, besides: domain)
    }

    func requireOneMoreDomain() throws {
        guard let limits, let limit = AccountLimit(stored: limits[number: "create_max_domains"]) else { return }
        guard limit.allowsOneMore(than: allotted.domains) else { throw APIError.exceededDomains }
    }

    func quota(_ asked: Quota) throws -> Quota {
        guard let limits else { return asked }
        let unit = ["GB": 1024, "TB": 1_048_576][limits["create_quota_unit"] ?? "MB"] ?? 1
        let (limit, isHuge) = limits[number: "create_max_quota"].multipliedReportingOverflow(by: unit)
        let given = try rest(
            asked: asked.megabytes, limit: isHuge ? .max : limit, used: allotted.quota, .exceededQuota)
        return Quota(megabytes: given) ?? asked
    }

    func mailboxes(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_users", allotted.mailboxes, .exceededUsers)
    }

    func aliases(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_aliases", allotted.aliases, .exceededAliases)
    }

    func lists(_ asked: AccountLimit) throws -> AccountLimit {
        try accounts(asked, "create_max_lists", allotted.lists, .exceededLists)
    }

    private func accounts(_ asked: AccountLimit, _ key: String, _ used: Int, _ word: APIError) throws -> AccountLimit {
        guard let limits, asked != .none else { return asked }
        let given = try rest(asked: asked.stored, limit: limits[number: key], used: used, word)
        return AccountLimit(stored: given) ?? asked
    }

    /// - Parameter limit: 0 for none, negative for "not at all".
    private func rest(asked: Int, limit: Int, used: Int, _ word: APIError) throws -> Int {
        guard limit != 0 else { return asked }
        guard limit > used, asked <= limit - used else { throw word }
        return asked == 0 ? limit - used : asked
    }
}
