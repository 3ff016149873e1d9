import CCrypto

/// The hash functions of the fast schemes, by their length in bytes.
enum Digest: Int, Hashable {
    case md5 = 16
    case sha1 = 20
    case sha256 = 32
    case sha512 = 64

    var length: Int { rawValue }

    /// The digest of the password and, behind it, the salt. Nil when libcrypto does not offer the function.
    func hash(_ password: Secret, salt: [UInt8] = []) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        var digest = [UInt8](repeating: 0, count: length)
        let done = password.withBytes { bytes in
            EVP_DigestInit_ex(context, function, nil) == 1
                && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
                && EVP_DigestUpdate(context, salt, salt.count) == 1
                && EVP_DigestFinal_ex(context, &digest, nil) == 1
        }
        return done ? digest : nil
    }

    /// Fetched once, because libcrypto would search for it at each use. Nil when libcrypto does not offer it.
    var function: OpaquePointer? {
        switch self {
        case .md5: Self.md5Function
        case .sha1: Self.sha1Function
        case .sha256: Self.sha256Function
        case .sha512: Self.sha512Function
        }
    }

    // `nonisolated(unsafe)`: libcrypto does not change them, so any thread may use them.
    nonisolated(unsafe) private static let md5Function = EVP_MD_fetch(nil, "MD5", nil)
    nonisolated(unsafe) private static let sha1Function = EVP_MD_fetch(nil, "SHA1", nil)
    nonisolated(unsafe) private static let sha256Function = EVP_MD_fetch(nil, "SHA256", nil)
    nonisolated(unsafe) private static let sha512Function = EVP_MD_fetch(nil, "SHA512", nil)
}
