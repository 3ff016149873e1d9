/// A mail domain's name in lower-case ASCII, as `Contract.md` 2.2 defines it. Internationalised names are A-labels.
package struct DomainName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil when `text`, lower-cased, is not a domain name.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let name = text.withUTF8({ DomainName(utf8: $0) }) else { return nil }
        self = name
    }

    /// Nil when the bytes, lower-cased, are not a domain name.
    init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard Self.isValid(bytes) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        self.text = bytes.contains(where: \.isUppercaseASCII) ? text.lowercased() : text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count <= 255 else { return false }
        var labelStart = 0
        for (index, byte) in bytes.enumerated() {
            switch byte.lowercasedASCII {
            case UInt8(ascii: "."):
                guard index > labelStart else { return false }
                labelStart = index + 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                break
            default:
                return false
            }
        }
        let last = bytes[labelStart...]
        return labelStart > 0 && (2...25).contains(last.count) && !last.contains(UInt8(ascii: "_"))
    }
}

extension UInt8 {
    var isUppercaseASCII: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    /// With bit 0x20 for A to Z; any other byte as it is.
    package var lowercasedASCII: UInt8 { isUppercaseASCII ? self | 0x20 : self }
}
