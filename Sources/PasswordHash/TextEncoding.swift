import CCrypto

/// How a stored password writes bytes.
enum TextEncoding {
    case base64, hex

    /// - Parameter suffix: what follows the dot in Dovecot's `{SSHA.HEX}`, in upper case.
    init?(suffix: Substring) {
        switch suffix {
        case "B64", "BASE64": self = .base64
        case "HEX": self = .hex
        default: return nil
        }
    }

    func encode(_ bytes: [UInt8]) -> String {
        switch self {
        case .base64:
            var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
            let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
            return String(decoding: text.prefix(Int(count)), as: UTF8.self)
        case .hex:
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }

    /// Nil unless `text` is exactly what `encode` makes of some bytes; hex digits may be in either case.
    func decode(_ text: some StringProtocol) -> [UInt8]? {
        let text = Array(text.utf8)
        switch self {
        case .base64:
            guard text.count.isMultiple(of: 4), let length = Int32(exactly: text.count) else { return nil }
            var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3 + 1)
            let count = EVP_DecodeBlock(&bytes, text, length)
            guard count >= 0 else { return nil }
            bytes.removeLast(bytes.count - Int(count) + text.suffix(2).count { $0 == UInt8(ascii: "=") })
            // EVP_DecodeBlock also accepts white space and stray bits in the last digit.
            return Array(encode(bytes).utf8) == text ? bytes : nil
        case .hex:
            guard text.count.isMultiple(of: 2) else { return nil }
            let digits = text.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard digits.count == text.count else { return nil }
            return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        }
    }
}
