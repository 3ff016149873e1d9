import CCrypto
import Glibc

/// What a server needs for CRAM-MD5 instead of the password: the states of MD5 after the outer and after the inner key
/// block of HMAC (RFC 2104), 16 bytes each.
struct CramMD5Hash: PasswordVerifier {
    static let length = 32
    private static let blockLength = 64

    let expected: [UInt8]

    init?(_ content: Substring, _ encoding: TextEncoding?) {
        let encoding = encoding ?? (content.utf8.count == 2 * Self.length ? .hex : .base64)
        guard let bytes = encoding.decode(content), bytes.count == Self.length else { return nil }
        expected = bytes
    }

    func verifies(_ password: Secret) -> Bool {
        guard let computed = Self.states(of: password) else { return false }
        return areEqualInConstantTime(computed, expected)
    }

    var cost: VerificationCost { VerificationCost(algorithm: .cramMD5, parameter: 0) }

    /// Nil when libcrypto offers no MD5.
    static func states(of password: Secret) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: blockLength)
        defer { explicit_bzero(&key, key.count) }
        if password.count > blockLength {
            guard let digest = Digest.md5.hash(password) else { return nil }
            key.replaceSubrange(..<digest.count, with: digest)
        } else {
            password.withBytes { key.replaceSubrange(..<$0.count, with: $0) }
        }
        guard let outer = state(after: key, padding: 0x5c) else { return nil }
        guard let inner = state(after: key, padding: 0x36) else { return nil }
        return outer + inner
    }

    private static func state(after key: [UInt8], padding: UInt8) -> [UInt8]? {
        var block = key.map { $0 ^ padding }
        var context = MD5_CTX()
        defer {
            explicit_bzero(&block, block.count)
            explicit_bzero(&context, MemoryLayout<MD5_CTX>.size)
        }
        guard MD5_Init(&context) == 1, MD5_Update(&context, block, block.count) == 1 else { return nil }
        return [context.A, context.B, context.C, context.D].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
    }
}
