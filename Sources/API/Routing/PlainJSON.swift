/// What stands in a JSON string as it is: everything but control characters, quotation marks and backslashes.
enum PlainJSON {
    /// Looked at in words, the last of them with some bytes again.
    @inline(__always)
    static func covers(_ utf8: UnsafeRawBufferPointer) -> Bool {
        let count = utf8.count
        guard count >= 8 else {
            if count >= 4 {
                let first = utf8.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
                let last = utf8.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
                return covers(UInt64(first) | UInt64(last) << 32)
            }
            return count == 0 || covers(utf8[0]) && covers(utf8[count / 2]) && covers(utf8[count - 1])
        }
        var index = 0
        while index + 8 < count {
            guard covers(utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self)) else { return false }
            index += 8
        }
        return covers(utf8.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    }

    @inline(__always)
    static func covers(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Eight bytes. Rarely false although all are plain, never true when one is not.
    @inline(__always)
    static func covers(_ eight: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = eight ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = eight ^ (ones &* UInt64(UInt8(ascii: "\\")))
        // A byte below n takes a one from the bit above when n is subtracted; bytes above 0x7f do not count.
        let found = ((eight &- ones &* 0x20) & ~eight) | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        return found & (ones &* 0x80) == 0
    }
}
