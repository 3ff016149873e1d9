/// An entry of a white/blacklist or a greylisting whitelist: a sender, a recipient, or the client that delivers.
///
/// Source: `Contract.md` 12.1, 15.2, 17.
package enum ListedParty: Sendable, Hashable, CustomStringConvertible {
    case address(MailAddress)
    /// `@example.com`: the domain without its sub-domains.
    case domain(DomainName)
    /// `@.example.com`: the domain and all its sub-domains.
    case domainWithSubdomains(DomainName)
    /// `@.`
    case everybody
    /// - Parameter keepsLength: true for an IPv4 address written with `/32`, which iRedAPD reads as a network.
    case network(IPNetwork, keepsLength: Bool)

    /// Nil for everything else: a top-level domain, `user@*`, a wildcard IP address, a network with host bits. An IPv6
    /// network of one address is that address (`Contract.md` 15.2).
    package init?(_ text: String) {
        if text == "@." {
            self = .everybody
        } else if text.hasPrefix("@."), let domain = DomainName(text.dropFirst(2)) {
            self = .domainWithSubdomains(domain)
        } else if text.hasPrefix("@"), let domain = DomainName(text.dropFirst()) {
            self = .domain(domain)
        } else if text.contains("@") {
            guard let address = MailAddress(text) else { return nil }
            self = .address(address)
        } else if let network = try? IPNetwork(text) {
            // Nobody asks why another text is not a network.
            self = .network(network, keepsLength: network.isIPv4 && network.isSingleAddress && text.contains("/"))
        } else {
            return nil
        }
    }

    /// The text as stored: lower case, shortest spelling.
    package var description: String {
        switch self {
        case .address(let address): address.text
        case .domain(let name): "@\(name)"
        case .domainWithSubdomains(let name): "@.\(name)"
        case .everybody: "@."
        case .network(let network, let keepsLength): keepsLength ? "\(network)/32" : network.description
        }
    }

    /// The priority of its row in amavisd's table `mailaddr`; the larger wins.
    package var amavisdPriority: Int {
        switch self {
        case .address: 10
        case .network(let network, let keepsLength): network.isSingleAddress && !keepsLength ? 9 : 7
        case .domain: 5
        case .domainWithSubdomains: 3
        case .everybody: 0
        }
    }
}
