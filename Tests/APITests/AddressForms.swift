import Glibc

/// The keys under which the consumers look for a mail's parties. Source: `Contract.md` 13.4, 14.4, 15.3, 17.
enum AddressForms {
    static func parts(_ address: String) -> (local: String, domain: String) {
        let at = address.lastIndex(of: "@") ?? address.endIndex
        return (String(address[..<at]), String(address[at...].dropFirst()))
    }

    /// Without `+extension`.
    static func bare(_ address: String) -> String {
        let (local, domain) = parts(address)
        return "\(local.prefix { $0 != "+" })@\(domain)"
    }

    /// iRedAPD's: `user@dom`, `@dom`, `@.`, `@.dom` and each parent. Only `@.` for an empty address.
    static func iredapd(_ address: String) -> [String] {
        guard !address.isEmpty else { return ["@."] }
        let domain = parts(address).domain
        return [bare(address), "@\(domain)", "@."] + parents(domain)
    }

    /// amavisd's, for a system whose recipients are all local and whose delimiter is `+`. Only `@.` for an empty
    /// address.
    static func amavisd(_ address: String) -> [String] {
        guard !address.isEmpty else { return ["@."] }
        let (local, domain) = parts(address)
        let user = local.prefix { $0 != "+" }
        return [address, "\(user)@\(domain)", local, "\(user)", "@\(domain)"] + parents(domain) + ["@."]
    }

    /// `@.a.example.com`, `@.example.com`, `@.com`.
    private static func parents(_ domain: String) -> [String] {
        let labels = domain.split(separator: ".")
        return labels.indices.map { "@." + labels[$0...].joined(separator: ".") }
    }

    /// `192.0.2.*` and the like: one to three trailing parts of an IPv4 address unknown. None for IPv6.
    static func wildcards(_ client: String) -> [String] {
        let parts = client.split(separator: ".")
        guard parts.count == 4 else { return [] }
        return (1...3).map { unknown in
            (parts.dropLast(unknown) + Array(repeating: "*", count: unknown)).joined(separator: ".")
        }
    }

    /// What the text of a network must begin with for iRedAPD to look at it: the client's first octet or group.
    static func firstPart(_ client: String) -> String {
        let separator: Character = client.contains(":") ? ":" : "."
        return "\(client.prefix { $0 != separator })\(separator)"
    }

    /// Whether a network in CIDR notation contains a client of the same family.
    static func network(_ network: String, contains client: String) -> Bool {
        let pieces = network.split(separator: "/").map(String.init)
        guard pieces.count == 2, let length = Int(pieces[1]), let start = bytes(pieces[0]), let address = bytes(client),
            start.count == address.count, length <= 8 * start.count
        else { return false }
        return (0..<length).allSatisfy { bit in
            (start[bit / 8] ^ address[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }

    /// In network order; nil for a text that is no IP address.
    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four, Array.init) }
        return inet_pton(AF_INET6, text, &six) == 1 ? withUnsafeBytes(of: six, Array.init) : nil
    }
}
