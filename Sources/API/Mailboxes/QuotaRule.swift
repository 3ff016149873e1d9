import Mail
import MailStore

/// How large one mailbox of a domain may be: the domain's ceiling for one, and what is left of its pool.
struct QuotaRule {
    private let ceiling: Int
    private let pool: Int
    private let used: Int
    private let usual: Int

    /// - Parameter address: its own present quota is not counted as used.
    init(for address: MailAddress, in domain: DomainRow, _ store: Store) throws {
        ceiling = domain.settings[number: "max_user_quota"]
        usual = domain.settings[number: "default_user_quota"]
        pool = domain.quota.megabytes
        used = pool > 0 ? try store.mailboxes.quotaSum(in: domain.name, besides: address) : 0
    }

    /// The quota a mailbox gets.
    /// - Parameter asked: nil on creation without a quota: the domain's usual one, cut to what is allowed and left.
    func quota(asked: Quota?) throws -> Quota {
        if let asked {
            guard fits(asked.megabytes) else { throw APIError.exceededDomainQuota.at("quota") }
            return asked
        }
        var given = usual
        if ceiling > 0, given == 0 || given > ceiling { given = ceiling }
        if pool > 0 {
            let rest = pool - used
            guard rest > 0 else { throw APIError.exceededDomainQuota.at("quota") }
            if given == 0 || given > rest { given = rest }
        }
        return Quota(megabytes: given) ?? .unlimited
    }

    private func fits(_ asked: Int) -> Bool {
        if ceiling > 0, asked == 0 || asked > ceiling { return false }
        if pool > 0, asked == 0 || asked > pool - used { return false }
        return true
    }
}
