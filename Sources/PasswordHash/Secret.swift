import CCrypto
import Glibc

/// A password in memory: its bytes, wiped when the last reference goes. Its description never shows it.
///
/// A `String` cannot be wiped, so make a secret from bytes where possible.
///
/// `@unchecked Sendable`: `storage` is written in `init` and `deinit` only.
package final class Secret: @unchecked Sendable, Hashable, CustomStringConvertible {
    /// The longest password of any scheme, in bytes (`Security.md` A19).
    package static let longest = 256

    /// The bytes and a NUL that `count` leaves out, so that crypt(3) reads the password without a copy.
    private let storage: UnsafeMutableRawBufferPointer

    package init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(byteCount: bytes.count + 1, alignment: 1)
        storage.copyBytes(from: bytes)
        storage[storage.count - 1] = 0
    }

    package convenience init(_ text: String) {
        self.init(text.utf8)
    }

    deinit {
        if let start = storage.baseAddress { explicit_bzero(start, storage.count) }
        storage.deallocate()
    }

    /// In bytes.
    package var count: Int { storage.count - 1 }

    package var isEmpty: Bool { count == 0 }

    package var description: String { "Secret" }

    /// Calls `body` with the bytes, which are valid during the call only. A NUL follows the last.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        let bytes = UnsafeRawBufferPointer(rebasing: storage.dropLast())
        return try bytes.withMemoryRebound(to: UInt8.self, body)
    }

    /// The password without ASCII white space around it, as it is to be checked and hashed (`Contract.md` 8.2).
    package var stripped: Secret {
        withBytes { bytes in
            let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
            guard let first = bytes.firstIndex(where: { !isSpace($0) }),
                let last = bytes.lastIndex(where: { !isSpace($0) })
            else { return Secret([]) }
            return Secret(bytes[first...last])
        }
    }

    /// Whether it may be hashed or compared: not empty, not too long, and without a NUL (`Security.md` A18).
    var isUsable: Bool {
        !isEmpty && count <= Self.longest && withBytes { !$0.contains(0) }
    }

    package static func == (left: Secret, right: Secret) -> Bool {
        left.withBytes { left in right.withBytes { right in areEqualInConstantTime(left, right) } }
    }

    package func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// Compares in a time that depends on the two lengths only.
func areEqualInConstantTime(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return true }
    return CRYPTO_memcmp(leftStart, rightStart, left.count) == 0
}
