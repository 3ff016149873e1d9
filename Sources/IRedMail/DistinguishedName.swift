/// The name of an entry, in small letters. Source: RFC 4514, and RFC 2253 for what is in quotes.
struct DistinguishedName {
    /// The entry's own part first; each has one pair as a rule.
    private let parts: [[(type: String, value: String)]]

    init(_ text: String) {
        var parts: [[(type: String, value: String)]] = [[]]
        var type = ""
        // Of the value: with the blanks at its end, and how much of it is without those.
        var value: [UInt8] = []
        var length = 0
        var isValue = false
        var isQuoted = false
        func end() {
            let name = String(type.trimmingBlanks())
            let value = String(decoding: value.prefix(length), as: UTF8.self).lowercased()
            parts[parts.count - 1].append((name, String(value.trimmingBlanks())))
        }
        func begin() { (type, value, length, isValue, isQuoted) = ("", [], 0, false, false) }
        let bytes = Array(text.lowercased().utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard isValue else {
                if byte == UInt8(ascii: "=") { isValue = true } else { type.append(Character(UnicodeScalar(byte))) }
                continue
            }
            switch byte {
            case UInt8(ascii: "\\") where index < bytes.count:
                if index + 1 < bytes.count, let high = Self.digit(bytes[index]), let low = Self.digit(bytes[index + 1])
                {
                    value.append(high << 4 | low)
                    index += 2
                } else {
                    value.append(bytes[index])
                    index += 1
                }
                length = value.count
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "+"):
                guard !isQuoted else {
                    value.append(byte)
                    length = value.count
                    continue
                }
                end()
                begin()
                if byte != UInt8(ascii: "+") { parts.append([]) }
            case UInt8(ascii: " "):
                // Before a value, and behind it, a blank is none of it.
                if isQuoted || !value.isEmpty { value.append(byte) }
                if isQuoted { length = value.count }
            default:
                value.append(byte)
                length = value.count
            }
        }
        end()
        self.parts = parts
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    /// The values of a type in one of the parts.
    func values(_ type: String, at index: Int) -> [String] {
        parts.indices.contains(index) ? parts[index].filter { $0.type == type }.map(\.value) : []
    }

    func has(_ type: String, _ value: String, at index: Int) -> Bool { values(type, at: index).contains(value) }

    /// The place of the last part with a value; nil when there is none.
    func lastIndex(_ type: String, _ value: String) -> Int? {
        parts.indices.last { has(type, value, at: $0) }
    }
}

extension StringProtocol {
    /// Without white space at its ends.
    func trimmingBlanks() -> SubSequence {
        let start = drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? start.prefix(0)
    }
}
