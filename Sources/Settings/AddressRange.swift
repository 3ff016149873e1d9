/// One entry of an address list: a single IP address or a network in CIDR notation.
///
/// A network of IPv4-mapped addresses (`::ffff:192.0.2.0/120`) is the IPv4 network. No IPv6 network, `::/0` included,
/// contains an IPv4 client. Source: `contract/security.md` 2 E3, E4.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let network: ClientAddress
    private let mask: UInt128

    /// Why a text is no entry of an address list; names the text and the way out.
    package struct Mistake: Error, Hashable {
        package let reason: String
    }

    /// Strict: a prefix length beyond the address, bits set behind the prefix, octal-looking parts, zones and
    /// anything before or behind the entry are mistakes, never repaired.
    package init(_ text: String) throws(Mistake) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = ClientAddress(parts[0]) else {
            throw Mistake(reason: "\(quoted(text)) is not an IP address or network; write one like 192.0.2.7, "
                + "192.0.2.0/24 or 2001:db8::/32")
        }
        network = address
        guard parts.count == 2 else {
            mask = .max
            return
        }
        let isDotted = !parts[0].contains(":")
        let width = isDotted ? 32 : 128
        guard let prefix = Self.prefix(parts[1]), prefix <= width else {
            throw Mistake(reason: "\(quoted(text)) has no good prefix length; write a number from 0 to \(width) "
                + "behind the slash")
        }
        let hostBits = width - prefix
        mask = hostBits == 128 ? 0 : UInt128.max << UInt128(hostBits)
        guard address.bits & ~mask == 0 else {
            let start = Self.text(ClientAddress(bits: address.bits & mask), hostBits: hostBits)
            throw Mistake(reason: "\(quoted(text)) has bits set behind its prefix; write \(start) "
                + "for the network or \(address) for the one address")
        }
    }

    package func contains(_ address: ClientAddress) -> Bool {
        (address.bits ^ network.bits) & mask == 0 && address.isIPv4 == network.isIPv4
    }

    /// The entry in its shortest spelling; without a prefix length for a single address.
    package var description: String {
        Self.text(network, hostBits: mask.trailingZeroBitCount)
    }

    private static func text(_ network: ClientAddress, hostBits: Int) -> String {
        hostBits == 0 ? network.description : "\(network)/\((network.isIPv4 ? 32 : 128) - hostBits)"
    }

    /// Decimal digits without a sign and without leading zeros.
    private static func prefix(_ text: String) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
        return text != "0" && text.hasPrefix("0") ? nil : Int(text)
    }
}
