import CCrypto

/// SHA-256 of something that is no password: what is stored in place of a session's id, and what tells whether a kept
/// file is still the one it was.
package enum SHA256 {
    /// Lower-case hex, 64 characters.
    package static func hex(_ bytes: some Collection<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let input = Array(bytes)
        EVP_Digest(input, input.count, &digest, nil, EVP_sha256(), nil)
        return text(digest)
    }

    fileprivate static func text(_ digest: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// SHA-256 of what comes in pieces.
package final class RunningSHA256 {
    private let context: OpaquePointer

    /// Nil when libcrypto has no memory for it.
    package init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func add(_ piece: [UInt8]) { EVP_DigestUpdate(context, piece, piece.count) }

    /// Lower-case hex, 64 characters, of all that was added. To be asked once.
    package func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &digest, nil)
        return SHA256.text(digest)
    }
}
