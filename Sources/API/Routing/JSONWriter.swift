/// Writes JSON text straight into bytes. The one encoder of the project.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 2048) { bytes.reserveCapacity(capacity) }

    /// Hands over what is written so far and starts anew, for streaming.
    package mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    package mutating func object<Failure: Error>(
        _ members: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("{")
        try members(&self)
        close("}")
    }

    package mutating func array(_ texts: [String]) {
        open("[")
        for text in texts { value(text) }
        close("]")
    }

    /// For pieces written one by one; `close` with the matching bracket.
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    package mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// A member's name; its value follows.
    package mutating func name(_ name: String) {
        separate()
        string(name)
        append(": ")
        needsComma = false
    }

    /// The same for a name written once with `encoded`.
    package mutating func name(encoded name: [UInt8]) {
        separate()
        bytes.append(contentsOf: name)
        needsComma = false
    }

    /// A member's name as `name(encoded:)` wants it.
    package static func encoded(_ name: String) -> [UInt8] {
        var json = JSONWriter(capacity: 32)
        json.name(name)
        return json.bytes
    }

    package mutating func member(_ name: String, _ text: String) {
        self.name(name)
        value(text)
    }

    package mutating func member(_ name: String, _ number: Int) {
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: String, _ flag: Bool) {
        self.name(name)
        separate()
        append(flag ? "true" : "false")
        needsComma = true
    }

    package mutating func member(_ name: String, _ texts: [String]) {
        self.name(name)
        array(texts)
    }

    package mutating func value(_ text: String) {
        separate()
        string(text)
        needsComma = true
    }

    package mutating func value(_ number: Int) {
        separate()
        digits(number)
        needsComma = true
    }

    /// A whole number is written without a fraction.
    package mutating func value(_ number: Double) {
        separate()
        if let whole = Int(exactly: number) {
            digits(whole)
        } else {
            bytes.append(contentsOf: number.description.utf8)
        }
        needsComma = true
    }

    package mutating func null() {
        separate()
        append("null")
        needsComma = true
    }

    /// A value that is JSON already.
    package mutating func json(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    /// UTF-8 as a string value.
    package mutating func value(utf8: UnsafeRawBufferPointer) {
        separate()
        quoted(utf8)
        needsComma = true
    }

    /// A string value written piece by piece: `openText`, any number of `more`, `closeText`.
    package mutating func openText() {
        separate()
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func more(_ text: String) {
        var text = text
        text.withUTF8 { escaped(UnsafeRawBufferPointer($0)) }
    }

    package mutating func closeText() {
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { append(", ") }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func digits(_ number: Int) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var left = number.magnitude
        guard left > 9 else { return bytes.append(UInt8(ascii: "0") + UInt8(left)) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            while left > 0 {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(left % 10)
                left /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { quoted(UnsafeRawBufferPointer($0)) }
    }

    private mutating func quoted(_ utf8: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        escaped(utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ utf8: UnsafeRawBufferPointer) {
        var start = 0
        var index = 0
        while index < utf8.count {
            // Mostly there is nothing to escape: eight bytes are looked at together.
            if index + 8 <= utf8.count, Self.isPlain(utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
                index += 8
                continue
            }
            let byte = utf8[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start..<index]))
                escape(byte)
                start = index + 1
            }
            index += 1
        }
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start...]))
    }

    /// Whether none of eight bytes is a control character, a quotation mark or a backslash.
    private static func isPlain(_ eight: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = eight ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = eight ^ (ones &* UInt64(UInt8(ascii: "\\")))
        // A byte below n takes a one from the bit above when n is subtracted; bytes above 0x7f do not count.
        let found = ((eight &- ones &* 0x20) & ~eight) | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        return found & (ones &* 0x80) == 0
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            append("u00")
            for digit in [byte >> 4, byte & 15] { bytes.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)) }
        }
    }
}
