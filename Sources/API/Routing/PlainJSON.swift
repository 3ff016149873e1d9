/// Bytes that a JSON string may hold without an escape: all but control characters, quotation marks and backslashes.
enum PlainJSON {
    /// Looks at eight bytes at a time; the last eight may overlap those before.
    @inline(__always)
    static func needsNoEscape(_ utf8: UnsafeRawBufferPointer) -> Bool {
        let count = utf8.count
        guard count >= 8 else {
            if count >= 4 {
                let first = utf8.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
                let last = utf8.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
                return needsNoEscape(UInt64(first) | UInt64(last) << 32)
            }
            return count == 0
                || needsNoEscape(utf8[0]) && needsNoEscape(utf8[count / 2]) && needsNoEscape(utf8[count - 1])
        }
        var index = 0
        while index + 8 < count {
            guard needsNoEscape(utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self)) else { return false }
            index += 8
        }
        return needsNoEscape(utf8.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    }

    @inline(__always)
    static func needsNoEscape(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Eight bytes at once. Never true when one needs an escape; false in rare cases although none does.
    @inline(__always)
    static func needsNoEscape(_ eight: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = eight ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = eight ^ (ones &* UInt64(UInt8(ascii: "\\")))
        // Subtracting n sets the high bit of a byte below n. Bytes that had it set before are masked out.
        let found = ((eight &- ones &* 0x20) & ~eight) | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        return found & (ones &* 0x80) == 0
    }
}
