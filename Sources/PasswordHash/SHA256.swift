import CCrypto

/// SHA-256 of something that is no password: what is stored in place of a session's id.
package enum SHA256 {
    /// Lower-case hex, 64 characters.
    package static func hex(_ bytes: some Collection<UInt8>) -> String {
        let input = Array(bytes)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
            EVP_Digest(input, input.count, digest.baseAddress, nil, algorithm, nil)
            return String(unsafeUninitializedCapacity: 64) { text in
                for (index, byte) in digest.enumerated() {
                    text[2 * index] = digit(byte >> 4)
                    text[2 * index + 1] = digit(byte & 15)
                }
                return 64
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Looked up once: libcrypto would search for it at each use. A constant of the library: any thread may use it.
    nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
}
