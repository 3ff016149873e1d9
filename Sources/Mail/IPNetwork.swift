/// A network in CIDR notation, or a single IP address.
///
/// A network of IPv4-mapped addresses (`::ffff:192.0.2.0/120`) is the IPv4 network. No IPv6 network, `::/0` included,
/// contains an IPv4 address. Source: `Security.md` E3 and E4.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// The first address.
    package let address: IPAddress
    private let mask: UInt128

    /// Why a text is not a network. `reason` quotes the text and says what to write instead.
    package struct ParseError: Error, Hashable {
        package let reason: String
    }

    /// Strict: a prefix length that is too large, host bits, numbers with leading zeros, zones and anything before or
    /// after the entry are mistakes, never repaired.
    package init(_ text: String) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPAddress(parts[0]) else {
            throw ParseError(
                reason: "'\(text)' is not an IP address or network; write one like 192.0.2.7, "
                    + "192.0.2.0/24 or 2001:db8::/32")
        }
        self.address = address
        guard parts.count == 2 else {
            mask = .max
            return
        }
        let width = parts[0].contains(":") ? 128 : 32
        guard let prefix = Self.length(parts[1]), prefix <= width else {
            throw ParseError(
                reason: "'\(text)' has no good prefix length; write a number from 0 to \(width) "
                    + "behind the slash")
        }
        let hostBits = width - prefix
        mask = Self.mask(hostBits: hostBits)
        guard address.bits & ~mask == 0 else {
            let start = Self.text(IPAddress(bits: address.bits & mask), hostBits: hostBits)
            throw ParseError(
                reason: "'\(text)' has bits set behind its prefix; write \(start) "
                    + "for the network or \(address) for the one address")
        }
    }

    /// The network that holds `address`, host bits masked off; nil for a prefix length that the family does not have.
    package init?(around address: IPAddress, prefixLength: Int) {
        guard (0...address.width).contains(prefixLength) else { return nil }
        mask = Self.mask(hostBits: address.width - prefixLength)
        self.address = IPAddress(bits: address.bits & mask)
    }

    package var isIPv4: Bool { address.isIPv4 }

    /// 32 or 128 for a single address.
    package var prefixLength: Int { address.width - mask.trailingZeroBitCount }

    package var isSingleAddress: Bool { mask == .max }

    package func contains(_ other: IPAddress) -> Bool {
        (other.bits ^ address.bits) & mask == 0 && other.isIPv4 == address.isIPv4
    }

    /// The shortest spelling; a single address has no prefix length.
    package var description: String {
        Self.text(address, hostBits: mask.trailingZeroBitCount)
    }

    /// A prefix length: one to three decimal digits without leading zeros, perhaps too large. Nil for anything else.
    package static func length(_ text: some StringProtocol) -> Int? {
        guard (1...3).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return text != "0" && text.hasPrefix("0") ? nil : Int(text)
    }

    private static func mask(hostBits: Int) -> UInt128 {
        hostBits == 128 ? 0 : UInt128.max << UInt128(hostBits)
    }

    private static func text(_ network: IPAddress, hostBits: Int) -> String {
        hostBits == 0 ? network.description : "\(network)/\(network.width - hostBits)"
    }
}
