/// How mail for a domain or a mailbox is delivered: a Postfix service and, after a colon, its next hop, as in
/// `smtp:[mx.example.com]:25`, `dovecot` or `lmtp:unix:private/dovecot-lmtp`. At most 255 characters.
///
/// Source: Postfix transport(5). `Security.md` C6 says which part of its syntax is taken.
package struct Transport: Sendable, Hashable {
    package let text: String

    /// Nil when `text` is not a transport. The case is kept.
    package init?(_ text: String) {
        guard (1...255).contains(text.utf8.count) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let service = parts.first, !service.isEmpty, service.utf8.allSatisfy(Self.isServiceByte) else {
            return nil
        }
        if parts.count == 2, !Self.isNextHop(parts[1]) { return nil }
        self.text = text
    }

    package var service: String { String(text.prefix { $0 != ":" }) }

    /// Whether `text` is a next hop as transport(5) and `sender_dependent_relayhost_maps` take it. The empty text is
    /// one: Postfix then goes by the recipient's domain.
    package static func isNextHop(_ text: some StringProtocol) -> Bool {
        if text.isEmpty { return true }
        if text.hasPrefix("unix:") || text.hasPrefix("inet:") { return isNextHopText(text.dropFirst(5)) }
        return isNextHopText(text)
    }

    private static func isNextHopText(_ text: some StringProtocol) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return false }
            let inner = rest[rest.index(after: rest.startIndex)..<end]
            guard !inner.isEmpty, inner.utf8.allSatisfy({ isHostByte($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            rest = rest[rest.index(after: end)...]
        } else {
            let host = rest.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.allSatisfy({ isHostByte($0) || $0 == UInt8(ascii: "/") }) else {
                return false
            }
            rest = rest[host.endIndex...]
        }
        if rest.isEmpty { return true }
        let port = rest.dropFirst()
        return rest.hasPrefix(":") && !port.isEmpty && port.utf8.allSatisfy(isServiceByte)
    }

    private static func isServiceByte(_ byte: UInt8) -> Bool {
        switch byte.lowercasedASCII {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool { isServiceByte(byte) || byte == UInt8(ascii: ".") }
}
