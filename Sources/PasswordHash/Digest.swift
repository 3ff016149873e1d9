import CCrypto

/// The hash functions of the fast schemes.
enum Digest: Int, Hashable {
    case md5 = 16
    case sha1 = 20
    case sha256 = 32
    case sha512 = 64

    /// In bytes.
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

    private var function: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha512: EVP_sha512()
        }
    }
}
