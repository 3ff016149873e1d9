// Mail has the words of the field as types: addresses, domains, quotas, transports, scopes of policies. A value that
// exists is valid: `init?` checks the text and, where case does not count, lower-cases it, and no other code checks it
// again. `ListedParty` and `Scope` also know the keys and priorities of amavisd and iRedAPD.

/// A mail address in lower-case ASCII, as `Contract.md` 2.2 defines it. The local part does not begin with `.`, `+`,
/// `=`, `/` or `&`.
///
///     MailAddress("Jo@Example.com")?.domain.text  // "example.com"
package struct MailAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String
    package let domain: DomainName
    private let localLength: Int

    /// Nil when `text`, lower-cased, is not a mail address.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        let parts = text.withUTF8 { bytes -> (domain: DomainName, at: Int)? in
            guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")), (1...64).contains(at) else {
                return nil
            }
            for index in 0..<at where !Self.isAllowed(bytes[index].lowercasedASCII, first: index == 0) { return nil }
            guard let domain = DomainName(utf8: UnsafeBufferPointer(rebasing: bytes[(at + 1)...])) else { return nil }
            return (domain, at)
        }
        guard let parts else { return nil }
        self.text = text.utf8.contains(where: \.isUppercaseASCII) ? text.lowercased() : text
        domain = parts.domain
        localLength = parts.at
    }

    private init(local: String, domain: DomainName) {
        self.text = local + "@" + domain.text
        self.domain = domain
        self.localLength = local.utf8.count
    }

    package var localPart: String { String(text.utf8.prefix(localLength)) ?? "" }

    package var description: String { text }

    /// Whether a mailbox, alias, list or per-user alias of this server may have this address: `Contract.md` 2.2.
    package var isFitForLocalAccount: Bool {
        for (index, byte) in text.utf8.prefix(localLength).enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): break
            case UInt8(ascii: "."), UInt8(ascii: "-"): if index == 0 { return false }
            default: return false
            }
        }
        return true
    }

    /// The address without its extension: `user+lists@example.com` is delivered to `user@example.com`.
    ///
    /// - Parameter delimiters: the characters that begin an extension: Postfix's `recipient_delimiter`.
    package func withoutExtension(_ delimiters: [Character]) -> MailAddress {
        let local = localPart
        guard let cut = local.dropFirst().firstIndex(where: delimiters.contains) else { return self }
        return MailAddress(local: String(local[..<cut]), domain: domain)
    }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
    package static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private static func isAllowed(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "#"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "/"), UInt8(ascii: "&"):
            !first
        default:
            false
        }
    }
}
