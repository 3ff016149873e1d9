/// A value of a line of JSON, as RFC 8259 has it.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case list([JSONValue])
    case object([Member])

    struct Member: Equatable {
        let name: String
        let value: JSONValue
    }

    /// What is wrong with a line.
    struct Flaw: Error {
        let reason: String
    }

    /// Strict: no name twice in an object, no NUL, no number that does not fit, nothing behind the value.
    init(_ line: [UInt8]) throws {
        self = try line.withUnsafeBufferPointer { bytes in
            var reader = Reader(bytes: bytes)
            let value = try reader.value(depth: 0)
            reader.skipSpace()
            guard reader.isAtEnd else { throw Flaw(reason: "something follows the JSON value") }
            return value
        }
    }

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// A text in quotes.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(quoted: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(quoted text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case ..<0x20, 0x7f:
                let digits = String(byte, radix: 16)
                bytes += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        private var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }
        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        /// Deeper than any line of ours.
        private static let deepest = 8

        mutating func skipSpace() {
            while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
        }

        private mutating func take(_ byte: Unicode.Scalar) -> Bool {
            skipSpace()
            guard next == UInt8(ascii: byte) else { return false }
            position += 1
            return true
        }

        private mutating func expect(_ byte: Unicode.Scalar) throws {
            guard take(byte) else { throw Flaw(reason: "this is no JSON: \(byte) is missing at byte \(position + 1)") }
        }

        mutating func value(depth: Int) throws -> JSONValue {
            guard depth < Self.deepest else { throw Flaw(reason: "the JSON is nested too deeply") }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return try object(depth)
            case UInt8(ascii: "["): return try list(depth)
            case UInt8(ascii: "\""): return .text(try text())
            case UInt8(ascii: "n"): return try word("null", .null)
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            default: return try number()
            }
        }

        private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
            guard bytes[position...].starts(with: word.utf8) else {
                throw Flaw(reason: "this is no JSON, at byte \(position + 1)")
            }
            position += word.utf8.count
            return value
        }

        private mutating func object(_ depth: Int) throws -> JSONValue {
            try expect("{")
            var members: [Member] = []
            var names: Set<String> = []
            while !take("}") {
                if !members.isEmpty { try expect(",") }
                skipSpace()
                guard next == UInt8(ascii: "\"") else {
                    throw Flaw(reason: "this is no JSON: a name is missing at byte \(position + 1)")
                }
                let name = try text()
                guard names.insert(name).inserted else { throw Flaw(reason: "\(name) is there twice") }
                try expect(":")
                members.append(Member(name: name, value: try value(depth: depth + 1)))
            }
            return .object(members)
        }

        private mutating func list(_ depth: Int) throws -> JSONValue {
            try expect("[")
            var values: [JSONValue] = []
            while !take("]") {
                if !values.isEmpty { try expect(",") }
                values.append(try value(depth: depth + 1))
            }
            return .list(values)
        }

        private mutating func number() throws -> JSONValue {
            let start = position
            while let byte = next,
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") || (0x30...0x39).contains(byte)
            {
                position += 1
            }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            let digits = text.drop { $0 == "-" }
            let isWhole = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard let first = digits.utf8.first, (0x30...0x39).contains(first),
                text.utf8.count - digits.utf8.count <= 1,
                !(first == 0x30 && digits.utf8.count > 1 && (0x30...0x39).contains(digits.utf8.dropFirst().first ?? 0))
            else { throw Flaw(reason: "this is no JSON, at byte \(start + 1)") }
            if isWhole {
                guard let number = Int(text) else { throw Flaw(reason: "the number \(text.prefix(40)) is too large") }
                return .integer(number)
            }
            guard let number = Double(text), number.isFinite, !text.hasSuffix(".") else {
                throw Flaw(reason: "\(text.prefix(40)) is no number")
            }
            return .real(number)
        }

        private mutating func text() throws -> String {
            position += 1
            let start = position
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                position += 1
            }
            if next == UInt8(ascii: "\"") {
                defer { position += 1 }
                return try valid(bytes[start..<position])
            }
            var content = Array(bytes[start..<position])
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return try valid(content)
                case UInt8(ascii: "\\"): try escape(to: &content)
                case ..<0x20: throw Flaw(reason: "a control character stands in a text, at byte \(position)")
                default: content.append(byte)
                }
            }
            throw Flaw(reason: "a text does not end")
        }

        private func valid(_ bytes: some Collection<UInt8>) throws -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Flaw(reason: "a text is not in UTF-8")
            }
            return text
        }

        private mutating func escape(to content: inout [UInt8]) throws {
            guard let byte = next else { throw Flaw(reason: "a text does not end") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
            case UInt8(ascii: "b"): content.append(0x08)
            case UInt8(ascii: "f"): content.append(0x0c)
            case UInt8(ascii: "n"): content.append(0x0a)
            case UInt8(ascii: "r"): content.append(0x0d)
            case UInt8(ascii: "t"): content.append(0x09)
            case UInt8(ascii: "u"): content += String(try scalar()).utf8
            default: throw Flaw(reason: "there is no such escape, at byte \(position)")
            }
        }

        private mutating func scalar() throws -> Character {
            var code = try unit()
            if (0xd800..<0xdc00).contains(code) {
                guard next == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
                else { throw Flaw(reason: "half of a character stands alone, at byte \(position)") }
                position += 2
                let low = try unit()
                guard (0xdc00..<0xe000).contains(low) else {
                    throw Flaw(reason: "half of a character stands alone, at byte \(position)")
                }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard code != 0 else { throw Flaw(reason: "a text has a NUL, which no table takes") }
            guard let scalar = Unicode.Scalar(code) else {
                throw Flaw(reason: "half of a character stands alone, at byte \(position)")
            }
            return Character(scalar)
        }

        private mutating func unit() throws -> UInt32 {
            guard position + 4 <= bytes.count,
                bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
                let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
            else { throw Flaw(reason: "four hexadecimal digits are missing, at byte \(position + 1)") }
            position += 4
            return unit
        }
    }
}
