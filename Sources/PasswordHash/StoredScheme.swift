/// The schemes a stored password may name between its braces: `Contract.md` 8.3.
enum StoredScheme: String {
    case plain = "PLAIN"
    case cleartext = "CLEARTEXT"
    case clear = "CLEAR"
    case crypt = "CRYPT"
    case blowfishCrypt = "BLF-CRYPT"
    case md5Crypt = "MD5-CRYPT"
    case md5 = "MD5"
    case sha256Crypt = "SHA256-CRYPT"
    case sha512Crypt = "SHA512-CRYPT"
    case plainMD5 = "PLAIN-MD5"
    case ldapMD5 = "LDAP-MD5"
    case smd5 = "SMD5"
    case sha = "SHA"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha512 = "SHA512"
    case ssha = "SSHA"
    case ssha256 = "SSHA256"
    case ssha512 = "SSHA512"
    case cramMD5 = "CRAM-MD5"
    case hmacMD5 = "HMAC-MD5"
    /// Accepted, but nothing matches it: libcrypto has MD4 in its legacy provider only, and Dovecot (2.3.19, 2.4.1) no
    /// longer knows NTLM.
    case ntlm = "NTLM"
    case argon2i = "ARGON2I"
    case argon2id = "ARGON2ID"
    case argon2 = "ARGON2"
    case pbkdf2 = "PBKDF2"

    /// Nil when the content is damaged, not of this scheme or beyond the limits.
    func verifier(_ content: Substring, _ encoding: TextEncoding?) -> (any PasswordVerifier)? {
        switch self {
        case .plain, .cleartext, .clear: PlainPassword(content, encoding)
        case .crypt: text(content, encoding).flatMap(CryptHash.init)
        case .blowfishCrypt: crypt(.bcrypt, content, encoding)
        case .md5Crypt: crypt(.md5, content, encoding)
        case .sha256Crypt: crypt(.sha256, content, encoding)
        case .sha512Crypt: crypt(.sha512, content, encoding)
        case .md5: crypt(.md5, content, encoding) ?? DigestHash(.md5, content, encoding)
        case .plainMD5, .ldapMD5: DigestHash(.md5, content, encoding)
        case .sha, .sha1: DigestHash(.sha1, content, encoding)
        case .sha256: DigestHash(.sha256, content, encoding)
        case .sha512: DigestHash(.sha512, content, encoding)
        case .smd5: DigestHash(salted: .md5, content, encoding)
        case .ssha: DigestHash(salted: .sha1, content, encoding)
        case .ssha256: DigestHash(salted: .sha256, content, encoding)
        case .ssha512: DigestHash(salted: .sha512, content, encoding)
        case .cramMD5, .hmacMD5: CramMD5Hash(content, encoding)
        case .argon2i, .argon2id, .argon2: text(content, encoding).flatMap(Argon2Hash.init)
        case .pbkdf2: text(content, encoding).flatMap(PBKDF2Hash.init)
        case .ntlm: nil
        }
    }

    /// Whether a check, here or by Dovecot, could take longer than the limits of `Contract.md` 8.3 allow.
    func isTooCostly(_ content: Substring, _ encoding: TextEncoding?) -> Bool {
        guard let text = text(content, encoding) else { return false }
        switch self {
        case .crypt, .blowfishCrypt, .md5Crypt, .sha256Crypt, .sha512Crypt, .md5: return CryptHash.isTooCostly(text)
        case .argon2i, .argon2id, .argon2: return Argon2Hash.isTooCostly(text)
        case .pbkdf2: return PBKDF2Hash.isTooCostly(text)
        default: return false
        }
    }

    private func crypt(
        _ algorithm: CryptHash.Algorithm, _ content: Substring, _ encoding: TextEncoding?
    ) -> (any PasswordVerifier)? {
        guard let hash = text(content, encoding).flatMap(CryptHash.init), hash.algorithm == algorithm else {
            return nil
        }
        return hash
    }

    /// The content of a scheme that stores text, all of which a suffix encodes. Nil when it holds a NUL, at which a C
    /// function would stop reading.
    private func text(_ content: Substring, _ encoding: TextEncoding?) -> String? {
        let text: String?
        if let encoding {
            text = encoding.decode(content).flatMap { String(validating: $0, as: UTF8.self) }
        } else {
            text = String(content)
        }
        return text?.utf8.contains(0) == false ? text : nil
    }
}
