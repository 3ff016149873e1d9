/// A mail domain's name, lower-cased ASCII; internationalised names in their A-label form.
///
/// Source: iRedMail's validation of domain names, as the contract states it: letters, digits, `_`, `-` in labels
/// joined by dots, at least two labels, the last of 2 to 25 letters, digits or `-`, at most 255 characters in all.
package struct DomainName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil when `text`, lower-cased, is no domain name.
    package init?(_ text: some StringProtocol) {
        guard let lowered = Self.validated(text.utf8) else { return nil }
        self.text = lowered
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func validated(_ bytes: some Collection<UInt8>) -> String? {
        guard bytes.count <= 255 else { return nil }
        var lowered: [UInt8] = []
        lowered.reserveCapacity(bytes.count)
        var labelStart = 0
        var hasDot = false
        for byte in bytes {
            let byte = byte.lowercasedASCII
            switch byte {
            case UInt8(ascii: "."):
                guard lowered.count > labelStart else { return nil }
                hasDot = true
                labelStart = lowered.count + 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                break
            default:
                return nil
            }
            lowered.append(byte)
        }
        let last = lowered[labelStart...]
        guard hasDot, (2...25).contains(last.count), !last.contains(UInt8(ascii: "_")) else { return nil }
        return String(decoding: lowered, as: UTF8.self)
    }
}

extension UInt8 {
    var lowercasedASCII: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}
