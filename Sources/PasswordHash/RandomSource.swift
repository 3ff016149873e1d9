import Glibc

/// Where salts come from.
package struct RandomSource: Sendable {
    let bytes: @Sendable (_ count: Int) throws(PasswordHashError) -> [UInt8]

    package init(_ bytes: @escaping @Sendable (_ count: Int) throws(PasswordHashError) -> [UInt8]) {
        self.bytes = bytes
    }

    /// The kernel's: glibc's wrapper of getrandom(2), which gives at most 256 bytes at once, all or none.
    package static let system = RandomSource { (count) throws(PasswordHashError) in
        var bytes = [UInt8](repeating: 0, count: count)
        guard getentropy(&bytes, count) == 0 else { throw .noRandomness }
        return bytes
    }
}
