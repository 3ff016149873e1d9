/// For whom a policy (spam policy, throttle, greylisting, white/blacklist) holds. `Contract.md` 12.1 has the keys and
/// the priorities; the larger priority wins.
package enum Scope: Sendable, Hashable, CustomStringConvertible {
    case global
    case domain(DomainName)
    /// A mailbox, alias or mailing list.
    case account(MailAddress)

    /// The key in the policy tables: `@.`, `@example.com` or `user@example.com`.
    package var key: String {
        switch self {
        case .global: "@."
        case .domain(let name): "@\(name)"
        case .account(let address): address.text
        }
    }

    package var description: String { key }

    /// The scope of a stored key; nil for keys of other kinds, such as an IP address or a wildcard.
    package init?(key: String) {
        if key == "@." {
            self = .global
        } else if key.hasPrefix("@"), let domain = DomainName(key.dropFirst()) {
            self = .domain(domain)
        } else if let address = MailAddress(key) {
            self = .account(address)
        } else {
            return nil
        }
    }

    /// The priority of a row in iRedAPD's tables of throttling and greylisting.
    package var iredapdPriority: Int {
        switch self {
        case .global: 0
        case .domain: 60
        case .account: 100
        }
    }

    /// The priority of a row in amavisd's table `users`.
    package var amavisdPriority: Int {
        switch self {
        case .global: 0
        case .domain: 5
        case .account: 10
        }
    }
}
