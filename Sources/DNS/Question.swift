import Mail

/// A name and a record type to ask the DNS for, in class IN.
struct Question: Sendable, Hashable, CustomStringConvertible {
    /// Record types with their numbers (RFC 1035 3.2.2, RFC 3596).
    enum RecordType: UInt16, Sendable {
        case a = 1
        case cname = 5
        case mx = 15
        case txt = 16
        case aaaa = 28
    }

    /// In lower case, without a dot at the end; always absolute.
    let name: String
    let kind: RecordType

    /// Nil when `name` is not a DNS name: with a label that has not 1 to 63 bytes, more than 253 bytes in all, or a
    /// character that `dn_expand` escapes.
    init?(_ name: String, _ kind: RecordType) {
        var bytes = name.utf8.map(\.lowercasedASCII)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard bytes.count <= 253, labels.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(Self.isPlain) })
        else { return nil }
        self.name = String(decoding: bytes, as: UTF8.self)
        self.kind = kind
    }

    var description: String { "\(name) \("\(kind)".uppercased())" }

    /// The question section of a message: labels, type, class.
    var bytes: [UInt8] {
        let labels = name.utf8.split(separator: UInt8(ascii: ".")).flatMap { [UInt8($0.count)] + Array($0) }
        return labels + [0, UInt8(kind.rawValue >> 8), UInt8(kind.rawValue & 0xff), 0, 1]
    }

    /// The query, with the flag RD: the server does the recursion.
    func message(id: UInt16) -> [UInt8] {
        [UInt8(id >> 8), UInt8(id & 0xff), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + bytes
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && !#""$();@\"#.utf8.contains(byte)
    }
}
