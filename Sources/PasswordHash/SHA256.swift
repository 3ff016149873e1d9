import CCrypto

/// SHA-256 of anything but passwords: session ids, files of a backup.
package enum SHA256 {
    /// Lower-case hex, 64 characters.
    package static func hex(_ bytes: some Collection<UInt8>) -> String {
        let input = Array(bytes)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
            // Otherwise what was in the memory before would pass for a digest.
            precondition(EVP_Digest(input, input.count, digest.baseAddress, nil, Digest.sha256.function, nil) == 1)
            return text(UnsafeBufferPointer(digest))
        }
    }

    /// 32 bytes.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        precondition(EVP_Digest(bytes, bytes.count, &digest, nil, Digest.sha256.function, nil) == 1)
        return digest
    }

    fileprivate static func text(_ digest: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: 2 * digest.count) { text in
            for (index, byte) in digest.enumerated() {
                text[2 * index] = digit(byte >> 4)
                text[2 * index + 1] = digit(byte & 15)
            }
            return 2 * digest.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// SHA-256 of data that comes in pieces.
package final class IncrementalSHA256 {
    private let context: OpaquePointer

    /// Nil when libcrypto has no memory for it.
    package init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        self.context = context
        guard EVP_DigestInit_ex(context, Digest.sha256.function, nil) == 1 else { return nil }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func add(_ piece: [UInt8]) { EVP_DigestUpdate(context, piece, piece.count) }

    /// The digest of all that was added: lower-case hex, 64 characters. To be called once.
    package func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &digest, nil)
        return digest.withUnsafeBufferPointer { SHA256.text($0) }
    }
}
