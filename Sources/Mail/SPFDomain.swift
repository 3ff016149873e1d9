/// A domain whose published senders (SPF, MX) are to be exempt from greylisting.
///
/// Looser than `DomainName`, since it is looked up and never hosted: at least two labels of 1 to 63 letters, digits,
/// `-` and `_` (as in `_spf.example.com`), at most 253 characters, the last label not all digits; lower-cased.
/// Source: `contract/policies.md` 5.1.
package struct SPFDomain: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil when `text` is no such name; one with a leading `@` is none.
    package init?(_ text: some StringProtocol) {
        let lowered = text.lowercased()
        let labels = lowered.split(separator: ".", omittingEmptySubsequences: false)
        guard lowered.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(Self.isLabel),
            let last = labels.last, !last.utf8.allSatisfy(Self.isDigit)
        else { return nil }
        self.text = lowered
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.allSatisfy { byte in
                isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
