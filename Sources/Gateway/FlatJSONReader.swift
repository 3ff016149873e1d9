/// Reads a JSON text (RFC 8259) of the one shape that a request may have: an object of plain values and arrays of
/// strings. Keeps repeated members in their order, so that the last one counts; Foundation's decoder takes the first.
struct FlatJSONReader {
    private var rest: ArraySlice<UInt8>

    /// - Parameter text: well-formed UTF-8.
    init(_ text: [UInt8]) { rest = text[...] }

    mutating func object() throws(FormError) -> [FormField] {
        var fields: [FormField] = []
        try expect("{")
        if !takes("}") {
            repeat {
                guard fields.count < FormField.limit else { throw .tooMany }
                let name = try string()
                try expect(":")
                fields.append(FormField(name, try value()))
            } while takes(",")
            try expect("}")
        }
        skipSpace()
        guard rest.isEmpty else { throw .unreadable }
        return fields
    }

    private mutating func value() throws(FormError) -> String {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "["): return try strings().joined(separator: ",")
        case UInt8(ascii: "t"): return try word("true", meaning: "yes")
        case UInt8(ascii: "f"): return try word("false", meaning: "no")
        case UInt8(ascii: "n"): return try word("null", meaning: "")
        default: return try number()
        }
    }

    private mutating func strings() throws(FormError) -> [String] {
        var strings: [String] = []
        try expect("[")
        if takes("]") { return [] }
        repeat { strings.append(try string()) } while takes(",")
        try expect("]")
        return strings
    }

    private mutating func word(_ word: String, meaning: String) throws(FormError) -> String {
        guard rest.starts(with: word.utf8) else { throw .unreadable }
        rest = rest.dropFirst(word.utf8.count)
        return meaning
    }

    private mutating func number() throws(FormError) -> String {
        let start = rest
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: start[..<rest.startIndex], as: UTF8.self)
    }

    private mutating func digits() throws(FormError) {
        let found = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !found.isEmpty else { throw .unreadable }
        rest = rest[found.endIndex...]
    }

    private mutating func string() throws(FormError) -> String {
        try expect("\"")
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: try escaped().utf8)
            case 0..<0x20: throw .unreadable
            default: bytes.append(byte)
            }
        }
        throw .unreadable
    }

    /// The character that an escape stands for, from behind its backslash.
    private mutating func escaped() throws(FormError) -> Unicode.Scalar {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var value = try codeUnit()
            if UTF16.isLeadSurrogate(UInt16(value)) {
                guard take("\\"), take("u") else { throw .unreadable }
                let trail = try codeUnit()
                guard UTF16.isTrailSurrogate(UInt16(trail)) else { throw .unreadable }
                value = 0x10000 + (value & 0x3ff) << 10 + trail & 0x3ff
            }
            guard let scalar = Unicode.Scalar(value) else { throw .unreadable }
            return scalar
        default: throw .unreadable
        }
    }

    /// The value of four hexadecimal digits.
    private mutating func codeUnit() throws(FormError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = rest.popFirst()?.hexadecimalDigit else { throw .unreadable }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FormError) {
        guard takes(character) else { throw .unreadable }
    }

    /// Skips white space, then takes the character if it is next.
    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return take(character)
    }

    /// Takes the character if it is next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }
    }
}

extension FormField {
    /// The members of a flat JSON object as fields: numbers as written, booleans as `yes` and `no`, null as the empty
    /// value, an array of strings joined by commas.
    static func flatJSON(_ body: [UInt8]) throws(FormError) -> [FormField] {
        guard String(validating: body, as: UTF8.self) != nil else { throw .unreadable }
        var reader = FlatJSONReader(body)
        return try reader.object()
    }
}
