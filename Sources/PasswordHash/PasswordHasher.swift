import Glibc

// PasswordHash makes and checks the texts of password columns. A `Secret` is a password in memory, a `PasswordPolicy`
// says what a new one must look like. `PasswordHasher` makes a text in one of the `PasswordScheme`s. `StoredPassword`
// reads a text of any `StoredScheme` and checks passwords against it. Slow work belongs on the `HashPool`; a login goes
// through a `CredentialCheck`. `Contract.md` 8 has the rules.
//
//     let text = try PasswordHasher(bcryptCost: 10).hash(Secret("correct horse"), .ssha512)
//     StoredPassword(text).verifies(Secret("correct horse"))  // true

/// Makes the text to be stored for a new password.
package struct PasswordHasher: Sendable {
    /// The costs that `bcryptCost` may have.
    package static let bcryptCosts = 10...CryptHash.highestBcryptCost

    let bcryptCost: Int
    let random: RandomSource

    /// - Parameter bcryptCost: within `bcryptCosts`; each step doubles the time.
    package init(bcryptCost: Int, random: RandomSource = .system) {
        precondition(Self.bcryptCosts.contains(bcryptCost), "bcrypt cost must be within \(Self.bcryptCosts)")
        self.bcryptCost = bcryptCost
        self.random = random
    }

    /// The text to store: `{SCHEME}` and the hash, as `Contract.md` 8.2 lists them. Check `isSlow` of the scheme first.
    ///
    /// - Parameter password: taken as it is. A leading `{PLAIN}` is part of it (`Security.md` A22), and so are spaces
    ///   around it; see `Secret.stripped`.
    package func hash(_ password: Secret, _ scheme: PasswordScheme) throws(PasswordHashError) -> String {
        guard !password.isEmpty else { throw .emptyPassword }
        guard password.count <= scheme.longestPassword else { throw .passwordTooLong }
        guard password.isUsable else { throw .passwordContainsNUL }
        switch scheme {
        case .ssha512: return try "{SSHA512}" + digest(.sha512, password, saltLength: 8)
        case .ssha256: return try "{SSHA256}" + digest(.sha256, password, saltLength: 8)
        case .ssha: return try "{SSHA}" + digest(.sha1, password, saltLength: 8)
        case .sha512: return try "{SHA512}" + digest(.sha512, password)
        case .sha256: return try "{SHA256}" + digest(.sha256, password)
        case .sha: return try "{SHA}" + digest(.sha1, password)
        case .plainMD5: return try "{PLAIN-MD5}" + digest(.md5, password, .hex)
        case .bcrypt: return try "{CRYPT}" + crypt("$2b$", password, cost: bcryptCost)
        case .sha512Crypt: return try "{SHA512-CRYPT}" + crypt("$6$", password)
        case .md5: return try "{CRYPT}" + crypt("$1$", password)
        case .cramMD5:
            guard let states = CramMD5Hash.states(of: password) else { throw .algorithmUnavailable }
            return "{CRAM-MD5}" + TextEncoding.hex.encode(states)
        case .plain:
            guard let text = password.withBytes({ String(validating: $0, as: UTF8.self) }) else {
                throw .passwordIsNotText
            }
            return "{PLAIN}" + text
        }
    }

    /// - Parameter saltLength: in bytes; zero for an unsalted digest.
    private func digest(
        _ digest: Digest, _ password: Secret, _ encoding: TextEncoding = .base64, saltLength: Int = 0
    ) throws(PasswordHashError) -> String {
        let salt = saltLength == 0 ? [] : try random.bytes(saltLength)
        guard let hash = digest.hash(password, salt: salt) else { throw .algorithmUnavailable }
        return encoding.encode(hash + salt)
    }

    private func crypt(_ prefix: String, _ password: Secret, cost: Int = 0) throws(PasswordHashError) -> String {
        guard let setting = Crypt.setting(prefix, cost: cost, salt: try random.bytes(Crypt.saltLength)),
            let text = Crypt.hash(password, setting: setting)
        else { throw .algorithmUnavailable }
        return text
    }
}

package enum PasswordHashError: Error, Hashable {
    case emptyPassword
    case passwordContainsNUL
    /// Longer than `PasswordScheme.longestPassword`.
    case passwordTooLong
    /// The scheme is `PLAIN`, and the bytes are not UTF-8.
    case passwordIsNotText
    /// The system's random source failed.
    case noRandomness
    /// The library does not offer the algorithm, such as MD5 under a FIPS provider, or it failed.
    case algorithmUnavailable
}

/// Where salts come from.
package struct RandomSource: Sendable {
    let bytes: @Sendable (_ count: Int) throws(PasswordHashError) -> [UInt8]

    package init(_ bytes: @escaping @Sendable (_ count: Int) throws(PasswordHashError) -> [UInt8]) {
        self.bytes = bytes
    }

    /// getentropy(3), which gives at most 256 bytes at once, all or none.
    package static let system = RandomSource { (count) throws(PasswordHashError) in
        var bytes = [UInt8](repeating: 0, count: count)
        guard getentropy(&bytes, count) == 0 else { throw .noRandomness }
        return bytes
    }
}
