import Mail

/// The keys under which amavisd and iRedAPD look for an address or a client: `Contract.md` 13.4, 14.4, 15.3, 17.1.
enum PolicyKeys {
    /// iRedAPD's keys for a sender or a recipient: `user@a.example.com`, `@a.example.com`, `@.`, `@.a.example.com`,
    /// `@.example.com`, `@.com`.
    /// - Parameter address: without its extension.
    static func iredapd(_ address: MailAddress) -> [String] {
        [address.text, "@\(address.domain)", "@."] + withSubdomains(of: address.domain)
    }

    /// amavisd's keys for an address; one is the local part alone.
    static func amavisd(_ address: MailAddress) -> [String] {
        [address.text, address.localPart, "@\(address.domain)"] + withSubdomains(of: address.domain) + ["@."]
    }

    /// iRedAPD's keys for a client, without networks: `192.0.2.1`, `192.0.2.*`.
    static func client(_ address: IPAddress) -> [String] {
        let text = address.description
        guard address.isIPv4, let end = text.lastIndex(of: ".") else { return [text] }
        return [text, text[...end] + "*"]
    }

    private static func withSubdomains(of domain: DomainName) -> [String] {
        var labels = domain.text.split(separator: ".")[...]
        var keys: [String] = []
        while !labels.isEmpty {
            keys.append("@." + labels.joined(separator: "."))
            labels.removeFirst()
        }
        return keys
    }

    /// Whether a stored text is a network in which iRedAPD finds the client. It compares the beginning of the texts
    /// first, and so misses some networks: `Contract.md` 15.3.
    static func network(_ text: String, holds client: IPAddress) -> Bool {
        guard text.contains(client.isIPv4 ? "/" : ":/") else { return false }
        let first = client.description.prefix { $0 != (client.isIPv4 ? "." : ":") }
        guard text.hasPrefix(first + (client.isIPv4 ? "." : ":")) else { return false }
        // A text that is no network matches nobody; iRedAPD passes it over too.
        return (try? IPNetwork(text))?.contains(client) == true
    }
}
