/// A digest of the password, or of the password followed by a salt.
struct DigestHash: PasswordVerifier {
    let digest: Digest
    let expected: [UInt8]
    let salt: [UInt8]

    /// An unsalted digest. Without `encoding`, the length tells hex from base64, as in Dovecot.
    init?(_ digest: Digest, _ content: Substring, _ encoding: TextEncoding?) {
        let encoding = encoding ?? (content.utf8.count == 2 * digest.length ? .hex : .base64)
        guard let bytes = encoding.decode(content), bytes.count == digest.length else { return nil }
        self.init(digest: digest, expected: bytes, salt: [])
    }

    /// A digest followed by the salt, which may have any length but zero, as in Dovecot.
    init?(salted digest: Digest, _ content: Substring, _ encoding: TextEncoding?) {
        guard let bytes = (encoding ?? .base64).decode(content), bytes.count > digest.length else { return nil }
        self.init(
            digest: digest, expected: Array(bytes.prefix(digest.length)), salt: Array(bytes.dropFirst(digest.length)))
    }

    private init(digest: Digest, expected: [UInt8], salt: [UInt8]) {
        self.digest = digest
        self.expected = expected
        self.salt = salt
    }

    func verifies(_ password: Secret) -> Bool {
        guard let computed = digest.hash(password, salt: salt) else { return false }
        return areEqualInConstantTime(computed, expected)
    }

    var cost: VerificationCost { VerificationCost(algorithm: .digest, parameter: digest.length) }
}
