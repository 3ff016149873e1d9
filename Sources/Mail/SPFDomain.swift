/// A domain whose SPF record is to be looked up, in lower case, as `Contract.md` 16.1 defines it. Unlike in a
/// `DomainName`, the last label may have one character, more than 25, or a `_`.
package struct SPFDomain: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil when `text`, lower-cased, is not such a name; also with a leading `@`, or a dot at either end.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 253 else { return nil }
        let lowered = text.utf8.map(\.lowercasedASCII)
        let labels = lowered.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last,
            labels.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(Self.isFit) }),
            !last.allSatisfy(Self.isDigit)
        else { return nil }
        self.text = String(decoding: lowered, as: UTF8.self)
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isFit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
