/// Writes JSON text straight into bytes. The one encoder of the project.
///
///     var json = JSONWriter()
///     json.object { json in json.member("name", "Example Ltd") }
///     let bytes = json.bytes
///
/// The bytes are memory of the writer's own, not an array, which would check at each append whether it is shared.
package struct JSONWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// How many bytes are written.
    package private(set) var count = 0
    private var needsComma = false

    package init(capacity: Int = 4096) {
        self.capacity = max(16, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            UnsafeMutableRawBufferPointer(bytes).copyMemory(from: UnsafeRawBufferPointer(start: start, count: count))
            filled = count
        }
    }

    /// Returns what is written so far and removes it from the writer, for streaming.
    package mutating func take() -> [UInt8] {
        defer { count = 0 }
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
        append(UInt8(ascii: bracket))
        needsComma = false
    }

    package mutating func close(_ bracket: Unicode.Scalar) {
        append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// A member's name; its value follows.
    package mutating func name(_ name: String) {
        separate()
        string(name)
        append(": ")
        needsComma = false
    }

    /// The same for a name that `encoded(name:)` has made.
    package mutating func name(encoded name: UnsafeRawBufferPointer) {
        append(needsComma ? name : UnsafeRawBufferPointer(rebasing: name[2...]))
        needsComma = false
    }

    /// A member's name with a comma before it, made once to be written often.
    package static func encoded(name: String) -> [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.needsComma = true
        json.name(name)
        return json.bytes
    }

    /// A value that `encoded(value:)` has made.
    package mutating func value(encoded value: UnsafeRawBufferPointer) {
        append(needsComma ? value : UnsafeRawBufferPointer(rebasing: value[2...]))
        needsComma = true
    }

    /// A text with a comma before it, made once to be written often.
    package static func encoded(value: String) -> [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.needsComma = true
        json.value(value)
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
            append(number.description)
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
        append(text)
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
        append(UInt8(ascii: "\""))
    }

    package mutating func more(_ text: String) {
        var text = text
        text.withUTF8 { escaped(UnsafeRawBufferPointer($0)) }
    }

    package mutating func closeText() {
        append(UInt8(ascii: "\""))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { append(", ") }
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        start[count] = byte
        count += 1
    }

    private mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        makeRoom(for: bytes.count)
        UnsafeMutableRawBufferPointer(start: start + count, count: capacity - count).copyMemory(from: bytes)
        count += bytes.count
    }

    @inline(__always)
    private mutating func makeRoom(for more: Int) {
        if more > capacity - count { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity += max(capacity, more)
        let wider = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        wider.moveInitialize(from: start, count: count)
        start.deallocate()
        start = wider
    }

    private mutating func digits(_ number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var left = number.magnitude
        guard left > 9 else { return append(UInt8(ascii: "0") + UInt8(left)) }
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var start = 20
            while left > 0 {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(left % 10)
                left /= 10
            }
            append(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { quoted(UnsafeRawBufferPointer($0)) }
    }

    private mutating func quoted(_ utf8: UnsafeRawBufferPointer) {
        makeRoom(for: utf8.count + 2)
        append(UInt8(ascii: "\""))
        if PlainJSON.needsNoEscape(utf8) { append(utf8) } else { escaped(utf8) }
        append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ utf8: UnsafeRawBufferPointer) {
        var start = 0
        var index = 0
        while index < utf8.count {
            if index + 8 <= utf8.count,
                PlainJSON.needsNoEscape(utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            {
                index += 8
                continue
            }
            let byte = utf8[index]
            if !PlainJSON.needsNoEscape(byte) {
                append(UnsafeRawBufferPointer(rebasing: utf8[start..<index]))
                escape(byte)
                start = index + 1
            }
            index += 1
        }
        append(UnsafeRawBufferPointer(rebasing: utf8[start...]))
    }

    private mutating func escape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x0a: append(UInt8(ascii: "n"))
        case 0x0d: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        default:
            append("u00")
            for digit in [byte >> 4, byte & 15] {
                append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            }
        }
    }
}
