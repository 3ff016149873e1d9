import Glibc

/// An IPv4 or IPv6 address: of a client (`REMOTE_ADDR`), a listed sender or a server.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, in any spelling) is the IPv4 address: a listener on `[::]` reports
/// IPv4 clients that way (`Security.md` E3).
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address as IPv6, most significant bit first; IPv4 as `::ffff:a.b.c.d`.
    let bits: UInt128

    static let mapped: UInt128 = 0xffff << 32

    package var isIPv4: Bool { bits >> 32 == 0xffff }

    /// The bits of an address of this family: 32 or 128.
    package var width: Int { isIPv4 ? 32 : 128 }

    /// Nil when `text` is not exactly one address: the empty text, `unix:`, a zone, a port, numbers with leading zeros,
    /// anything before or after the address (`Security.md` E6).
    package init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bits = Self.mapped | UInt128(UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bits = withUnsafeBytes(of: six) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
        } else {
            return nil
        }
    }

    /// Nil unless there are 4 or 16 bytes.
    /// - Parameter bytes: in network order, as a DNS record has them.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let value = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        bits = bytes.count == 4 ? Self.mapped | value : value
    }

    init(bits: UInt128) {
        self.bits = bits
    }

    /// The shortest spelling: `192.0.2.1`, `2001:db8::1`.
    package var description: String {
        if isIPv4 {
            return (0..<4).map { String(bits >> (24 - 8 * UInt128($0)) & 0xff) }.joined(separator: ".")
        }
        var six = in6_addr()
        withUnsafeMutableBytes(of: &six) { bytes in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: bits >> (120 - 8 * UInt128(index))) }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
