/// For whom a mail-flow policy (spam policy, throttle, greylisting, white/blacklist) holds.
///
/// Source: `Contract.md` 12.1; the priorities are those of iRedAPD and amavisd, of which the larger wins.
package enum Scope: Sendable, Hashable, CustomStringConvertible {
    case global
    case domain(DomainName)
    /// A mailbox, alias or mailing list.
    case account(MailAddress)

    /// How the policy tables name it: `@.`, `@example.com` or `user@example.com`.
    package var key: String {
        switch self {
        case .global: "@."
        case .domain(let name): "@\(name)"
        case .account(let address): address.text
        }
    }

    package var description: String { key }

    /// The scope a stored key names; nil for keys of other kinds, such as an IP address or a wildcard.
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

    /// Of a row of iRedAPD's throttling and greylisting tables.
    package var iredapdPriority: Int {
        switch self {
        case .global: 0
        case .domain: 60
        case .account: 100
        }
    }

    /// Of a row of amavisd's table `users`.
    package var amavisdPriority: Int {
        switch self {
        case .global: 0
        case .domain: 5
        case .account: 10
        }
    }
}
