import Mail

/// Under which keys amavisd and iRedAPD look for what concerns an address or a client.
/// Source: `Contract.md` 13.4, 14.4, 15.3, 17.
enum PolicyKeys {
    /// `user@a.example.com` (without its extension), `@a.example.com`, `@.`, `@.a.example.com`, `@.example.com`,
    /// `@.com`: iRedAPD's forms of a sender or a recipient.
    static func iredapd(_ address: MailAddress) -> [String] {
        [address.text, "@\(address.domain)", "@."] + withSubdomains(of: address.domain)
    }

    /// amavisd's forms of an address, of which it also knows the local part alone.
    static func amavisd(_ address: MailAddress) -> [String] {
        [address.text, address.localPart, "@\(address.domain)"] + withSubdomains(of: address.domain) + ["@."]
    }

    /// The forms under which a client's address may be listed, besides networks.
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

    /// Whether a stored text is a network in which iRedAPD finds the client.
    ///
    /// It compares the beginnings first, so that a network wider than its first number is found only by part of its
    /// clients, and an IPv6 network only when its text ends in `::` before the length.
    static func network(_ text: String, holds client: IPAddress) -> Bool {
        guard text.contains(client.isIPv4 ? "/" : ":/") else { return false }
        let first = client.description.prefix { $0 != (client.isIPv4 ? "." : ":") }
        guard text.hasPrefix(first + (client.isIPv4 ? "." : ":")) else { return false }
        // A text that is no network matches nobody; iRedAPD passes it over too.
        return (try? IPNetwork(text))?.contains(client) == true
    }
}
